"""Networks for hosts on one machine: a namespace each, on one bridge, whose traffic can be cut, lost or late.

A program that uses them begins with `NETWORK.main_guard`. Not thread safe.
"""

import contextlib
import ctypes
import os
import subprocess

from namespaces import Namespace

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
PROBE = "ip link add name probe type bridge && ip link add type veth && nft add table inet probe"
NETWORK = Namespace("network", "--net", ("ip", "nft"), PROBE)


def check(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout.strip()}")


@contextlib.contextmanager
def returning():
    """Back to the namespace of the beginning."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        yield
    finally:
        check(LIBC.setns(home, CLONE_NEWNET))
        os.close(home)


class Place:
    """A namespace with one address; there while its descriptor is open or something runs in it."""

    def __init__(self, ip):
        self.ip = ip
        with returning():
            check(LIBC.unshare(CLONE_NEWNET))
            self.descriptor = os.open("/proc/thread-self/ns/net", os.O_RDONLY)

    def close(self):
        os.close(self.descriptor)

    def enter(self):
        check(LIBC.setns(self.descriptor, CLONE_NEWNET))

    @contextlib.contextmanager
    def inside(self):
        with returning():
            self.enter()
            yield

    def run(self, *command, **options):
        run(*command, preexec_fn=self.enter, **options)

    # What happens to its traffic; the last one holds. Nothing is refused, so that nobody is told.

    def silence(self):
        """Nothing comes and nothing goes."""
        self.filter('iifname "eth0" drop', 'oifname "eth0" drop')

    def deafen(self, ips):
        """Nothing comes from there; what is sent there arrives."""
        self.filter(f"ip saddr {{ {', '.join(ips)} }} drop")

    def lose(self, percent):
        """Of what comes."""
        self.filter(f'iifname "eth0" numgen random mod 100 < {percent} drop')

    def heal(self):
        self.filter()

    def filter(self, comes="", goes=""):
        chains = "".join(
            f"chain {hook} {{ type filter hook {hook} priority 0; {rule}; }}\n"
            for hook, rule in (("input", comes), ("output", goes))
            if rule
        )
        table = f"table inet faults\ndelete table inet faults\ntable inet faults {{\n{chains}}}\n"
        self.run("nft", "-f", "-", input=table)


class Network:
    """Places 10.77.0.1, 10.77.0.2 and so on, on one bridge."""

    BRIDGE = "shoal"

    def __init__(self, count):
        run("ip", "link", "add", "name", self.BRIDGE, "type", "bridge")
        run("ip", "link", "set", self.BRIDGE, "up")
        self.places = [self.add(number) for number in range(1, count + 1)]

    def add(self, number):
        place = Place(f"10.77.0.{number}")
        port = f"port{number}"
        there = f"/proc/{os.getpid()}/fd/{place.descriptor}"
        run("ip", "link", "add", "name", port, "type", "veth", "peer", "name", "eth0", "netns", there)
        run("ip", "link", "set", port, "master", self.BRIDGE, "up")
        place.run("ip", "address", "add", f"{place.ip}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            place.run("ip", "link", "set", link, "up")
        return place

    def split(self, side):
        """Nothing goes between these places and the others."""
        for place in self.places:
            others = [other.ip for other in self.places if (other in side) != (place in side)]
            place.deafen(others)

    def heal(self):
        for place in self.places:
            place.heal()

    def close(self):
        """Requires: nothing runs in its places any more."""
        for number, place in enumerate(self.places, 1):
            run("ip", "link", "delete", f"port{number}")
            place.close()
        run("ip", "link", "delete", self.BRIDGE)
