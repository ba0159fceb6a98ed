"""An HTTPS server that keeps what is posted to it."""

import http.server
import ssl
import threading

from kit.waiting import until


class WebSink:
    """Listens on 127.0.0.1 with the certificate in `file`; `posts` has the path,
    the header and the body of each POST, `status` is what it answers."""

    def __init__(self, file, status=200):
        self.posts = []
        self.status = status
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.posts.append((self.path, dict(self.headers), body))
                self.send_response(sink.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True
        )
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count=1, timeout=20.0):
        """Waits for `count` posts and returns all of them."""
        until(lambda: len(self.posts) >= count, timeout, f"{count} post(s)")
        return list(self.posts)
