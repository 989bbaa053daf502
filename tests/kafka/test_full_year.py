"""A year of flights through the real host and broker equals the oracle, whatever is stopped in between.

Each test feeds `shoal run` (aircraft module) with all 336,776 rows and compares every aircraft's
summary, every alert in its order and every dead letter with oracle.py: with one and two lanes, again
from offset 0 after a SIGTERM, with the broker restarted and killed while the rows come in, and, of
durable aircraft, of states and of events, with the host killed again and again meanwhile.
"""

import collections
import json
import subprocess
import unittest

import requirements
import topics
from year_case import LONG, PARTITIONS, YearCase

LIVE_ROWS_PER_SECOND = 60_000
KILLS = 60 if LONG else 8


class FullYear(YearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        topics.create(cls.broker.bootstrap, {"flights": PARTITIONS})
        subprocess.run(cls.feed_command("flights"), check=True, capture_output=True, timeout=120)
        records = topics.read(cls.broker.bootstrap, "flights")
        cls.without_key = {(r.partition, r.offset) for r in records if r.key is None}
        assert len(records) == cls.expected.rows, len(records)
        assert len(cls.without_key) == cls.expected.without_tailnum, len(cls.without_key)

    def check_year(self, host, name, runs):
        """After the `runs`-th run over the whole year: the host's state, and what it has sent so far."""
        source = host.wait_finished(self.expected.rows)
        self.assertEqual(self.expected.without_tailnum, source["dead_letters_total"])
        self.assertEqual(len(self.expected.aircraft), host.status()["entities"])
        self.check_aircraft(host)
        self.check_alerts(f"{name}.alerts", runs)

    def check_alerts(self, topic, runs):
        """Each aircraft's alerts, in order, once for each run."""
        sent = collections.defaultdict(list)
        for record in topics.read(self.broker.bootstrap, topic):
            alert = json.loads(record.value)
            self.assertEqual(["tailnum", "time_hour", "dest", "arr_delay"], list(alert))
            self.assertEqual(alert["tailnum"].encode(), record.key)
            sent[alert["tailnum"]].append(tuple(alert.values()))
        wanted = collections.defaultdict(list)
        for alert in self.expected.alerts * runs:
            wanted[alert[0]].append(alert)
        self.assertEqual(wanted, sent)

    def check_dead_letters(self, topic, source_topic, wanted):
        letters = topics.read(self.broker.bootstrap, topic)
        positions = []
        for letter in letters:
            headers = {name: value.decode() for name, value in letter.headers.items()}
            self.assertEqual(source_topic, headers["shoal-source-topic"])
            self.assertIn("aircraft", headers["shoal-module"])
            self.assertEqual("refused_by_admit", headers["shoal-reason"])
            self.assertTrue(headers["shoal-error"])
            self.assertIsNone(json.loads(letter.value)["tailnum"])
            position = (int(headers["shoal-source-partition"]), int(headers["shoal-source-offset"]))
            positions.append(position)
        self.assertEqual(sorted(wanted), sorted(positions))

    def test_durable_aircraft_outlive_kills(self):
        self.durable_under_kills("state", 2, KILLS, feed_seconds=KILLS + 2)

    def test_aircraft_made_of_events_outlive_kills(self):
        self.durable_under_kills("events", 1, KILLS, feed_seconds=KILLS + 2)

    def walk_twice(self, name, lanes):
        host = self.make_host(name, lanes, start="earliest")
        host.start_ready()
        self.check_year(host, name, runs=1)
        self.check_dead_letters(f"{name}.dead", "flights", self.without_key)
        self.check_stop(host, name, "flights")
        host.start_ready()
        self.check_year(host, name, runs=2)
        self.check_stop(host, name, "flights")

    def test_one_lane_and_again_from_offset_0_after_sigterm(self):
        self.walk_twice("one", lanes=1)

    def test_two_lanes_and_again_from_offset_0_after_sigterm(self):
        self.walk_twice("two", lanes=2)

    def test_broker_restarted_and_killed_midway(self):
        topics.create(self.broker.bootstrap, {"live": PARTITIONS})
        host = self.make_host("midway", lanes=2, topics=["live"])
        host.start_ready()
        command = [*self.feed_command("live"), "--rate", str(LIVE_ROWS_PER_SECOND)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as feed:
            try:
                host.wait(lambda: host.source()["in_total"] > self.expected.rows // 5, "a fifth is in")
                self.broker.restart()
                host.wait(lambda: host.source()["in_total"] > self.expected.rows // 2, "half is in")
                self.broker.kill()
                self.broker.start()
                self.assertEqual(0, feed.wait(120))
            finally:
                feed.kill()
        self.check_year(host, "midway", runs=1)
        self.check_stop(host, "midway", "live")


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
