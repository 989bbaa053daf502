"""Entities whose turns may block: such a record holds its entity and the committed offset, and nobody else.

The type "blocking" of the module "script" does what its records say (tests/modules/fixtures/script.cpp):
`block FIFO` opens the FIFO to read it and waits until its writer has closed it. So a test knows when a turn
blocks, and ends it.
"""

import errno
import os
import pathlib
import signal
import tempfile
import threading
import unittest

import requirements
import topics
from script_case import ScriptCase
from shoal_host import Host
from waiting import wait_until

TYPE = "blocking"


class Gate:
    """A FIFO that a turn blocks on."""

    def __init__(self, folder, name):
        self.path = pathlib.Path(folder) / name
        self.writer = None
        os.mkfifo(self.path)

    def wait_reached(self):
        """Until a turn blocks on it."""

        def opened():
            try:
                self.writer = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
            return self.writer is not None

        wait_until(opened, lambda: f"a turn blocks on {self.path.name}", 60)

    def open(self):
        if self.writer is not None:
            os.close(self.writer)
        self.writer = None


class Blocking(ScriptCase):
    TYPE = TYPE

    def gate(self, name):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        gate = Gate(folder.name, name)
        self.addCleanup(gate.open)
        return gate

    def start(self, topic, records, policy=None, **node):
        return self.make_scripts(topic, records, policy=policy, **node).start()

    def blocking(self, host):
        return next(one for one in host.status()["types"] if one["name"] == TYPE)["blocking"]

    def test_records_end_out_of_order_and_commit_in_order(self):
        gate = self.gate("order")
        blocking = f"block {gate.path};note 2".encode()
        records = [(b"b", b"note 1"), (b"a", blocking), (b"b", b"note 3")]
        records += [(b"a", b"note 4"), (b"b", b"note 5")]
        host = self.start("order", records)
        gate.wait_reached()
        self.wait_counts(host, done_total=3, in_flight=2)
        host.wait(lambda: self.committed("order") == 1, "offset 1 is committed")
        self.assertEqual("1,3,5", self.notes(host, "b"))
        # Nothing of it is lost when the host dies now: all from offset 1 on comes again.
        host.kill()
        gate.open()
        host.start()
        gate.wait_reached()
        self.wait_counts(host, done_total=2, in_flight=2)
        self.assertEqual(1, self.committed("order"))
        state = self.blocking(host)
        self.assertEqual((1, 1), (state["running"], state["waiting"]), state)
        gate.open()
        host.wait_finished(4)
        self.assertEqual("2,4", self.notes(host, "a"))
        self.assertEqual("3,5", self.notes(host, "b"))
        self.assertEqual(0, host.stop())
        self.assertEqual(5, self.committed("order"))

    def test_a_failed_turn_is_a_dead_letter_and_the_next_record_runs(self):
        records = [(b"a", b"note 1;fail on purpose"), (b"a", b"note 2"), (b"b", b"note 3")]
        host = self.start("failing", records)
        host.wait_finished(3)
        self.assertEqual(("2", "3"), (self.notes(host, "a"), self.notes(host, "b")))
        letters = topics.read(self.bootstrap, "failing.dead")
        self.assertEqual([b"turn_failed"], [letter.headers["shoal-reason"] for letter in letters])
        self.assertEqual([b"on purpose"], [letter.headers["shoal-error"] for letter in letters])
        self.assertEqual(0, host.stop())
        self.assertEqual(3, self.committed("failing"))

    def test_a_partition_is_held_while_much_waits_and_nothing_is_dropped(self):
        gate = self.gate("held")
        large = b"note " + b"x" * 20_000
        host = self.start("held", [(b"a", f"block {gate.path}".encode())] + [(b"a", large)] * 2_000)
        gate.wait_reached()
        host.wait(lambda: self.blocking(host)["waiting_bytes"] >= 16 * 1024 * 1024, "16 MiB wait")
        # At most what a batch has more than the bound.
        self.assertLess(host.source()["in_total"], 1_500)
        self.assertEqual("", self.notes(host, "other"))
        gate.open()
        self.assertEqual(2_001, host.wait_finished(2_001)["done_total"])
        self.assertEqual(0, self.blocking(host)["waiting_bytes"])

    def test_a_stop_waits_for_the_turn_and_leaves_what_waits_for_the_next_start(self):
        gate = self.gate("stop")
        host = self.start("stop", [(b"a", f"block {gate.path};note 1".encode()), (b"a", b"note 2")])
        gate.wait_reached()
        self.wait_counts(host, in_flight=2)
        host.process.send_signal(signal.SIGTERM)
        drained = "type blocking begins no turn of a record any more, 1 of its turns run"
        host.wait(lambda: drained in host.log(), "the host stops")
        self.assertIsNone(host.process.poll())
        gate.open()
        self.assertEqual(0, host.process.wait(30))
        host.disconnect()
        self.assertEqual(1, self.committed("stop"))
        host.start()
        host.wait_finished(1)
        self.assertEqual("2", self.notes(host, "a"))
        self.assertEqual(0, host.stop())

    def test_a_stop_that_takes_too_long_names_the_turn(self):
        gate = self.gate("forced")
        host = self.start("forced", [(b"a/1", f"block {gate.path}".encode())], shutdown_grace_ms=300)
        gate.wait_reached()
        self.assertEqual(1, host.stop())
        self.assertIn("the turn of entity a%2F1 of type blocking has not ended", host.log())
        self.assertEqual(0, self.committed("forced"))

    def test_a_type_all_of_whose_threads_are_stuck_is_said_by_name(self):
        gates = [self.gate("one"), self.gate("two")]
        records = [(name, f"block {gate.path}".encode()) for name, gate in zip((b"a", b"b"), gates)]
        host = self.start("stuck", records, {"blocking_threads": 2, "blocking_warning_ms": 100})
        for gate in gates:
            gate.wait_reached()
        trouble = "each of the 2 threads of type blocking has been inside of one turn"
        host.wait(lambda: trouble in host.get("/readyz?verbose")[1], "the host is not ready")
        warning = "thread 0 of a type that may block has been inside of one turn"
        host.wait(lambda: warning in host.log(), "the thread is named in the log")
        state = self.blocking(host)
        self.assertEqual({"a", "b"}, {turn["id"] for turn in state["stuck"]})
        gates[0].open()
        # One thread is free again: the other turn is told of, and is no reason not to be ready.
        host.wait(lambda: host.get("/readyz")[0] == 200, "the host is ready")
        host.wait(lambda: [turn["id"] for turn in self.blocking(host)["stuck"]] == ["b"], "b is told of")
        metrics = host.get("/metrics")[1]
        self.assertIn('shoal_blocking_threads{type="blocking"} 2', metrics)
        self.assertIn('shoal_blocking_turns_running{type="blocking"} 1', metrics)
        gates[1].open()
        host.wait_finished(2)
        self.assertEqual(0, host.stop())

    def test_the_state_is_shown_when_the_turn_has_ended(self):
        gate = self.gate("shown")
        host = self.start("shown", [(b"a", f"block {gate.path};note 1".encode())])
        gate.wait_reached()
        answers = []
        other = Host.__new__(Host)
        other.port, other.connection = host.port, None
        look = threading.Thread(target=lambda: answers.append(other.get(f"/v1/entities/{TYPE}/a")))
        look.start()
        self.wait_counts(host, in_flight=1)
        self.assertEqual([], answers)
        gate.open()
        look.join(30)
        other.disconnect()
        self.assertEqual(1, len(answers))
        self.assertEqual(200, answers[0][0], answers)
        self.assertIn('"notes":["1"]', answers[0][1].replace(" ", ""))
        self.assertEqual(0, host.stop())


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
