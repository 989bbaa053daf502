"""Entities fed by Kafka wait, send, fail, park and leave memory, and no record is lost or committed too soon.

The module "script" does what its records say (tests/modules/fixtures/script.cpp): `gate` stashes its record,
`open` unstashes, `fail` fails the turn, `tell ID SCRIPT` sends a message.
"""

import unittest

import requirements
import topics
from script_case import ScriptCase


class EntityLife(ScriptCase):
    def start(self, topic, records, partitions=1, **policy):
        return self.make_scripts(topic, records, partitions, policy).start_ready()

    def tell(self, host, entity, script):
        path = f"/v1/entities/script/{entity}/tell"
        code, text = host.request("POST", path, {"message": "do", "body": script})
        self.assertEqual(202, code, text)

    def test_stashed_record_is_not_committed_before_its_turn(self):
        records = [(b"a", b"note 1"), (b"a", b"gate 2"), (b"b", b"note 3")]
        host = self.start("stashed", records)
        self.wait_counts(host, done_total=2, in_flight=1)
        host.wait(lambda: self.committed("stashed") == 1, "offset 1 is committed")
        host.kill()
        # Offset 1 and what came after it are read again; with durability "none" note 1 is gone.
        host.start_ready()
        self.wait_counts(host, done_total=1, in_flight=1)
        self.tell(host, "a", "open")
        host.wait_finished(2)
        self.assertEqual("2", self.notes(host, "a"))
        self.assertEqual("3", self.notes(host, "b"))
        self.assertEqual(0, host.stop())
        self.assertEqual(3, self.committed("stashed"))

    def test_stashed_record_does_not_delay_the_stop(self):
        host = self.start("stopped", [(b"a", b"gate 1"), (b"b", b"note 2")])
        self.wait_counts(host, done_total=1, in_flight=1)
        self.assertEqual(0, host.stop())
        self.assertEqual(0, self.committed("stopped"))

    def test_records_wait_for_an_entity_that_restarts(self):
        records = [(b"a", b"fail x"), (b"a", b"note 1"), (b"b", b"note other"), (b"a", b"note 2")]
        policy = {"on_failure": "restart", "backoff_min_ms": 1000, "backoff_max_ms": 1000}
        host = self.start("restarted", records, **policy)
        # The other entity of the partition goes on meanwhile.
        self.wait_counts(host, done_total=1, dead_letters_total=1, in_flight=2)
        self.assertEqual("other", self.notes(host, "b"))
        host.wait_finished(4)
        self.assertEqual("1,2", self.notes(host, "a"))
        self.assertEqual(0, host.stop())

    def test_parked_records_become_dead_letters_in_order(self):
        records = [(b"a", b"fail 1"), (b"a", b"fail 2"), (b"a", b"note 3"), (b"b", b"note b")]
        records.append((b"a", b"note 4"))
        host = self.start("parked", records, failures_max=2)
        source = host.wait_finished(5)
        self.assertEqual((1, 4), (source["done_total"], source["dead_letters_total"]))
        letters = topics.read(self.bootstrap, "parked.dead")
        told = [(letter.value, letter.headers["shoal-reason"]) for letter in letters]
        expected = [
            (b"fail 1", b"turn_failed"),
            (b"fail 2", b"turn_failed"),
            (b"note 3", b"parked"),
            (b"note 4", b"parked"),
        ]
        self.assertEqual(expected, told)
        self.assertEqual("b", self.notes(host, "b"))
        self.assertEqual(0, host.stop())

    def test_records_make_entities_send_messages(self):
        records = [(b"a", b"tell %d note hello" % number) for number in range(20)]
        host = self.start("sending", records, partitions=4)
        host.wait_finished(20)
        for number in range(20):
            host.wait(lambda: self.notes(host, str(number)) == "hello", f"entity {number} has its message")
        self.assertEqual(0, host.stop())

    def test_idle_entities_leave_memory(self):
        host = self.start("idle", [(b"a", b"note 1"), (b"b", b"note 2")], passivate_after="500ms")
        host.wait_finished(2)
        host.wait(lambda: host.status()["entities"] == 0, "no entity is active")
        self.assertEqual("", self.notes(host, "a"))
        self.assertEqual(0, host.stop())


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
