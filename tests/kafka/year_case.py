"""Hosts of the aircraft module on a real broker, fed with the year of flights or its beginning, and compared
with what oracle.py makes of the same rows."""

import collections
import json
import os
import random
import subprocess
import unittest

import oracle
import shoal_host
import topics
from broker import Broker
from shoal_host import Host

LONG = os.environ.get("SHOAL_TEST_LONG") == "1"
PARTITIONS = 8


class YearCase(unittest.TestCase):
    rows = None  # so many of the year; None: all

    @classmethod
    def setUpClass(cls):
        cls.expected = oracle.read(limit=cls.rows)
        cls.broker = Broker().start()
        cls.addClassCleanup(cls.broker.close)

    @classmethod
    def feed_command(cls, topic):
        common = ["--topic", topic, "--key", "tailnum", "--bootstrap", cls.broker.bootstrap]
        limit = [] if cls.rows is None else ["--limit", str(cls.rows)]
        return [shoal_host.SHOAL, "feed", "csv", str(oracle.FLIGHTS), *common, *limit]

    def make_host(self, name, lanes, tables=None, **source):
        """A host whose group, alerts and dead letters are its own."""
        bootstrap = self.broker.bootstrap
        topics.create(bootstrap, {f"{name}.alerts": 2})
        own = {"group": name, "dead_letter_topic": f"{name}.dead", **source}
        host = Host({**shoal_host.aircraft(bootstrap, f"{name}.alerts", **own), **(tables or {})}, lanes)
        self.addCleanup(host.close)
        return host

    def check_aircraft(self, host):
        for tailnum, summary in self.expected.aircraft.items():
            code, reply = host.ask("aircraft", tailnum, "summary")
            self.assertEqual((200, summary), (code, reply), tailnum)
            self.assertFalse([value for value in reply.values() if isinstance(value, float)], tailnum)

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

    def check_stop(self, host, group, topic):
        """SIGTERM ends it with 0, and everything that was finished is committed."""
        self.assertEqual(0, host.stop())
        ends = topics.watermarks(self.broker.bootstrap, topic)
        committed = topics.committed(self.broker.bootstrap, group, topic)
        self.assertEqual(ends, committed, host.log())

    def durable_under_kills(self, durability, lanes, kills, feed_seconds, **journal):
        """The host is killed so often while the rows come in, for so many seconds; the oracle and the host
        agree at the end. All aircraft are in memory then, since they are remembered."""
        seed = int(os.environ.get("SHOAL_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        chance = random.Random(seed)
        name = f"durable-{durability}-{lanes}"
        topics.create(self.broker.bootstrap, {name: PARTITIONS})
        aircraft = {"durability": durability, "remember_entities": True}
        tables = {"types.aircraft": aircraft, "journal": {"lease_ms": 100, **journal}}
        if durability == "events":
            tables["modules"] = [{"path": shoal_host.LOGBOOK_MODULE}]
        host = self.make_host(name, lanes, tables, topics=[name])
        host.start_ready()
        rate = self.expected.rows // feed_seconds
        command = [*self.feed_command(name), "--rate", str(rate)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as feed:
            try:
                for _ in range(kills):
                    before = host.source()["in_total"]
                    more = chance.randrange(1, self.expected.rows // (kills + 2))
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
        host.disconnect()  # the host ends connections that have been silent for too long
        count = len(self.expected.aircraft)
        host.wait(lambda: host.status()["entities"] == count, f"{count} aircraft are active, seed {seed}")
        self.check_aircraft(host)
        wanted = collections.defaultdict(list)
        for alert in self.expected.alerts:
            wanted[alert[0]].append(alert)
        self.assertEqual(wanted, self.distinct_alerts(f"{name}.alerts"), f"seed {seed}")
        self.check_stop(host, name, name)
