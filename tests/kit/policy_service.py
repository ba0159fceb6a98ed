"""A policy service that keeps every question and answers as it is told."""

import socket
import threading


class PolicyService:
    """Listens until closed. `answer` gets a question (a dict, in the order of
    its lines) and returns an action; None: it hangs up."""

    def __init__(self, answer=lambda question: "DUNNO", port=0):
        self.answer = answer
        self.questions = []
        self.connections = 0
        self._server = socket.create_server(("127.0.0.1", port))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self._server.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._server.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(
                target=self._serve, args=(connection,), daemon=True
            ).start()

    def _serve(self, connection):
        question = {}
        with connection, connection.makefile("rb") as lines:
            for line in lines:
                text = line.decode("latin-1").rstrip("\n")
                if text:
                    name, _, value = text.partition("=")
                    question[name] = value
                    continue
                self.questions.append(question)
                action = self.answer(question)
                question = {}
                if action is None:
                    return
                try:
                    connection.sendall(f"action={action}\n\n".encode())
                except OSError:
                    return
