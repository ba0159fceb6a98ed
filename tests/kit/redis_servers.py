"""Debian's redis-server: one, a Cluster of three, a Sentinel with a replica.

Nothing is saved to disk unless asked; each process has a folder and a port of
its own and is ended by its process id.
"""

import pathlib
import subprocess

import redis

from kit.waiting import free_port, until


class RedisServer:
    """One redis-server. `options` are directives of redis.conf."""

    def __init__(self, folder, port=None, options=(), sentinel=False):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.sentinel = sentinel
        self.process = None
        lines = [
            f"port {self.port}",
            "bind 127.0.0.1",
            f"dir {self.folder}",
            "daemonize no",
        ]
        if not sentinel:
            lines += ['save ""', "appendonly no"]
        self.config_file = self.folder / "redis.conf"
        self.config_file.write_text("\n".join([*lines, *options]) + "\n")

    def start(self):
        program = "redis-sentinel" if self.sentinel else "redis-server"
        with open(self.folder / "redis.log", "ab") as log:
            self.process = subprocess.Popen(
                [program, str(self.config_file)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        until(self.answers, 15, f"{program} on {self.port}")
        return self

    def answers(self):
        try:
            return self.client().ping()
        except redis.RedisError:
            return False

    def client(self):
        """redis-py, somebody else's client, to look at what we stored."""
        return redis.Redis(port=self.port, socket_timeout=5)

    def stop(self):
        """Kills it: what it held is gone, as after a crash without a disk."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def pause(self):
        """Stops it with SIGSTOP: connections stay open, nobody answers."""
        self.process.send_signal(19)

    def resume(self):
        self.process.send_signal(18)


class RedisCluster:
    """Three masters that share the slots."""

    def __init__(self, folder):
        options = ("cluster-enabled yes", "cluster-node-timeout 2000")
        self.nodes = []
        for number in range(3):
            port = _cluster_port()
            self.nodes.append(
                RedisServer(folder / f"node{number}", port, options)
            )

    @property
    def addresses(self):
        return [node.address for node in self.nodes]

    def start(self):
        for node in self.nodes:
            node.start()
        subprocess.run(
            ["redis-cli", "--cluster", "create", *self.addresses]
            + ["--cluster-yes"],
            check=True,
            capture_output=True,
            timeout=60,
        )
        until(lambda: all(map(_cluster_is_ok, self.nodes)), 30, "cluster ok")
        return self

    def stop(self):
        for node in self.nodes:
            node.stop()

    def keys(self):
        """{address: number of keys}."""
        return {n.address: n.client().dbsize() for n in self.nodes}

    def owner(self, slot):
        """The node that serves the slot, as node 0 sees it."""
        for line in self.nodes[0].client().execute_command("CLUSTER SLOTS"):
            if line[0] <= slot <= line[1]:
                return next(n for n in self.nodes if n.port == line[2][1])
        raise AssertionError(f"nobody serves slot {slot}")

    def move_slot(self, slot, target):
        """Moves a slot with its keys, as redis-cli --cluster reshard does."""
        source = self.owner(slot)
        if source is target:
            return
        from_node, to_node = source.client(), target.client()
        from_id = from_node.execute_command("CLUSTER", "MYID").decode()
        to_id = to_node.execute_command("CLUSTER", "MYID").decode()
        to_node.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", from_id)
        from_node.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", to_id)
        while keys := from_node.execute_command(
            "CLUSTER", "GETKEYSINSLOT", slot, 100
        ):
            from_node.execute_command(
                "MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys
            )
        for node in self.nodes:
            node.client().execute_command("CLUSTER", "SETSLOT", slot, "NODE", to_id)


class RedisSentinel:
    """A master, its replica and one Sentinel that watches them as `name`."""

    name = "postern"

    def __init__(self, folder):
        self.folder = folder
        self.master = RedisServer(folder / "master")
        self.replica = RedisServer(
            folder / "replica",
            options=(f"replicaof 127.0.0.1 {self.master.port}",),
        )
        self.sentinel = RedisServer(
            folder / "sentinel",
            sentinel=True,
            options=(
                f"sentinel monitor {self.name} 127.0.0.1 {self.master.port} 1",
                f"sentinel down-after-milliseconds {self.name} 800",
                f"sentinel failover-timeout {self.name} 4000",
            ),
        )

    def start(self):
        self.master.start()
        self.replica.start()
        until(self._replicates, 20, "the replica in step")
        self.sentinel.start()
        until(
            lambda: self.sentinel.client().sentinel_slaves(self.name),
            20,
            "the Sentinel to know the replica",
        )
        return self

    def stop(self):
        for server in (self.sentinel, self.replica, self.master):
            server.stop()

    def master_port(self):
        """Who is the master, as the Sentinel says."""
        return self.sentinel.client().sentinel_master(self.name)["port"]

    def _replicates(self):
        return self.replica.client().info("replication").get(
            "master_link_status"
        ) == "up"


def _cluster_port():
    """A port whose port + 10000, the Cluster's bus, is free as well."""
    while True:
        port = free_port()
        if port + 10000 < 65536:
            return port


def _cluster_is_ok(node):
    state = node.client().execute_command("CLUSTER", "INFO")
    return b"cluster_state:ok" in state
