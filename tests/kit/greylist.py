"""A greylistd whose senders wait one second, with a client of its protocol."""

from kit.policy_client import PolicyClient
from kit.program import Program, run_once
from kit.waiting import free_port, until

DELAY = 1.0


class Greylist(Program):
    """Answers on `port`, from an embedded store. `config` is laid over that
    configuration."""

    def __init__(self, folder, config=None):
        self.port = free_port()
        base = {
            "policy": {"listen": [f"127.0.0.1:{self.port}"]},
            "delay": f"{DELAY:.0f}s",
            "hostname": "grey.test",
            "store": {"directory": str(folder / "greylist")},
        }
        for key, value in (config or {}).items():
            if isinstance(value, dict) and isinstance(base.get(key), dict):
                base[key].update(value)
            else:
                base[key] = value
        super().__init__("greylistd", folder, base)

    @property
    def policy_service(self):
        """As a restriction of the relay or of Postfix names it."""
        return f"check_policy_service inet:127.0.0.1:{self.port}"

    def ask(self, **attributes):
        """The action for one request on a connection of its own."""
        with PolicyClient(self.port) as client:
            return client.ask(**attributes)

    def pass_after_delay(self, timeout=10, **attributes):
        """Asks until the answer is no longer that of greylisting."""

        def passes():
            action = self.ask(**attributes)
            return None if waits(action) else action

        return until(passes, timeout, "the sender passing", every=0.2)

    def ctl(self, *arguments):
        """Runs posternctl against this greylistd."""
        return run_once(
            "posternctl", "--server", self.admin, *arguments, folder=self.folder
        )


def waits(action):
    """Whether the action makes the sender come back later."""
    return action is not None and action.startswith("DEFER_IF_PERMIT")


def with_redis(server, **more):
    """The configuration of a greylistd that shares its state in one Redis."""
    return {"store": {"redis": {"endpoints": [server.address]}}, **more}
