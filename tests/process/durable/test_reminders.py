"""Goal: a reminder outlives a host that is killed: it comes at its time on the next start, or late where its
time has passed, and once it has come and was seen it does not come again. Method: a real host with two
durable types is killed before, during and after the times of its reminders."""

import os
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "kafka"))

from shoal_host import Host  # noqa: E402
from waiting import wait_until  # noqa: E402

MODULE = os.environ["SHOAL_REMINDED_MODULE"]
TYPES = {"diary": "events", "pad": "state"}
SOON_MS = 1500


class Reminders(unittest.TestCase):
    def start_host(self):
        tables = {
            "modules": [{"path": MODULE}],
            "journal": {"lease_ms": 100},
            **{f"types.{name}": {"durability": kind, "shards": 4} for name, kind in TYPES.items()},
        }
        host = Host(tables, lanes=2)
        self.addCleanup(host.close)
        return host.start_ready()

    def remind(self, host, entity, name, in_ms, by, **more):
        for kind in TYPES:
            body = {"name": name, "in_ms": in_ms, "by": by, **more}
            code, reply = host.ask(kind, entity, "remind", body)
            self.assertEqual(200, code, reply)

    def wait_for(self, host, entity, **expected):
        for kind in TYPES:
            host.wait(
                lambda kind=kind: host.ask(kind, entity, "look", {})[1] == expected,
                f"{kind}/{entity} says {expected}",
            )

    def test_a_reminder_comes_on_the_start_after_a_kill(self):
        host = self.start_host()
        self.remind(host, "a", "tea", SOON_MS, 5)
        host.kill()
        host.start_ready()
        self.wait_for(host, "a", sum=5, changes=1)

    def test_one_whose_time_has_passed_while_no_host_ran_comes_and_wakes_its_entity(self):
        host = self.start_host()
        self.remind(host, "a", "tea", SOON_MS, 5)
        due = time.monotonic() + SOON_MS / 1000
        host.kill()
        wait_until(lambda: time.monotonic() >= due, "its time has passed", 60, 0.02)
        host.start_ready()
        host.wait(lambda: host.status()["entities"] == len(TYPES), "no message has woken them")
        self.wait_for(host, "a", sum=5, changes=1)

    def test_one_that_was_seen_does_not_come_again(self):
        host = self.start_host()
        for number in range(1, 4):
            self.remind(host, "a", f"tea {number}", -1, 5)
            self.wait_for(host, "a", sum=5 * number, changes=number)
            host.kill()
            host.start_ready()
            self.wait_for(host, "a", sum=5 * number, changes=number)

    def test_a_repeated_one_goes_on_through_kills(self):
        host = self.start_host()
        self.remind(host, "a", "thrice", 0, 5, every_ms=1000)
        for _ in range(3):
            host.kill()
            host.start_ready()
        self.wait_for(host, "a", sum=15, changes=3)
        self.remind(host, "a", "tea", -1, 1)
        self.wait_for(host, "a", sum=16, changes=4)


if __name__ == "__main__":
    unittest.main()
