"""Who keeps a source's offsets: the group, nobody, or a module; and where the configuration says to begin.

Each kind is read, stopped and started again; what came out twice, or never, tells where it began.
"""

import datetime
import os
import pathlib
import tempfile
import unittest

import requirements
import shoal_host
import topics
from host_case import HostCase, records
from shoal_host import Host


class OffsetKeepers(HostCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="shoal-offsets-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def begin(self, topic, count=0, partitions=1):
        topics.create(self.bootstrap, {topic: partitions, f"{topic}.out": 1})
        self.produce(topic, records(count))

    def host(self, topic, settings=None, **source):
        """A host of the module "keeper", which emits topic, partition, offset and group of each record."""
        source = {"name": "kept", "topics": [topic], "type": "kept", "message": "record", **source}
        source = {"group": topic, "dead_letter_topic": "", "commit_interval_ms": 50, **source}
        sinks = {"out": f"{topic}.out"}
        tables = shoal_host.configuration(self.bootstrap, shoal_host.KEEPER_MODULE, source, sinks)
        if settings:
            tables["modules"][0]["config"] = settings
        host = Host(tables, 2)
        self.addCleanup(host.close)
        return host

    def out(self, topic, before=0):
        """(partition, offset) of the records that have come out, but for the first `before`."""
        lines = [r.value.decode().split() for r in topics.read(self.bootstrap, f"{topic}.out")]
        return sorted((int(line[1]), int(line[2])) for line in lines[before:])

    def groups(self, topic):
        return {r.value.decode().split()[3] for r in topics.read(self.bootstrap, f"{topic}.out")}

    def run_once(self, host, total):
        """Until `total` records have finished; the status of the source then."""
        host.start_ready()
        status = host.wait_finished(total)
        self.assertEqual(0, host.stop(), host.log())
        return status

    # The group

    def test_a_group_goes_on_where_it_was_and_records_name_it(self):
        self.begin("grouped", 20)
        self.run_once(self.host("grouped"), 20)
        self.assertEqual({0: 20}, topics.committed(self.bootstrap, "grouped", "grouped"))
        self.produce("grouped", records(5))
        self.run_once(self.host("grouped"), 5)
        self.assertEqual([(0, offset) for offset in range(25)], self.out("grouped"))
        self.assertEqual({"grouped"}, self.groups("grouped"))

    # Nobody

    def test_a_plain_source_commits_nothing_and_begins_anew(self):
        self.begin("plain", 20)
        for _ in range(2):
            status = self.run_once(self.host("plain", offsets="none"), 20)
            partition = status["partitions"][0]
            self.assertEqual((None, 20, 0), (partition["committed"], partition["position"], partition["lag"]))
            self.assertEqual((20, 20, 0), tuple(status[n] for n in ("in_total", "done_total", "in_flight")))
        self.assertEqual({0: 0}, topics.committed(self.bootstrap, "plain", "plain"))
        self.assertEqual(sorted(2 * [(0, offset) for offset in range(20)]), self.out("plain"))
        self.assertEqual({"-"}, self.groups("plain"))

    def test_a_plain_source_at_the_latest_reads_what_is_new(self):
        self.begin("latest", 20)
        host = self.host("latest", offsets="none", start="latest")
        host.start_ready()
        self.produce("latest", records(5))
        host.wait_finished(5)
        self.assertEqual(0, host.stop())
        self.assertEqual([(0, offset) for offset in range(20, 25)], self.out("latest"))

    # The configuration

    def test_start_offsets_count_whatever_is_committed(self):
        self.begin("given", 30, partitions=2)
        ends = topics.watermarks(self.bootstrap, "given")
        self.run_once(self.host("given"), 30)
        first = ends[0] - 5
        self.run_once(self.host("given", start_offsets=[f"given/0={first}"]), 5)
        self.assertEqual([(0, offset) for offset in range(first, ends[0])], self.out("given", 30))
        self.assertEqual(ends, topics.committed(self.bootstrap, "given", "given"))

    def test_start_offset_beyond_the_end_is_named(self):
        self.begin("beyond", 5)
        host = self.host("beyond", offsets="none", start_offsets=["beyond/0=50"])
        host.start()
        self.wait_unready(host, "beyond/0", "offset 50 is beyond the end 5", "correct start_offsets")

    def test_start_offset_of_no_partition_is_named(self):
        self.begin("few", 5)
        host = self.host("few", offsets="none", start_offsets=["few/3=0"])
        host.start()
        self.wait_unready(host, "topic few has 1 partitions", "partition 3 is named in start_offsets")

    def produce_at(self, topic, times_ms):
        one = topics.producer(self.bootstrap)
        for time_ms in times_ms:
            one.produce(topic, key=b"key", value=b"value", partition=0, timestamp=time_ms)
        self.assertEqual(0, one.flush(60))

    def test_a_source_starts_at_a_time(self):
        self.begin("timed")
        self.produce_at("timed", range(1_000_000, 1_030_000, 1_000))
        time = datetime.datetime.fromtimestamp(1_019.5, datetime.timezone.utc).isoformat()
        host = self.host("timed", offsets="none", start=time)
        self.run_once(host, 10)
        self.assertEqual([(0, offset) for offset in range(20, 30)], self.out("timed"))

    def test_a_time_after_all_records_is_the_end(self):
        self.begin("after")
        self.produce_at("after", [1_000_000, 1_001_000])
        host = self.host("after", offsets="none", start="2020-01-01T00:00:00Z")
        host.start_ready()
        self.assertEqual(2, host.source()["partitions"][0]["position"])
        self.produce("after", records(3))
        host.wait_finished(3)
        self.assertEqual(0, host.stop())
        self.assertEqual([(0, 2), (0, 3), (0, 4)], self.out("after"))

    def test_a_time_to_come_is_the_end(self):
        """Brokers tell no offset for it, and what is written meanwhile has no such time either."""
        self.begin("to-come", 20, partitions=2)
        ends = topics.watermarks(self.bootstrap, "to-come")
        host = self.host("to-come", offsets="none", start="2099-01-01T00:00:00Z")
        host.start_ready()
        self.assertEqual(ends, self.positions(host))
        self.produce("to-come", records(20))
        host.wait_finished(20)
        self.assertEqual(0, host.stop())
        after = topics.watermarks(self.bootstrap, "to-come")
        wanted = [(n, offset) for n in range(2) for offset in range(ends[n], after[n])]
        self.assertEqual(wanted, self.out("to-come"))

    def test_a_time_in_an_empty_partition_is_its_end(self):
        self.begin("half-empty", partitions=2)
        self.produce_at("half-empty", [1_000_000, 2_000_000])
        host = self.host("half-empty", offsets="none", start="1970-01-01T00:20:00Z")
        host.start_ready()
        host.wait_finished(1)
        self.assertEqual({0: 2, 1: 0}, self.positions(host))
        self.produce("half-empty", records(20))
        self.assertEqual(21, host.wait_finished(21)["in_total"])
        self.assertEqual(0, host.stop())

    def positions(self, host):
        return {one["partition"]: one["position"] for one in host.source()["partitions"]}

    # A module

    def test_a_module_says_where_to_begin_and_is_told_where_it_ended(self):
        self.begin("own", 30, partitions=2)
        ends = topics.watermarks(self.bootstrap, "own")
        file = self.folder / "own.offsets"
        file.write_text("kept own 0 3\nkept other 1 5\n", encoding="ascii")
        settings = {"file": str(file)}
        status = self.run_once(self.host("own", settings, offsets="module:keeper"), 27)
        self.assertEqual([None, None], [one["committed"] for one in status["partitions"]])
        wanted = [(0, n) for n in range(3, ends[0])] + [(1, n) for n in range(ends[1])]
        self.assertEqual(wanted, self.out("own"))
        told = file.read_text(encoding="ascii").splitlines()
        self.assertEqual(["kept other 1 5", f"kept own 0 {ends[0]}", f"kept own 1 {ends[1]}"], told)
        self.produce("own", records(4))
        self.run_once(self.host("own", settings, offsets="module:keeper"), 4)
        self.assertEqual(4, len(self.out("own", 27)))
        self.assertTrue(all(offset >= ends[partition] for partition, offset in self.out("own", 27)))
        self.assertEqual({0: 0, 1: 0}, topics.committed(self.bootstrap, "own", "own"))

    def test_a_module_that_fails_keeps_its_source_waiting_by_name(self):
        self.begin("broken", 5)
        file = self.folder / "broken.offsets"
        file.write_text("nonsense\n", encoding="ascii")
        host = self.host("broken", {"file": str(file)}, offsets="module:keeper")
        host.start()
        self.wait_unready(host, "module keeper, asked for the offsets of topic broken", "the line 'nonsense'")
        file.write_text("kept broken 0 3\n", encoding="ascii")
        self.wait_ready(host)
        host.wait_finished(2)
        self.assertEqual(0, host.stop())
        self.assertEqual([(0, 3), (0, 4)], self.out("broken"))

    def test_a_module_that_keeps_no_offsets_is_named(self):
        self.begin("nobody", 5)
        host = self.host("nobody", offsets="module:nobody")
        host.start()
        self.wait_unready(host, "no loaded module 'nobody' keeps offsets")

    def test_a_module_that_waits_holds_up_its_source_only(self):
        self.begin("gated", 5)
        gate = self.folder / "gate"
        os.mkfifo(gate)
        host = self.host("gated", {"gate": str(gate)}, offsets="module:keeper", start="earliest")
        host.start()
        self.wait_unready(host, "module keeper is asked where to begin")
        self.assertEqual(200, host.get("/v1/status")[0])
        with open(gate, "w", encoding="ascii") as writer:
            writer.write("go\n")
        self.wait_ready(host)
        host.wait_finished(5)

    def test_a_module_that_never_answers_makes_the_stop_a_forced_one(self):
        self.begin("stuck", 5)
        gate = self.folder / "gate"
        os.mkfifo(gate)
        host = self.host("stuck", {"gate": str(gate)}, offsets="module:keeper", start="earliest")
        tables = host.folder / "shoal.toml"
        text = tables.read_text(encoding="utf-8")
        tables.write_text(text.replace("[node]", "[node]\nshutdown_grace_ms = 300"), encoding="utf-8")
        host.start()
        self.wait_unready(host, "has not answered for 5000 ms: see what it waits for")
        self.assertEqual(1, host.stop())
        self.assertIn("still waiting for modules to keep where their sources ended", host.log())


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
