"""An HTTPS server at port 443 of a loopback address of its own."""

import http.server
import os
import ssl
import threading

import pytest

HTTPS = 443


class WebServer:
    """Answers a GET of a host by what `pages` has for that host: (status,
    header fields, body). With the PEM file `certificate`."""

    def __init__(self, certificate):
        self.pages = {}
        self.asked = []
        self.address = f"127.44.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
        try:
            self._server = http.server.ThreadingHTTPServer(
                (self.address, HTTPS), self._handler()
            )
        except PermissionError:
            pytest.skip("port 443 is not ours to listen on")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _handler(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                host = self.headers.get("Host", "").partition(":")[0]
                outer.asked.append((host, self.path))
                status, fields, body = outer.pages.get(host, (404, {}, b""))
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
