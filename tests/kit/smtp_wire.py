"""An SMTP client on a bare socket: says what a test wants, right or wrong."""

import socket


class Wire:
    """One session. Every read has a deadline."""

    def __init__(self, port, host="127.0.0.1", source="127.0.0.1", timeout=10):
        self.socket = socket.create_connection(
            (host, port), timeout=timeout, source_address=(source, 0)
        )
        self._lines = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._lines.close()
        self.socket.close()

    def send(self, data):
        if isinstance(data, str):
            data = data.encode("latin-1")
        self.socket.sendall(data)

    def reply(self):
        """One whole reply, lines joined by a line feed; "" at the end."""
        lines = []
        while True:
            line = self._lines.readline().decode("latin-1").rstrip("\r\n")
            lines.append(line)
            if len(line) < 4 or line[3] != "-":
                return "\n".join(lines)

    def say(self, command):
        """Sends one command line and returns its reply."""
        self.send(command + "\r\n")
        return self.reply()

    def hello(self, name="client.test"):
        greeting = self.reply()
        assert greeting.startswith("220"), greeting
        answer = self.say(f"EHLO {name}")
        assert answer.startswith("250"), answer
        return answer

    def secure(self, context, name):
        """TLS, once the server has answered STARTTLS, or from the beginning."""
        self._lines.close()
        self.socket = context.wrap_socket(self.socket, server_hostname=name)
        self._lines = self.socket.makefile("rb")

    def envelope(self, sender, *recipients):
        """MAIL and RCPTs; returns the last reply."""
        answer = self.say(f"MAIL FROM:<{sender}>")
        assert answer.startswith("250"), answer
        for recipient in recipients:
            answer = self.say(f"RCPT TO:<{recipient}>")
        return answer

    def is_closed(self):
        """Waits for the other side to close; True if it does in time."""
        try:
            while self.socket.recv(4096):
                pass
            return True
        except ConnectionError:
            return True
        except TimeoutError:
            return False
