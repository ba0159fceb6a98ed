"""The DNS of a test: lines for `dns.local_data_files`."""


def mx(domain, host, preference=10):
    return f"{domain}. 300 IN MX {preference} {host}."


def a(host, address):
    return f"{host}. 300 IN A {address}"


def ptr(address, host):
    """The reverse name of an IPv4 address."""
    reverse = ".".join(reversed(address.split(".")))
    return f"{reverse}.in-addr.arpa. 300 IN PTR {host}."


def mail_domain(domain, address="127.0.0.1"):
    """A domain whose only MX has this address."""
    return [mx(domain, f"mx.{domain}"), a(f"mx.{domain}", address)]


def txt(name, text):
    return f'{name}. 300 IN TXT "{text}"'
