"""The flights with their shard logs in Kafka, of states and of events: the host is killed again and again
while the rows come in, and at the end every aircraft and every alert is what oracle.py says. The first rows
of the year; with SHOAL_TEST_LONG=1 all of them, and more kills."""

import unittest

import requirements
from year_case import LONG, YearCase

KILLS = 60 if LONG else 4
SECONDS_EACH = 4  # a host that starts while the others of the machine are busy has its logs in less


class JournalYear(YearCase):
    rows = None if LONG else 60_000

    def outlive_kills(self, durability, lanes):
        own = {"log": "kafka", "kafka_topic_prefix": f"journal-{durability}-"}
        self.durable_under_kills(durability, lanes, KILLS, feed_seconds=KILLS * SECONDS_EACH, **own)

    def test_durable_aircraft_outlive_kills(self):
        self.outlive_kills("state", lanes=2)

    def test_aircraft_made_of_events_outlive_kills(self):
        self.outlive_kills("events", lanes=1)


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
