"""Goal: of two hosts on one journal the newer owner has the shards, and one that was stopped meanwhile, past
its lease, answers for nothing when it goes on. Method: real hosts, SIGSTOP in the middle of asks, SIGCONT."""

import os
import pathlib
import signal
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "kafka"))

from clients import Client, tallies_of  # noqa: E402
from shoal_host import Host  # noqa: E402
from waiting import wait_until  # noqa: E402

MODULE = os.environ["SHOAL_DURABLE_MODULE"]
ROUNDS = 20 if os.environ.get("SHOAL_TEST_LONG") else 3
CLIENTS = 4
TYPES = {"account": "events", "register": "state"}


class Former(Client):
    """A client of the host that is stopped: that it is refused something later is no mistake. What it is
    answered later must have counted before the newer owner, which has added one since, read it."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.refusals = 0
        self.is_overtaken = threading.Event()

    def answered(self, name, changes):
        if not self.is_overtaken.is_set():
            super().answered(name, changes)
        elif changes >= self.tallies[name]["sent"]:
            self.wrong.append(f"{name}: {changes} of {self.tallies[name]}")

    def refused(self, name, status, text):
        self.refusals += 1


class Owners(unittest.TestCase):
    def setUp(self):
        self.journal = tempfile.TemporaryDirectory(prefix="shoal-journal-")
        self.addCleanup(self.journal.cleanup)
        names = [[f"{kind}/{client}" for kind in TYPES] for client in range(CLIENTS)]
        self.names = names
        self.tallies = tallies_of(name for each in names for name in each)

    def start_host(self):
        tables = {
            "modules": [{"path": MODULE}],
            "journal": {"lease_ms": 500, "directory": self.journal.name},
            **{f"types.{name}": {"durability": kind, "shards": 8} for name, kind in TYPES.items()},
        }
        host = Host(tables, lanes=2)
        self.addCleanup(host.close)
        return host.start_ready()

    def clients(self, host, kind):
        clients = [kind(host.port, each, self.tallies) for each in self.names]
        for client in clients:
            client.start()
        return clients

    def answered(self):
        return sum(tally["answered"] for tally in self.tallies.values())

    def run_until(self, more):
        enough = self.answered() + more
        wait_until(lambda: self.answered() >= enough, lambda: f"{more} answers more: {self.tallies}")

    def look(self, host, name, message="look"):
        kind, entity = name.split("/")
        return host.ask(kind, entity, message, {"by": 1} if message == "add" else {})

    def settle(self, host):
        """What was sent and not answered has happened or never will."""
        for name, tally in self.tallies.items():
            code, state = self.look(host, name)
            self.assertEqual(200, code, state)
            self.assertLessEqual(tally["answered"], state["changes"], f"{name}: lost")
            self.assertLessEqual(state["changes"], tally["sent"], f"{name}: twice")
            tally["sent"] = tally["answered"] = state["changes"]

    def test_an_owner_that_was_stopped_past_its_lease_answers_for_nothing(self):
        former = self.start_host()
        for _ in range(ROUNDS):
            clients = self.clients(former, Former)
            self.run_until(200)
            os.kill(former.process.pid, signal.SIGSTOP)
            newer = self.start_host()
            self.settle(newer)
            for name, tally in self.tallies.items():
                code, state = self.look(newer, name, "add")
                self.assertEqual((200, tally["answered"] + 1), (code, state["changes"]), name)
                tally["sent"] = tally["answered"] = state["changes"]

            for client in clients:
                client.is_overtaken.set()
            os.kill(former.process.pid, signal.SIGCONT)
            wait_until(
                lambda clients=clients: all(client.refusals > len(TYPES) for client in clients),
                lambda former=former: f"the former owner refuses: {former.log()}",
            )
            for client in clients:
                client.ended.set()
                client.join()
                self.assertEqual([], client.wrong)
            for name in self.tallies:
                code, reply = self.look(former, name)
                self.assertEqual(500, code, f"{name}: {reply}")
                self.assertIn("another host has the log", reply["detail"])
            self.assertEqual(503, former.get("/readyz")[0])
            former.close()
            self.settle(newer)
            former = newer

    def test_a_host_that_starts_beside_another_takes_the_shards(self):
        former = self.start_host()
        for name in self.tallies:
            self.assertEqual(200, self.look(former, name, "add")[0])
        newer = self.start_host()
        for name in self.tallies:
            self.assertEqual((200, {"sum": 2, "changes": 2}), self.look(newer, name, "add"))
            self.assertNotEqual(200, self.look(former, name, "add")[0])
            self.assertIn("another host has the log", self.look(former, name)[1]["detail"])
            self.assertEqual((200, {"sum": 2, "changes": 2}), self.look(newer, name))
        former.wait(lambda: former.get("/readyz")[0] == 503, "the former owner is not ready")
        self.assertIn("do not have their logs", former.get("/readyz?verbose")[1])


if __name__ == "__main__":
    unittest.main()
