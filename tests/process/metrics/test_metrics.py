"""Goal: what a real host serves at /metrics is what happened. Method: records of a mock Kafka cluster and
messages of the command line walk through a host with the aircraft module, in a cluster of one; its metrics
are read as a scraper would read them and compared with the counts of both, with its status, and with what
METRICS.md describes."""

import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "kafka"))

from broker import free_ports  # noqa: E402
from waiting import wait_until  # noqa: E402

SHOAL = os.environ["SHOAL_BINARY"]
MODULE = os.environ["SHOAL_AIRCRAFT_MODULE"]
BLOCKING_MODULE = os.environ["SHOAL_BLOCKING_MODULE"]  # has a type whose turns may block
TOPICS = ("flights", "alerts", "flights.dead-letters")
RECORDS = 500
ASKS = 3
SAMPLE = re.compile(r'(\w+)(?:\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)')


class Metrics(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def start(self, *command):
        log = open(self.folder / "log", "a", encoding="utf-8")
        self.addCleanup(log.close)
        process = subprocess.Popen([SHOAL, *command], stderr=log, stdout=log)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def start_host(self):
        file = self.folder / "bootstrap"
        topics = [word for topic in TOPICS for word in ("--topic", f"{topic}:2")]
        self.start("dev", "kafka", *topics, "--bootstrap-file", str(file))
        bootstrap = wait_until(lambda: file.exists() and file.read_text(encoding="utf-8").strip(), "no Kafka")
        address = f"127.0.0.1:{free_ports(1)[0]}"
        settings = {
            "cluster.bind": address,
            "cluster.seeds": [address],
            "cluster.seed_timeout_ms": 100,
            "node.data_dir": self.folder / "data",
            "node.management_port": 0,
            "node.lanes": 2,
            "kafka.bootstrap_servers": bootstrap,
            "types.aircraft.durability": "none",  # members of a cluster have no other
            "modules.0.path": MODULE,
            "modules.1.path": BLOCKING_MODULE,
        }
        words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        self.start("run", "--config", str(ROOT / "configs" / "aircraft.toml"), *words)
        log = self.folder / "log"
        port = re.compile(r"management on 127\.0\.0\.1:(\d+)")
        found = wait_until(lambda: port.search(log.read_text(encoding="utf-8")), "no host")
        self.port = int(found.group(1))
        return bootstrap

    def get(self, target):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", target)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def samples(self):
        """By name: the values, each under its labels as text."""
        found = {}
        for line in self.get("/metrics").splitlines():
            if not line.startswith("#"):
                name, labels, value = SAMPLE.fullmatch(line).groups()
                found.setdefault(name, {})[labels or ""] = float(value)
        return found

    def committed_samples(self):
        """All samples, once every record is committed."""
        samples = self.samples()
        committed = samples.get("shoal_source_partition_committed_offset", {})
        return samples if sum(committed.values()) == RECORDS else None

    def test_what_happened_is_counted(self):
        bootstrap = self.start_host()
        feed = ["feed", "csv", str(ROOT / "tests" / "data" / "flights-2013.csv.gz"), "--topic", "flights"]
        feed += ["--key", "tailnum", "--bootstrap", bootstrap, "--limit", str(RECORDS)]
        self.assertEqual(0, self.start(*feed).wait(60))

        def finished():
            source = json.loads(self.get("/v1/status"))["sources"][0]
            return source if source["done_total"] + source["dead_letters_total"] == RECORDS else None

        source = wait_until(finished, lambda: self.get("/v1/status"), seconds=60)
        for _ in range(ASKS):
            ask = self.start("ask", "aircraft", "N14228", "summary", "--management", f"127.0.0.1:{self.port}")
            self.assertEqual(0, ask.wait(30))
        wrong = ["ask", "aircraft", "N14228", "flight", '"no flight"']
        self.assertEqual(1, self.start(*wrong, "--management", f"127.0.0.1:{self.port}").wait(30))
        samples = wait_until(self.committed_samples, "the offsets are not committed")
        labels = 'source="flights",type="aircraft"'
        self.assertEqual(RECORDS, samples["shoal_source_records_total"][labels])
        self.assertEqual(source["done_total"], samples["shoal_source_records_done_total"][labels])
        self.assertEqual(source["dead_letters_total"], samples["shoal_source_dead_letters_total"][labels])
        self.assertEqual(0, samples["shoal_source_records_in_flight"][labels])
        self.assertEqual([0.0], list(samples["shoal_sink_in_flight_bytes"].values()))
        self.assertEqual(RECORDS, sum(samples["shoal_lane_records_total"].values()))
        self.assertEqual(2, len(samples["shoal_lane_records_total"]))
        self.assertEqual(ASKS + 1, sum(samples["shoal_lane_messages_total"].values()))
        dead_letters = samples["shoal_message_dead_letters_total"]
        self.assertEqual(1, dead_letters['reason="undecodable"'])
        self.assertEqual(1, sum(dead_letters.values()))
        self.assertEqual(RECORDS, samples["shoal_record_latency_seconds_count"][""])
        self.assertEqual(RECORDS, samples["shoal_record_latency_seconds_bucket"]['le="+Inf"'])
        self.assertGreater(samples["shoal_record_latency_seconds_sum"][""], 0)
        ends = samples["shoal_source_partition_high_watermark_offset"]
        self.assertEqual(RECORDS, sum(ends.values()))
        self.assertEqual(1, samples["shoal_ready"][""])
        self.assertEqual(
            json.loads(self.get("/v1/status"))["entities"], samples["shoal_type_entities"]['type="aircraft"']
        )
        self.check_described(samples)

    def check_described(self, samples):
        page = (ROOT / "host" / "management" / "METRICS.md").read_text(encoding="utf-8")
        described = set(re.findall(r"^\| `(\w+)`", page, re.M))
        served = {re.sub(r"(?<=_seconds)_(bucket|sum|count)$", "", name) for name in samples}
        self.assertEqual(described, served)


if __name__ == "__main__":
    unittest.main()
