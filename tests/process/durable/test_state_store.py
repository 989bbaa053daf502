"""Goal: entities that are not in memory are in the state store, and whatever happens to the host or to the
store, what was answered for is there. Method: a real host that may have few entities active serves many; it
is killed again and again, and its store is deleted, damaged and taken by another host."""

import os
import pathlib
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "kafka"))

from clients import kill_under_asks  # noqa: E402
from shoal_host import Host  # noqa: E402

MODULE = os.environ["SHOAL_DURABLE_MODULE"]
ROUNDS = 50 if os.environ.get("SHOAL_TEST_LONG") else 5
CLIENTS = 4
ENTITIES = 60  # of each client, in each type
ACTIVE_MAX = 16
TYPES = {"account": "events", "register": "state"}


class StateStore(unittest.TestCase):
    def make_host(self, **journal):
        tables = {
            "modules": [{"path": MODULE}],
            "journal": {"lease_ms": 100, **journal},
            **{
                f"types.{name}": {"durability": kind, "shards": 8, "active_entities_max": ACTIVE_MAX}
                for name, kind in TYPES.items()
            },
        }
        host = Host(tables, lanes=2)
        self.addCleanup(host.close)
        return host

    def add_to_many(self, host, count=200):
        for number in range(count):
            for kind in TYPES:
                code, reply = host.ask(kind, f"e{number}", "add", {"by": number + 100})
                self.assertEqual((200, 1), (code, reply.get("changes")), reply)
        host.wait(lambda: host.status()["state_store"]["entities"] >= count, "they are in the store")

    def expect_many(self, host, count=200, changes=1):
        for number in range(count):
            for kind in TYPES:
                code, reply = host.ask(kind, f"e{number}", "look", {})
                self.assertEqual(200, code, reply)
                self.assertEqual({"sum": number + 100, "changes": changes}, reply, f"{kind}/e{number}")

    def store(self, host):
        return host.folder / "data/state-store"

    def test_memory_holds_the_active_ones_and_the_others_come_back(self):
        host = self.make_host().start_ready()
        self.add_to_many(host)
        host.wait(lambda: host.status()["entities"] <= 2 * ACTIVE_MAX, "the others have left memory")
        self.expect_many(host)
        metrics = host.get("/metrics")
        self.assertIn("shoal_state_store_disk_bytes", str(metrics))

    def test_kills_lose_nothing_of_those_in_the_store(self):
        host = self.make_host().start_ready()
        names = [
            [f"{kind}/{client}-{number}" for number in range(ENTITIES) for kind in TYPES]
            for client in range(CLIENTS)
        ]
        kill_under_asks(self, host, names, ROUNDS, (0.5, 2.5))
        self.assertEqual(0, host.status()["state_store"]["rebuilds_total"])

    def test_a_store_that_was_deleted_is_made_again(self):
        host = self.make_host().start_ready()
        self.add_to_many(host)
        host.kill()
        shutil.rmtree(self.store(host))
        host.start_ready()
        self.expect_many(host)

    def test_a_store_that_is_damaged_is_made_again(self):
        host = self.make_host().start_ready()
        self.add_to_many(host)
        self.assertEqual(0, host.stop())
        for name in self.store(host).glob("MANIFEST-*"):
            name.write_bytes(b"no manifest")
        host.start_ready()
        self.expect_many(host)
        self.assertIn("is made anew", host.log(400))

    def test_two_hosts_do_not_share_one(self):
        host = self.make_host().start_ready()
        other = self.make_host(state_store_directory=str(self.store(host)), directory=str(host.folder / "j2"))
        other.start()
        self.assertNotEqual(0, other.process.wait(30))
        self.assertIn("end the process that has it open", other.log())

    def test_without_a_store_they_stay_in_memory(self):
        host = self.make_host(state_store="memory").start_ready()
        for kind in TYPES:
            self.assertEqual(200, host.ask(kind, "a", "add", {"by": 2})[0])
        self.assertIsNone(host.status()["state_store"])
        self.assertFalse(self.store(host).exists())


if __name__ == "__main__":
    unittest.main()
