"""A relay with what its tests need: a Maildir domain, a DNS and a client."""

import json
import smtplib
import ssl
from email.message import EmailMessage

from kit.maildir import Maildir
from kit.program import Program, run_once
from kit.waiting import free_port, until

# Clients from here are nobody to the relay; 127.0.0.1 is in mynetworks.
STRANGER = "127.9.0.1"


class Relay(Program):
    """Serves SMTP on `port`; mail for alice, bob and postmaster at example.org
    goes into Maildirs. `config` is laid over that configuration."""

    def __init__(self, folder, config=None, zone=()):
        self.port = free_port()
        self.next_hop_port = free_port()
        self.zone_file = folder / "zone"
        self.mailboxes_file = folder / "mailboxes"
        super().__init__("mta", folder, self._config(folder, config or {}))
        self.set_zone(zone)
        self.set_mailboxes("alice", "bob", "postmaster")

    def _config(self, folder, overlay):
        config = {
            "myhostname": "relay.test",
            "mynetworks": ["127.0.0.1/32"],
            "listeners": [{"listen": f"127.0.0.1:{self.port}"}],
            "dns": {"local_data_files": [str(folder / "zone")]},
            "virtual_mailbox_domains": ["example.org"],
            "virtual_mailbox_base": str(folder / "mail"),
            "virtual_mailbox_maps": [f"texthash:{folder}/mailboxes"],
            "smtp": {"port": self.next_hop_port},
            "queue": {"directory": str(folder / "spool"), "queue_minfree": "1MiB"},
        }
        (folder / "mail").mkdir(parents=True, exist_ok=True)
        for key, value in overlay.items():
            if isinstance(value, dict) and isinstance(config.get(key), dict):
                config[key].update(value)
            else:
                config[key] = value
        return config

    def set_zone(self, lines):
        """The DNS; nothing below .test exists besides it."""
        soa = "test. 300 IN SOA ns.test. hostmaster.test. 1 300 300 300 300"
        self.zone_file.write_text("\n".join([soa, *lines]) + "\n")

    def set_mailboxes(self, *users):
        self.mailboxes_file.write_text(
            "".join(f"{u}@example.org example.org/{u}/\n" for u in users)
        )

    def send_requiretls(self, sender, recipient):
        """Sends one message with REQUIRETLS (the relay has TLS)."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with self.client() as client:
            client.starttls(context=context)
            client.sendmail(
                sender, [recipient], letter(sender), mail_options=["REQUIRETLS"]
            )

    def mailbox(self, user):
        return Maildir(self.folder / "mail" / "example.org" / user)

    def client(self, source="127.0.0.1", name="client.test"):
        """A connected smtplib client; use it as a context manager."""
        return smtplib.SMTP(
            "127.0.0.1",
            self.port,
            local_hostname=name,
            timeout=20,
            source_address=(source, 0),
        )

    def send(self, sender, recipients, source="127.0.0.1", content=None):
        """Sends one message in a session of its own and returns (code, text)
        of the reply that decided."""
        if isinstance(recipients, str):
            recipients = [recipients]
        if content is None:
            content = letter(sender, recipients[0])
        with self.client(source) as client:
            try:
                client.ehlo()
                code, text = client.mail(sender)
                for recipient in recipients if code == 250 else ():
                    code, text = client.rcpt(recipient)
                if code == 250:
                    code, text = client.data(content)
            except smtplib.SMTPDataError as error:
                code, text = error.smtp_code, error.smtp_error
            return code, text.decode()

    def ctl(self, *arguments, timeout=20):
        """Runs posternctl against this relay."""
        return run_once(
            "posternctl",
            "--server",
            self.admin,
            *arguments,
            folder=self.folder,
            timeout=timeout,
        )

    def queue(self):
        """The lines of `posternctl queue list` that name a message."""
        result = self.ctl("queue", "list")
        assert result.returncode == 0, result.stderr
        return result.stdout

    def listed(self):
        """What `posternctl queue list` knows of each message."""
        result = self.ctl("--json", "queue", "list", "--limit", "10000")
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)["messages"]

    def wait_for_empty_queue(self, timeout=20):
        until(
            lambda: self.metric("postern_mta_queue_messages") == 0,
            timeout,
            "an empty queue",
        )


def letter(sender="a@sender.test", to="alice@example.org", subject="hello"):
    """The bytes of a small, correct message."""
    message = EmailMessage()
    message["From"] = sender or "MAILER-DAEMON@sender.test"
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = "Mon, 24 Nov 2025 10:00:00 +0000"
    message["Message-ID"] = f"<{abs(hash((sender, to, subject)))}@sender.test>"
    message.set_content("A line.\n.A line that starts with a dot.\n")
    return message.as_bytes().replace(b"\n", b"\r\n")
