"""Our relay and Debian's Postfix with the same filter and the same next hop."""

import dataclasses
import smtplib

from kit.sink import Received, Sink


@dataclasses.dataclass
class Outcome:
    """What became of one message: the last reply and, if it went on, what came
    out at the next hop."""

    code: int
    text: str
    mail: Received | None

    def lines(self):
        return without_received(self.mail.content)


def without_received(content):
    """The message's lines, with the server's own field as a word."""
    lines = content.decode().split("\r\n")
    begin = next(i for i, x in enumerate(lines) if x.startswith("Received: from"))
    end = begin + 1
    while lines[end][:1] in (" ", "\t"):
        end += 1
    return lines[:begin] + ["OURS"] + lines[end:]


class BesidePostfix:
    """Both relay everything to a sink, past the filter at `port` of 127.0.0.1."""

    def __init__(self, make_relay, make_postfix, port, on_failure="tempfail"):
        self.sink = Sink()
        self.relay = make_relay({
            "relayhost": f"[127.0.0.1]:{self.sink.port}",
            "relay_domains": ["elsewhere.test"],
            "queue": {"retry_waits": ["1h"]},
            "filters": {
                "milters": [{
                    "name": "other",
                    "endpoints": [f"inet:127.0.0.1:{port}"],
                    "on_failure": on_failure,
                }],
                "smtpd_milters": ["other"],
            },
        })
        # It calls itself what our relay does: filters write that into fields.
        self.postfix = make_postfix(
            f"relayhost = [127.0.0.1]:{self.sink.port}\n"
            f"smtpd_milters = inet:127.0.0.1:{port}\n"
            f"milter_default_action = {on_failure}\n"
            "myhostname = relay.test\nmilter_macro_v = Postern\n"
            "virtual_mailbox_domains =\n")

    def stop(self):
        self.sink.close()

    def send(self, sender, recipient, text, goes_on=True):
        """(Outcome of our relay, Outcome of Postfix)."""
        return (self._send(self.relay.port, sender, recipient, text, goes_on),
                self._send(self.postfix.port, sender, recipient, text, goes_on))

    def _send(self, port, sender, recipient, text, goes_on):
        self.sink.messages.clear()
        with smtplib.SMTP("127.0.0.1", port, local_hostname="c.test") as client:
            client.ehlo()
            client.mail(sender)
            client.rcpt(recipient)
            try:
                code, said = client.data(text)
            except smtplib.SMTPDataError as error:
                code, said = error.smtp_code, error.smtp_error
        mail = None
        if code == 250 and goes_on:
            [mail] = self.sink.wait_for(1)
        return Outcome(code, said.decode(), mail)
