"""Hosts of one cluster, each in a network of its own, with keys. Not thread safe."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "process" / "cluster"), str(HERE.parent / "kafka")]

import child  # noqa: E402
import shoal_host  # noqa: E402
from cluster_hosts import Cluster, Member  # noqa: E402
from network import Network  # noqa: E402

PORT = 25520
PORT_BEHIND_PROXY = 25521


class NetworkMember(Member):
    def __init__(self, place, *arguments, **options):
        self.place = place
        super().__init__(*arguments, ip=place.ip, **options)

    def enter(self):
        self.place.enter()

    def connect(self):
        connection = super().connect()
        with self.place.inside():
            connection.connect()
        return connection


class NetworkCluster(Cluster):
    """`count` hosts, a, b, c and so on, all of them seeds; `delay_ms` and up to `jitter_ms` more are between
    any two, each way."""

    def __init__(self, count, cluster=None, delay_ms=0, jitter_ms=0):
        self.network = Network(count)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shoal-keys-"))
        self.seeds = [f"{place.ip}:{PORT}" for place in self.network.places]
        self.hosts = []
        self.proxies = []
        for number, place in enumerate(self.network.places):
            name = "abcdefgh"[number]
            settings = {"advertise": self.seeds[number], **(cluster or {})}
            settings.update(self.make_key(name, self.seeds[number]))
            if delay_ms > 0:
                settings["bind"] = f"{place.ip}:{PORT_BEHIND_PROXY}"
                self.proxies.append(self.start_proxy(place, delay_ms, jitter_ms))
            self.hosts.append(NetworkMember(place, name, PORT, self.seeds, settings))

    def make_key(self, name, address):
        key_file, allow_list = self.folder / f"{name}.key", self.folder / "allowed"
        for words in (
            ("generate", key_file),
            ("allow", allow_list, name, key_file, "--address", address),
        ):
            subprocess.run([shoal_host.SHOAL, "key", *words], capture_output=True, check=True)
        return {"key_file": str(key_file), "allow_list": str(allow_list)}

    def start_proxy(self, place, delay_ms, jitter_ms):
        words = [place.ip, PORT, PORT_BEHIND_PROXY, delay_ms, jitter_ms]
        command = [sys.executable, "-B", HERE / "delay_proxy.py", *map(str, words)]
        return child.start(command, self.folder / f"{place.ip}.log", place.enter)

    def split(self, side):
        """The hosts of one side and the others hear nothing of each other."""
        self.network.split([host.place for host in side])

    def close(self):
        super().close()
        for proxy in self.proxies:
            proxy.kill()
            proxy.wait()
        self.network.close()
        shutil.rmtree(self.folder, ignore_errors=True)
