"""Goal: a service manager hears from a real host that it is ready, alive and stopping. Method: the built
program with a datagram socket of the test's own in NOTIFY_SOCKET."""

import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import unittest

SHOAL = os.environ["SHOAL_BINARY"]
SECONDS = 30


class Manager:
    """What a service manager does: it starts a host and listens."""

    def __init__(self, folder, name, watchdog_usec, *settings):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)
        self.socket.settimeout(SECONDS)
        command = [SHOAL, "run", "--set", f"node.data_dir={folder}", "--set", "node.management_port=0"]
        for setting in ("node.lanes=1", *settings):
            command += ["--set", setting]
        environment = {**os.environ, "NOTIFY_SOCKET": name, "WATCHDOG_USEC": str(watchdog_usec)}
        self.log = open(pathlib.Path(folder) / "log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(command, env=environment, stderr=self.log)

    def hear(self):
        return self.socket.recv(4096).decode()

    def hear_until(self, wanted):
        """All that came up to and with `wanted`."""
        heard = [self.hear()]
        while heard[-1] != wanted:
            heard.append(self.hear())
        return heard

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(SECONDS)
        self.socket.close()
        self.log.close()


class Notify(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def check_life(self, name):
        with Manager(self.folder.name, name, 400_000) as manager:
            self.assertLessEqual(set(manager.hear_until("READY=1")), {"READY=1", "WATCHDOG=1"})
            self.assertEqual(["WATCHDOG=1"] * 3, [manager.hear() for _ in range(3)])
            manager.process.send_signal(signal.SIGTERM)
            self.assertLessEqual(set(manager.hear_until("STOPPING=1")), {"STOPPING=1", "WATCHDOG=1"})
            self.assertEqual(0, manager.process.wait(SECONDS))

    def test_a_host_is_ready_alive_and_stops(self):
        self.check_life(str(pathlib.Path(self.folder.name) / "notify"))

    def test_an_abstract_name(self):
        self.check_life(f"@shoal-notify-test-{os.getpid()}")

    def test_a_host_that_is_not_ready_does_not_say_so(self):
        name = str(pathlib.Path(self.folder.name) / "notify")
        with Manager(self.folder.name, name, 100_000, 'modules=[{path="/no/such.so"}]') as manager:
            self.assertEqual(["WATCHDOG=1"] * 5, [manager.hear() for _ in range(5)])
            manager.process.send_signal(signal.SIGTERM)
            self.assertNotIn("READY=1", manager.hear_until("STOPPING=1"))
            self.assertEqual(0, manager.process.wait(SECONDS))


if __name__ == "__main__":
    unittest.main()
