"""A year of flights through the real host and broker equals the oracle, whatever is stopped in between.

Each test feeds `shoal run` (aircraft module) with all 336,776 rows and compares every aircraft's
summary, every alert in its order and every dead letter with oracle.py: with one and two lanes, again
from offset 0 after a SIGTERM, with the broker restarted and killed while the rows come in, and, of
durable aircraft, of states and of events, with the host killed again and again meanwhile.
"""

import collections
import json
import os
import random
import subprocess
import unittest

import oracle
import requirements
import shoal_host
import topics
from broker import Broker
from shoal_host import Host

PARTITIONS = 8
LIVE_ROWS_PER_SECOND = 60_000
KILLS = 60 if os.environ.get("SHOAL_TEST_LONG") == "1" else 8


def feed_command(broker, topic):
    common = ["--topic", topic, "--key", "tailnum", "--bootstrap", broker.bootstrap]
    return [shoal_host.SHOAL, "feed", "csv", str(oracle.FLIGHTS), *common]


class FullYear(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.expected = oracle.read()
        cls.broker = Broker().start()
        cls.addClassCleanup(cls.broker.close)
        topics.create(cls.broker.bootstrap, {"flights": PARTITIONS})
        subprocess.run(feed_command(cls.broker, "flights"), check=True, capture_output=True, timeout=120)
        records = topics.read(cls.broker.bootstrap, "flights")
        cls.without_key = {(r.partition, r.offset) for r in records if r.key is None}
        assert len(records) == cls.expected.rows, len(records)
        assert len(cls.without_key) == cls.expected.without_tailnum, len(cls.without_key)

    def make_host(self, name, lanes, tables=None, **source):
        """A host whose group, alerts and dead letters are its own."""
        bootstrap = self.broker.bootstrap
        topics.create(bootstrap, {f"{name}.alerts": 2})
        own = {"group": name, "dead_letter_topic": f"{name}.dead", **source}
        host = Host({**shoal_host.aircraft(bootstrap, f"{name}.alerts", **own), **(tables or {})}, lanes)
        self.addCleanup(host.close)
        return host

    def check_year(self, host, name, runs):
        """After the `runs`-th run over the whole year: the host's state, and what it has sent so far."""
        source = host.wait_finished(self.expected.rows)
        self.assertEqual(self.expected.without_tailnum, source["dead_letters_total"])
        self.assertEqual(len(self.expected.aircraft), host.status()["entities"])
        self.check_aircraft(host)
        self.check_alerts(f"{name}.alerts", runs)

    def check_aircraft(self, host):
        for tailnum, summary in self.expected.aircraft.items():
            code, reply = host.ask("aircraft", tailnum, "summary")
            self.assertEqual((200, summary), (code, reply), tailnum)
            self.assertFalse([value for value in reply.values() if isinstance(value, float)], tailnum)

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

    def check_stop(self, host, group, topic):
        """SIGTERM ends it with 0, and everything that was finished is committed."""
        self.assertEqual(0, host.stop())
        ends = topics.watermarks(self.broker.bootstrap, topic)
        committed = topics.committed(self.broker.bootstrap, group, topic)
        self.assertEqual(ends, committed, host.log())

    def distinct_alerts(self, topic):
        """Each aircraft's alerts in the order in which they first came; one id is one alert."""
        said = {}
        sent = collections.defaultdict(list)
        for record in topics.read(self.broker.bootstrap, topic):
            alert = tuple(json.loads(record.value).values())
            known = said.setdefault(record.headers["shoal-emit-id"], alert)
            self.assertEqual(known, alert)
            if known is alert:
                sent[alert[0]].append(alert)
        return sent

    def durable_under_kills(self, durability, lanes):
        seed = int(os.environ.get("SHOAL_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        chance = random.Random(seed)
        name = f"durable-{durability}-{lanes}"
        topics.create(self.broker.bootstrap, {name: PARTITIONS})
        tables = {"types.aircraft": {"durability": durability}, "journal": {"lease_ms": 100}}
        if durability == "events":
            tables["modules"] = [{"path": shoal_host.LOGBOOK_MODULE}]
        host = self.make_host(name, lanes, tables, topics=[name])
        host.start_ready()
        rate = self.expected.rows // (KILLS + 2)
        command = [*feed_command(self.broker, name), "--rate", str(rate)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as feed:
            try:
                for _ in range(KILLS):
                    before = host.source()["in_total"]
                    more = chance.randrange(1, rate)
                    wanted = before + more
                    host.wait(lambda: host.source()["in_total"] > wanted, f"{wanted} are in, seed {seed}")
                    host.kill()
                    host.start_ready()
                self.assertEqual(0, feed.wait(120))
            finally:
                feed.kill()
        ends = topics.watermarks(self.broker.bootstrap, name)

        def done():
            return topics.committed(self.broker.bootstrap, name, name) == ends

        host.wait(done, f"all is committed, seed {seed}", every=0.5)
        self.assertEqual(len(self.expected.aircraft), host.status()["entities"], f"seed {seed}")
        self.check_aircraft(host)
        wanted = collections.defaultdict(list)
        for alert in self.expected.alerts:
            wanted[alert[0]].append(alert)
        self.assertEqual(wanted, self.distinct_alerts(f"{name}.alerts"), f"seed {seed}")
        self.check_stop(host, name, name)

    def test_durable_aircraft_outlive_kills(self):
        self.durable_under_kills("state", lanes=2)

    def test_aircraft_made_of_events_outlive_kills(self):
        self.durable_under_kills("events", lanes=1)

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
        command = [*feed_command(self.broker, "live"), "--rate", str(LIVE_ROWS_PER_SECOND)]
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
