"""One process of ours: its configuration, its readiness, its end."""

import json
import os
import pathlib
import re
import signal
import subprocess
import urllib.error
import urllib.request

from kit.waiting import free_port, until

TREE = pathlib.Path(__file__).resolve().parents[2]


def binary(name):
    """The path of one of our programs."""
    folder = pathlib.Path(os.environ.get("POSTERN_BIN", TREE / "run" / "bin"))
    path = folder / name
    assert path.exists(), f"{path} is missing; build it or set POSTERN_BIN"
    return str(path)


class Program:
    """Runs `name` with a configuration that is a Python dictionary.

    JSON is YAML, so that is what the file holds. The process' output goes to
    <folder>/<name>.log; a test that fails shows its end (fixtures.py).
    """

    def __init__(self, name, folder, config):
        self.name = name
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config_file = self.folder / f"{name}.yaml"
        self.log_file = self.folder / f"{name}.log"
        self.metrics_port = free_port()
        self.admin = f"unix:{self.folder}/{name}.sock"
        self.config = config
        daemon = self.config.setdefault("daemon", {})
        daemon.setdefault("metrics", f"127.0.0.1:{self.metrics_port}")
        daemon.setdefault("admin", {"listen": self.admin})
        daemon.setdefault("log", {"level": "debug"})
        self.environment = {}  # Besides the test's own.
        self.process = None

    def write_config(self):
        self.config_file.write_text(json.dumps(self.config, indent=1) + "\n")

    def launch(self):
        """Starts the process and does not wait."""
        self.write_config()
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [binary(self.name), "--config", str(self.config_file)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
                env={**os.environ, **self.environment},
            )

    def start(self, timeout=20):
        """Starts the process and waits until /readyz says that it serves."""
        self.launch()

        def ready():
            code = self.process.poll()
            assert code is None, f"{self.name} ended with {code}:\n{self.log()}"
            return self.get("/readyz")[0] == 200

        until(ready, timeout, f"{self.name} ready")
        return self

    def stop(self, timeout=30):
        """SIGTERM, and the exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def wait(self, timeout=30):
        """The exit code, once it has ended; killed when it does not end."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(
                f"{self.name} did not end within {timeout} s"
            ) from None

    def restart(self):
        self.stop()
        return self.start()

    def reload(self):
        """Writes the configuration and sends SIGHUP."""
        self.write_config()
        self.process.send_signal(signal.SIGHUP)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def log(self):
        if not self.log_file.exists():
            return ""
        return self.log_file.read_text(errors="replace")

    def get(self, path):
        """(status, text) of a page on the metrics port; (0, "") if closed."""
        url = f"http://{self.config['daemon']['metrics']}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def metrics(self):
        """{'name{label="x"}': value} of everything at /metrics."""
        values = {}
        for line in self.get("/metrics")[1].splitlines():
            found = re.fullmatch(r"([^#\s][^\s{]*(?:\{.*\})?) (\S+)", line)
            if found:
                values[found[1]] = float(found[2])
        return values

    def metric(self, name, **labels):
        """The sum of a metric's series that have all of `labels`."""
        total = 0.0
        for series, value in self.metrics().items():
            if series.split("{")[0] != name:
                continue
            if all(f'{k}="{v}"' in series for k, v in labels.items()):
                total += value
        return total

    def resident_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def run_once(name, *arguments, config=None, folder=None, timeout=20):
    """Runs a program to its end; `config` (text or dictionary) is written to
    <folder>/<name>.yaml and given as --config."""
    command = [binary(name)]
    if config is not None:
        path = pathlib.Path(folder) / f"{name}.yaml"
        text = config if isinstance(config, str) else json.dumps(config)
        path.write_text(text)
        command += ["--config", str(path)]
    return subprocess.run(
        command + [str(a) for a in arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        cwd=folder,
    )
