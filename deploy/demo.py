"""A tour of real messages through a running Postern (deploy/quickstart --demo).

Each step sends with Python's own SMTP client, says what happened and why, and
checks that it came out as it should; exit 0 only if all did. Needs nothing
but Python's standard library, and no internet: the domains are in run/etc/zone.
"""

import argparse
import email
import email.policy
import pathlib
import secrets
import smtplib
import socket
import subprocess
import sys
import threading
import time

# The relay sends for 127.0.0.1; other loopback addresses play the internet.
HERE = "127.0.0.1"
STRANGER = "127.9.0.1"
BUSY_CLIENT = "127.9.1.1"


class Tour:
    """Runs steps and counts those that came out otherwise."""

    def __init__(self, options):
        host, port = options.relay.rsplit(":", 1)
        self.relay = (host, int(port))
        self.mail = pathlib.Path(options.mail)
        self.keys = pathlib.Path(options.keys)
        self.posternctl = options.posternctl
        self.delay = options.delay
        self.tag = secrets.token_hex(3)
        self.sender = f"newsletter-{self.tag}@shop.example"
        self.number = 0
        self.wrong = 0

    def step(self, title):
        self.number += 1
        print(f"\n{self.number}. {title}", flush=True)

    def say(self, text):
        print(f"   {text}", flush=True)

    def check(self, ok, why):
        """States what was expected; remembers when it was not so."""
        if ok:
            self.say(f"as it should: {why}")
        else:
            self.wrong += 1
            self.say(f"WRONG, expected: {why}")
        return ok

    def sign(self, content, domain):
        """What the domain's own mail server makes of a message."""
        return subprocess.run(
            [self.posternctl, "dkim", "sign", "-d", domain, "-s", "demo",
             "-k", self.keys / domain / "demo.private"],
            input=content, capture_output=True, text=True, check=True,
        ).stdout

    def send(self, sender, recipient, subject, source=HERE, signed=False):
        """Sends one message; returns the (code, text) that decided."""
        content = (
            f"From: <{sender}>\r\nTo: <{recipient}>\r\nSubject: {subject}\r\n"
            f"Message-ID: <{secrets.token_hex(8)}@demo.example>\r\n\r\n"
            "Sent by the tour of deploy/quickstart.\r\n"
        )
        if signed:
            content = self.sign(content, sender.partition("@")[2])
        with smtplib.SMTP(
            *self.relay,
            timeout=30,
            local_hostname="client.example",
            source_address=(source, 0),
        ) as client:
            client.ehlo()
            code, text = client.mail(sender)
            if code == 250:
                code, text = client.rcpt(recipient)
            if code == 250:
                try:
                    code, text = client.data(content)
                except smtplib.SMTPDataError as error:
                    code, text = error.smtp_code, error.smtp_error
        reply = text.decode(errors="replace").replace("\n", " / ")
        self.say(f"<{sender}> from {source} to <{recipient}>")
        self.say(f"the relay says: {code} {reply}")
        return code, reply

    def arrived(self, user, fact, wait=15):
        """The first message in the user's Maildir for which fact(message)."""
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            for path in sorted((self.mail / user / "new").glob("*")):
                message = email.message_from_bytes(
                    path.read_bytes(), policy=email.policy.default
                )
                if fact(message):
                    self.say(f"in {user}'s Maildir: {path}")
                    return message
            time.sleep(0.1)
        return None


class NextHop:
    """Another company's mail server: knows carol, refuses everybody else."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.headers = []  # Of the messages it took.
        self.server = socket.create_server((host, int(port)))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self.server.accept()
            threading.Thread(
                target=self._serve, args=(connection,), daemon=True
            ).start()

    def _serve(self, connection):
        with connection, connection.makefile("rwb", buffering=0) as stream:
            stream.write(b"220 mx.partner.example ESMTP\r\n")
            while line := stream.readline():
                verb = line[:4].upper()
                if verb == b"RCPT" and b"<carol@" not in line.lower():
                    stream.write(b"550 5.1.1 nobody of that name here\r\n")
                elif verb == b"DATA":
                    stream.write(b"354 go on\r\n")
                    self._keep_header(stream)
                    stream.write(b"250 2.0.0 taken\r\n")
                elif verb == b"QUIT":
                    stream.write(b"221 2.0.0 bye\r\n")
                    return
                else:
                    stream.write(b"250 2.0.0 ok\r\n")

    def _keep_header(self, stream):
        lines = []
        while (line := stream.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.headers.append(
            email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        )

    def took(self, subject):
        return next((h for h in self.headers if h["Subject"] == subject), None)


def greylisting(tour):
    subject = f"greetings {tour.tag}"
    tour.step("A stranger writes to alice for the first time")
    code, _ = tour.send(tour.sender, "alice@example.org", subject, STRANGER)
    tour.check(
        code in (450, 451),
        "a temporary refusal: greylistd has not seen this client network, "
        "sender and recipient together before; a real mail server tries again",
    )
    tour.step("It tries again at once")
    code, _ = tour.send(tour.sender, "alice@example.org", subject, STRANGER)
    tour.check(
        code in (450, 451), f"still refused: {tour.delay} s must pass in between"
    )
    tour.step(f"It tries again after {tour.delay} s")
    time.sleep(tour.delay + 1)
    code, _ = tour.send(tour.sender, "alice@example.org", subject, STRANGER)
    tour.check(code == 250, "accepted, and on stable storage before the 250")
    message = tour.arrived("alice", lambda m: m["Subject"] == subject)
    header = message and message["X-Greylist"]
    if header:
        tour.say(f"with this header: X-Greylist: {header}")
    tour.check(header, "delivered, with a header that tells of the delay")


def known_sender(tour):
    tour.step("The same sender writes to alice again, with a DKIM signature")
    subject = f"second letter {tour.tag}"
    code, _ = tour.send(
        tour.sender, "alice@example.org", subject, STRANGER, signed=True
    )
    tour.check(code == 250, "accepted at once: greylistd knows it now")
    message = tour.arrived("alice", lambda m: m["Subject"] == subject)
    results = " ".join(str(message and message["Authentication-Results"]).split())
    tour.say(f"with this header: Authentication-Results: {results}")
    tour.check(
        results.startswith("relay.example.org;")
        and "dkim=pass" in results
        and "header.d=shop.example" in results,
        "dkimd, asked by the relay as a filter, has verified the signature",
    )


def refusals(tour):
    tour.step("A stranger wants to send to another company through us")
    code, _ = tour.send(
        f"x-{tour.tag}@shop.example",
        "carol@partner.example",
        "relay me",
        BUSY_CLIENT,
    )
    tour.check(
        code == 554,
        "refused for good: this is no open relay (reject_unauth_destination)",
    )
    tour.step("Somebody writes to a mailbox that does not exist")
    code, _ = tour.send(
        "alice@example.org", "nobody-here@example.org", "who are you"
    )
    tour.check(
        code == 550,
        "refused during the session, so that no bounce is needed later",
    )


def outbound(tour, next_hop):
    tour.step("alice, on this machine, writes to carol at partner.example")
    subject = f"to a partner {tour.tag}"
    code, _ = tour.send("alice@example.org", "carol@partner.example", subject)
    tour.check(code == 250, "accepted: 127.0.0.1 is in mynetworks")
    deadline = time.monotonic() + 15
    while not next_hop.took(subject) and time.monotonic() < deadline:
        time.sleep(0.1)
    header = next_hop.took(subject)
    tour.check(
        header,
        "the relay found mx.partner.example by its MX record (run/etc/zone) "
        "and delivered there",
    )
    signature = " ".join(str(header and header["DKIM-Signature"]).split())
    tour.say(f"with this header: DKIM-Signature: {signature[:58]} ...")
    tour.check(
        "d=example.org" in signature,
        "dkimd has signed it for example.org: alice is one of ours",
    )
    tour.step("alice writes to somebody whom partner.example does not know")
    code, _ = tour.send(
        "alice@example.org", "dave@partner.example", f"lost {tour.tag}"
    )
    tour.check(code == 250, "accepted; only the next hop knows its users")
    bounce = tour.arrived(
        "alice",
        lambda m: m.get_content_type() == "multipart/report"
        and f"lost {tour.tag}" in m.as_string(),
    )
    tour.check(
        bounce, "the next hop refused it, and alice was told (RFC 3464)"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--relay", default="127.0.0.1:2525")
    parser.add_argument("--next-hop", default="127.0.0.3:2526")
    parser.add_argument("--mail", default="run/mail/example.org")
    parser.add_argument("--keys", default="run/keys")
    parser.add_argument("--posternctl", default="run/bin/posternctl")
    parser.add_argument("--delay", type=int, default=10)
    tour = Tour(options := parser.parse_args())
    next_hop = NextHop(options.next_hop)
    greylisting(tour)
    known_sender(tour)
    refusals(tour)
    outbound(tour, next_hop)
    if tour.wrong:
        print(f"\n{tour.wrong} thing(s) did not come out as they should")
        return 1
    print(f"\nAll {tour.number} steps came out as they should.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
