"""Hosts of one cluster as processes on loopback, for tests and benchmarks. Not thread safe."""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "kafka"))

import shoal_host  # noqa: E402
from broker import free_ports  # noqa: E402
from waiting import wait_until  # noqa: E402


def shoal(host, *command, seconds=60):
    """(exit code, stdout, stderr) of a client command."""
    words = [shoal_host.SHOAL, *command, "--management", f"127.0.0.1:{host.port}"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=seconds)
    return done.returncode, done.stdout, done.stderr


class Member(shoal_host.Host):
    """One host. `seeds` go to the command line, so that its file says nothing of the others."""

    def __init__(self, name, port, seeds, cluster=None, tables=None, ip="127.0.0.1", **node):
        self.name = name
        self.address = f"{ip}:{port}"
        self.seeds = seeds
        settings = {"bind": self.address, "seed_timeout_ms": 500, "downing_stable_after_ms": 1500}
        whole = {"cluster": {**settings, **(cluster or {})}, **(tables or {})}
        super().__init__(whole, name=name, **node)

    def command(self):
        return [*super().command(), *(word for seed in self.seeds for word in ("--seed", seed))]

    def cluster(self):
        code, text = self.get("/v1/cluster")
        assert code == 200, (code, text)
        return json.loads(text)

    def members(self):
        """Name to status, a status in small letters where it does not answer."""
        return {
            one["name"]: one["status"] if one["reachable"] else one["status"].lower()
            for one in self.cluster()["members"]
        }

    def wait_members(self, expected, seconds=30.0):
        def seen():
            return self.members() == expected and (self.cluster()["converged"] or "up" in expected.values())

        return self.wait(seen, f"{self.name} sees {expected}", seconds)

    def wait_end(self, seconds=30.0):
        """The exit code."""
        wait_until(
            lambda: self.process.poll() is not None, lambda: f"{self.name} ends\n{self.log()}", seconds
        )
        self.disconnect()
        return self.process.returncode


class Cluster:
    """`names` become hosts; the first `seeds` of them are the seeds."""

    def __init__(self, names, seeds=1, **options):
        ports = free_ports(len(names))
        self.seeds = [f"127.0.0.1:{port}" for port in ports[:seeds]]
        self.hosts = [
            Member(name, port, self.seeds, **options) for name, port in zip(names, ports)
        ]

    def start(self, order=None):
        for host in order or self.hosts:
            host.start()
        return self

    def wait_up(self, hosts=None, seconds=30.0):
        hosts = hosts or self.hosts
        for host in hosts:
            host.wait_members({one.name: "Up" for one in hosts}, seconds)
        return self

    def close(self):
        for host in self.hosts:
            host.close()
