"""Goal: a host whose journal's disk is full says so, answers for nothing it could not write, and goes on when
there is room again; nothing is lost. Method: a real host, its journal on a file system of its own."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS / "kafka"), str(TESTS / "netns")]

from namespaces import Namespace  # noqa: E402
from shoal_host import Host  # noqa: E402

MOUNTS = Namespace("mount", "--mount", ("mount",), "mount -t tmpfs -o size=1m none /mnt")
MODULE = os.environ["SHOAL_DURABLE_MODULE"]
MEBIBYTE = 1024 * 1024
# Room for three segments of the journal; a host that starts anew takes one. All but the first is taken away.
DISK_BYTES = 64 * MEBIBYTE
FILL_BYTES = 200 * 1024


class FullDisk(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="shoal-disk-")
        self.addCleanup(folder.cleanup)
        self.disk = pathlib.Path(folder.name)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", folder.name], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", folder.name], check=True)
        tables = {
            "modules": [{"path": MODULE}],
            "journal": {"lease_ms": 100, "directory": str(self.disk / "journal")},
            "types.register": {"durability": "state", "shards": 8},
        }
        self.ended = threading.Event()
        self.host = Host(tables, lanes=1)
        self.addCleanup(self.host.close)
        self.host.start_ready()

    def take_all_room(self):
        with open(self.disk / "ballast", "wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(bytes(4096))
            except OSError:
                pass

    def ask(self, message, **body):
        return self.host.ask("register", "a", message, body)

    def is_full(self):
        return "the journal has no room" in self.host.get("/readyz?verbose")[1]

    def fill_until_full(self):
        """Takes all room and fills the log; (the thread that still waits for an answer, those that came)."""
        self.take_all_room()
        answers = []
        filling = threading.Thread(target=self.fill, args=(answers,))
        filling.start()
        self.addCleanup(filling.join)
        self.addCleanup(self.ended.set)
        self.host.wait(self.is_full, "the host is not ready, for want of room")
        return filling, answers

    def fill(self, answers):
        """One ask after the other, until it is told to end or the host is gone."""
        connection = self.host.connect()
        try:
            while not self.ended.is_set() and answers[-1:] in ([], [200]):
                fill = {"message": "fill", "body": {"bytes": FILL_BYTES + len(answers)}, "timeout_ms": 60_000}
                headers = {"Content-Type": "application/json"}
                connection.request("POST", "/v1/entities/register/a/ask", json.dumps(fill), headers)
                answer = connection.getresponse()
                answer.read()
                answers.append(answer.status)
        except OSError:
            pass
        finally:
            connection.close()

    def test_it_is_said_and_goes_on_where_there_is_room_again(self):
        self.assertEqual((200, {"sum": 1, "changes": 1}), self.ask("add", by=1))
        filling, answers = self.fill_until_full()
        self.assertEqual(503, self.host.get("/readyz")[0])
        before = len(answers)
        self.assertGreater(before, 10)
        self.assertRegex(self.host.log(1000), f"error .*{self.disk}")
        self.assertEqual(before, len(answers), "nothing is answered that could not be written")

        self.ended.set()
        (self.disk / "ballast").unlink()
        filling.join()
        self.assertEqual([200] * (before + 1), answers[: before + 1], "what waited is done")
        self.host.wait(lambda: self.host.get("/readyz")[0] == 200, "the host is ready again")
        self.assertIn("the journal has room again", self.host.log(1000))
        self.assertEqual((200, {"sum": 3, "changes": len(answers) + 2}), self.ask("add", by=2))
        self.host.kill()
        self.host.start_ready()
        self.assertEqual((200, {"sum": 3, "changes": len(answers) + 2}), self.ask("look"))

    def test_what_was_answered_before_outlives_a_kill_while_it_is_full(self):
        filling, answers = self.fill_until_full()
        self.host.kill()
        filling.join()
        (self.disk / "ballast").unlink()
        self.host.start_ready()
        code, reply = self.ask("look")
        self.assertEqual(200, code)
        self.assertIn(reply["changes"] - len(answers), (0, 1), "the last one was under way")


if __name__ == "__main__":
    MOUNTS.main_guard(unittest.main)
