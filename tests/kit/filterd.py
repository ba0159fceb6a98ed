"""filterd (tests/milter): a milter daemon that does what a message says."""

from kit.program import Program
from kit.postfix import open_to_all
from kit.waiting import free_port


class Filterd(Program):
    """Listens on TCP (`port`) or, with a `socket_name`, on a Unix socket.
    `settings` are further fields of its configuration."""

    def __init__(self, folder, engine="postern", socket_name=None, seen="yes",
                 milter=None, **settings):
        folder.mkdir(parents=True, exist_ok=True)
        open_to_all(folder)
        self.port = None if socket_name else free_port()
        listen = (
            f"local:{folder / socket_name}"
            if socket_name
            else f"inet:{self.port}@localhost"
        )
        config = {
            "milter": {
                "listen": [listen],
                "engine": engine,
                "socket_mode": "0666",
                **(milter or {}),
            },
            "seen": seen,
            **settings,
        }
        self.postfix_name = (
            f"unix:{folder / socket_name}"
            if socket_name
            else f"inet:localhost:{self.port}"
        )
        super().__init__("filterd", folder, config)
