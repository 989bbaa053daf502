"""Goal: entities that have begun run again after their host was killed, without a message, as many in a time
as the type allows; those that stopped do not, those that had left memory are still remembered. Method: a real
host with two durable types is killed and started again; its status says who is active and who is to be."""

import os
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "kafka"))

from shoal_host import Host  # noqa: E402

MODULE = os.environ["SHOAL_DURABLE_MODULE"]
TYPES = {"account": "events", "register": "state"}


class Remembered(unittest.TestCase):
    def start_host(self, **more):
        settings = {"shards": 4, "remember_entities": True, **more}
        tables = {
            "modules": [{"path": MODULE}],
            "journal": {"lease_ms": 100},
            **{f"types.{name}": {"durability": kind, **settings} for name, kind in TYPES.items()},
        }
        host = Host(tables, lanes=2)
        self.addCleanup(host.close)
        return host.start_ready()

    def add(self, host, entity, **more):
        for kind in TYPES:
            code, reply = host.ask(kind, entity, "add", {"by": 5, **more})
            self.assertEqual((200, {"sum": 5, "changes": 1}), (code, reply))

    def look(self, host, entity, kinds=tuple(TYPES)):
        for kind in kinds:
            code, reply = host.ask(kind, entity, "look", {})
            self.assertEqual(200, code, reply)

    def numbers(self, host, name):
        return {one["name"]: one[name] for one in host.status()["types"]}

    def wait_for(self, host, name, number):
        expected = dict.fromkeys(TYPES, number)
        host.wait(lambda: self.numbers(host, name) == expected, f"{name} is {number}")

    def test_who_has_begun_runs_again_after_a_kill_and_who_has_stopped_does_not(self):
        host = self.start_host()
        self.add(host, "kept")
        self.look(host, "looked")
        self.add(host, "stopped", then="stop")
        for _ in range(3):
            host.kill()
            host.start_ready()
            self.wait_for(host, "entities", 2)
            self.wait_for(host, "remembered", 2)
            self.wait_for(host, "remembered_to_start", 0)
            self.assertEqual(dict.fromkeys(TYPES, 2), self.numbers(host, "entities"))
        self.assertEqual((200, {"sum": 5, "changes": 1}), host.ask("account", "stopped", "look", {}))

    def test_who_has_left_memory_is_still_remembered(self):
        host = self.start_host(passivate_after="300ms")
        self.add(host, "a")
        self.look(host, "b")
        self.wait_for(host, "entities", 0)
        self.wait_for(host, "remembered", 2)
        host.kill()
        host.start_ready()
        self.wait_for(host, "remembered", 2)
        host.wait(lambda: host.status()["entities"] > 0, "no message has woken them")
        self.wait_for(host, "entities", 0)

    def test_no_more_begin_in_a_time_than_the_type_allows(self):
        rate, count = 20, 60
        host = self.start_host(remembered_start_rate=rate)
        for number in range(count):
            self.look(host, f"entity {number}", ["account"])
        host.kill()
        begun = time.monotonic()
        host.start_ready()
        samples = []

        def all_run():
            active = self.numbers(host, "entities")["account"]
            samples.append((time.monotonic() - begun, active))
            return active == count

        host.wait(all_run, "all of them run again")
        for seconds, active in samples:
            self.assertLessEqual(active, rate * seconds + 2, samples)
        self.assertEqual(0, self.numbers(host, "remembered_to_start")["account"])

    def test_a_type_that_keeps_nothing_cannot_remember(self):
        tables = {"types.account": {"remember_entities": True}}
        host = Host(tables)
        self.addCleanup(host.close)
        host.start()
        self.assertEqual(78, host.process.wait(30))
        self.assertIn("types.account.remember_entities must be false", host.log())


if __name__ == "__main__":
    unittest.main()
