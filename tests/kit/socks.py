"""A SOCKS5 server that wants a login and keeps where it was asked to go."""

import socket
import socketserver
import threading


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        _, count = self.rfile.read(2)
        assert 2 in self.rfile.read(count)
        self.wfile.write(b"\x05\x02")
        _, size = self.rfile.read(2)
        user = self.rfile.read(size)
        password = self.rfile.read(self.rfile.read(1)[0])
        is_right = (user, password) == self.server.login
        self.wfile.write(b"\x01" + (b"\x00" if is_right else b"\x01"))
        if not is_right:
            return
        assert self.rfile.read(4) == b"\x05\x01\x00\x01"
        host = socket.inet_ntoa(self.rfile.read(4))
        port = int.from_bytes(self.rfile.read(2), "big")
        self.server.asked.append((host, port))
        with socket.create_connection((host, port), timeout=10) as other:
            self.wfile.write(b"\x05\x00\x00\x01" + bytes(6))
            back = threading.Thread(
                target=_copy, args=(other, self.connection), daemon=True
            )
            back.start()
            _copy(self.connection, other)
            back.join(10)


def _copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Socks:
    """Use it as a context manager."""

    def __init__(self, user, password):
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session)
        self.server.daemon_threads = True
        self.server.login = (user.encode(), password.encode())
        self.server.asked = []
        self.asked = self.server.asked
        self.port = self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
