"""kill -9 of the host at random points: no committed offset is ahead of a finished record, and none is lost.

A module emits "partition offset" for every record, or fails, which makes a dead letter. After each kill
the group's committed offsets are compared with what has arrived in the two topics: everything before
them must be there. SHOAL_TEST_SEED repeats a run's choices; SHOAL_TEST_LONG=1 asks for ten times the
rounds.
"""

import collections
import os
import random
import threading
import unittest

import requirements
import shoal_host
import topics
from broker import Broker
from shoal_host import Host

ROUNDS = 200 if os.environ.get("SHOAL_TEST_LONG") == "1" else 20
PARTITIONS = 6
RECORDS_A_ROUND = 30_000
FAILS_EVERY = 97
GROUP = "kill"


class Effects:
    """What has arrived of the host's work: per partition the offsets whose effect is visible."""

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.seen = collections.defaultdict(set)
        self.next = {"out": {}, "in.dead-letters": {}}
        self.complete = collections.defaultdict(int)  # below it every position is known to be visible

    def refresh(self):
        for topic, start in self.next.items():
            for record in topics.read(self.bootstrap, topic, start):
                start[record.partition] = record.offset + 1
                partition, offset = self.position(topic, record)
                self.seen[partition].add(offset)

    @staticmethod
    def position(topic, record):
        if topic == "out":
            return tuple(int(number) for number in record.value.split())
        headers = record.headers
        return int(headers["shoal-source-partition"]), int(headers["shoal-source-offset"])

    def missing_before(self, ends):
        """Positions below the given offsets that have no visible effect."""
        missing = []
        for partition, end in ends.items():
            seen = self.seen[partition]
            missing += [(partition, o) for o in range(self.complete[partition], end) if o not in seen]
            self.complete[partition] = max(end, self.complete[partition])
        return missing


class Producing(threading.Thread):
    """Produces the records of one round while the host runs."""

    def __init__(self, bootstrap, first):
        super().__init__()
        numbers = range(first, first + RECORDS_A_ROUND)
        self.records = [(b"key-%d" % (n % 1009), b"fail" if n % FAILS_EVERY == 0 else b"x") for n in numbers]
        self.bootstrap = bootstrap
        self.error = None

    def run(self):
        try:
            topics.produce(self.bootstrap, "in", self.records)
        except Exception as error:  # reported by the test's own thread
            self.error = error


def committed_of(source):
    return sum(partition["committed"] or 0 for partition in source["partitions"])


class Kill(unittest.TestCase):
    def setUp(self):
        seed = int(os.environ.get("SHOAL_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
        print(f"SHOAL_TEST_SEED={seed}", flush=True)
        self.random = random.Random(seed)
        self.broker = Broker().start()
        self.addCleanup(self.broker.close)
        wanted = {"in": PARTITIONS, "out": 2, "in.dead-letters": 1}
        topics.create(self.broker.bootstrap, wanted)
        self.effects = Effects(self.broker.bootstrap)

    def make_host(self, lanes):
        source = {"group": GROUP, "commit_interval_ms": 20, "commit_records": 500}
        host = Host(shoal_host.echo(self.broker.bootstrap, "in", **source), lanes)
        self.addCleanup(host.close)
        return host

    def run_until_killed(self, host, committed_before):
        """Kills while the host starts, after some records came in, or after some were committed."""
        host.start()
        amount = self.random.randrange(1, RECORDS_A_ROUND)
        looks = iter(range(amount % 30))
        moments = {
            "starting": lambda: next(looks, None) is None,
            "taken": lambda: host.source()["in_total"] >= amount,
            "committed": lambda: committed_of(host.source()) > committed_before + amount // 2,
        }
        moment = self.random.choice(list(moments))
        host.wait(moments[moment], f"{moment} {amount}", every=self.random.uniform(0.001, 0.02))
        host.kill()

    def check_commits(self):
        """Gives the number of committed records."""
        ends = topics.committed(self.broker.bootstrap, GROUP, "in")
        self.effects.refresh()
        self.assertEqual([], self.effects.missing_before(ends)[:10], "committed, but its effect is not there")
        return sum(ends.values())

    def test_no_commit_is_ahead_of_a_finished_record(self):
        hosts = [self.make_host(lanes) for lanes in (1, 2)]
        progress = [0]
        for number in range(ROUNDS):
            producing = Producing(self.broker.bootstrap, number * RECORDS_A_ROUND)
            producing.start()
            self.run_until_killed(hosts[number % 2], progress[-1])
            producing.join()
            self.assertIsNone(producing.error)
            progress.append(self.check_commits())
        self.assertEqual(sorted(progress), progress, "an offset was moved back")
        self.assertGreater(len(set(progress)), ROUNDS // 5, "hardly any round committed something")
        self.drain(hosts[1])

    def drain(self, host):
        """A last host finishes the rest: nothing was lost."""
        host.start_ready()
        ends = topics.watermarks(self.broker.bootstrap, "in")
        host.wait(lambda: host.source()["lag"] == 0, "everything is committed")
        self.assertEqual(0, host.stop())
        self.assertEqual(ends, topics.committed(self.broker.bootstrap, GROUP, "in"))
        self.check_commits()


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
