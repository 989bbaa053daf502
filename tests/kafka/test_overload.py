"""Ten times more than the lanes can do, from Kafka, by tells and by asks: bounded memory, answers in time.

While it lasts the process stays within its bounds, and who asks is told. Then everything drains: every record
has run once, every message has run or was counted as refused, and the group's offsets are at the end.
SHOAL_TEST_LONG=1 makes it last a minute.
"""

import os
import unittest

import overload
import requirements
import topics
from host_case import LONG, HostCase
from overload import LANES, RECORD_BYTES, SLOW_LANES, Overload, memory_bytes

SECONDS = 60 if LONG else 6
WORK_US = 500
PEAK = SLOW_LANES * 1_000_000 // WORK_US  # turns a second with a processor for each slow lane: never more
MIB = 1 << 20

# The bounds that this load reaches. Those of host/lanes: each lane's inbox, and of the driver's lane its
# mail, the mail that waits and one that is on its way.
LANE_BYTES = LANES * 2 * MIB + 3 * 16 * MIB
# kafka.client's: what is fetched ahead of a partition, and the answer to one fetch. librdkafka bounds keys
# and values; what it needs for a record beside them was measured.
QUEUED_KIB = 16_384
FETCH_BYTES = MIB
LIBRDKAFKA_RECORD_BYTES = 480
QUEUE_BYTES = SLOW_LANES * (QUEUED_KIB * 1024 + FETCH_BYTES)
KAFKA_BYTES = QUEUE_BYTES + QUEUE_BYTES // RECORD_BYTES * LIBRDKAFKA_RECORD_BYTES


class OverloadTest(HostCase):
    def test_ten_times_the_peak(self):
        client = {"queued.max.messages.kbytes": QUEUED_KIB}
        load = Overload(self.bootstrap, os.environ["SHOAL_OVERLOAD_MODULE"], "work", WORK_US, client)
        self.addCleanup(load.host.close)
        load.start()
        pid = load.host.process.pid
        idle = memory_bytes(pid, "VmRSS")
        load.begin(SECONDS, records=2 * PEAK, tells=7 * PEAK, asks=PEAK, askers=4)
        load.wait_sent(SECONDS)
        report = load.wait_drained(60 + 10 * SECONDS)
        self.check_memory(idle, memory_bytes(pid, "VmHWM"))
        self.check_asks(load, report)
        self.check_nothing_lost(load, report)

    def check_memory(self, idle, most):
        bound = (idle + LANE_BYTES + KAFKA_BYTES) * 11 // 10
        self.assertLessEqual(most // MIB, bound // MIB, f"MiB; {idle // MIB} idle")

    def check_asks(self, load, report):
        """Nobody waits longer than its deadline, and most are told before it that there is no room."""
        asked = report["asks_sent"]
        ends = {end: report[end] for end in ("answered", "overloaded", "deadline", "failed")}
        self.assertEqual((asked, 0), (sum(ends.values()), ends["failed"]), report)
        self.assertGreater(ends["overloaded"], asked // 2, report)
        self.assertLess(report["overloaded_ms_max"], overload.ASK_TIMEOUT_MS, report)
        answers = load.http_answers()
        self.assertTrue(answers)
        self.assertLessEqual({code for code, _ in answers}, {200, 503, 504})
        refused = [ms for code, ms in answers if code == 503]
        self.assertLess(max(refused, default=0), overload.ASK_TIMEOUT_MS)

    def check_nothing_lost(self, load, report):
        records = load.feed.sent
        self.assertEqual(records, report["record_turns"])
        status = load.host.status()
        letters = {reason: count for reason, count in status["message_dead_letters"].items() if count}
        nobody_waits = letters.pop("nobody_waits", 0)
        self.assertLessEqual(set(letters), {"overloaded", "deadline"})
        self.assertLessEqual(nobody_waits, report["deadline"] + len(load.http_answers()))
        over_http = sum(code != 503 for code, _ in load.http_answers())
        sent = report["tells_sent"] + report["asks_sent"] + over_http
        turns = report["tell_turns"] + report["ask_turns"]
        self.assertEqual(sent, turns + sum(letters.values()), (report, letters))
        self.assertEqual((200, {}), load.host.ask("slow", "asked", "ask"))
        self.assertEqual(0, load.host.stop())
        self.assertEqual(records, sum(topics.committed(self.bootstrap, "work", "work").values()))


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
