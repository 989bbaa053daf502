"""Goal: the demo shows the right numbers and leaves nothing behind, on every way out.

Method: it runs as a user runs it, in a pipe and in a terminal, with an embedded Kafka and with another one.
Its numbers are compared with an own calculation over the CSV file. Every process it starts carries a mark in
its environment, by which leftovers are found; its temporary directory is looked into afterwards.
"""

import csv
import gzip
import itertools
import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[3]
SHOAL = os.environ["SHOAL_BINARY"]
MODULE = os.environ["SHOAL_AIRCRAFT_MODULE"]
MARK = "SHOAL_DEMO_TEST_MARK"
JANUARY = 27_004
TOPICS = ["--topic", "flights:8", "--topic", "alerts:8", "--topic", "flights.dead-letters:8"]


def flights(records):
    with gzip.open(
        ROOT / "tests" / "data" / "flights-2013.csv.gz", "rt", encoding="utf-8", newline=""
    ) as file:
        yield from itertools.islice(csv.DictReader(file), records)


def whole(text):
    return None if text in ("NA", "") else int(text)


def calculate(records):
    """The module's rules, written again: the summaries by tailnum, and the totals."""
    aircraft, alerts, dead_letters = {}, 0, 0
    for row in flights(records):
        if row["tailnum"] in ("NA", ""):
            dead_letters += 1
            continue
        state = aircraft.setdefault(
            row["tailnum"],
            {
                "flights": 0,
                "cancelled": 0,
                "distance_miles": 0,
                "arr_delay_minutes": 0,
                "longest_delay_minutes": None,
                "airport": None,
            },
        )
        state["flights"] += 1
        if whole(row["dep_time"]) is None:
            state["cancelled"] += 1
            continue
        state["distance_miles"] += whole(row["distance"])
        state["airport"] = row["dest"]
        delay = whole(row["arr_delay"])
        if delay is not None:
            state["arr_delay_minutes"] += delay
            longest = state["longest_delay_minutes"]
            state["longest_delay_minutes"] = delay if longest is None else max(longest, delay)
            alerts += delay >= 180
    return aircraft, {
        "records": records,
        "dead letters": dead_letters,
        "aircraft": len(aircraft),
        "alerts": alerts,
    }


def processes_with(mark):
    """Ids and command lines of the living processes whose environment has the mark."""
    found = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (
                    (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
                )
        except OSError:
            continue
    return found


class DemoTest(unittest.TestCase):
    def setUp(self):
        self.mark = uuid.uuid4().hex
        self.temporary = tempfile.TemporaryDirectory(prefix="demo-test-")
        self.addCleanup(self.temporary.cleanup)

    def start(self, *arguments, **options):
        command = [sys.executable, str(ROOT / "host" / "demo" / "demo.py"), "--shoal", SHOAL]
        command += ["--set", "modules=[{path=%s}]" % json.dumps(MODULE), *arguments]
        environment = {**os.environ, "TMPDIR": self.temporary.name, MARK: self.mark}
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        process = subprocess.Popen(command, env=environment, **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def finish(self, process):
        """What it printed and its exit code, after the look at what it left behind."""
        output, errors = process.communicate()
        self.check_nothing_left()
        return process.returncode, output, errors

    def check_nothing_left(self):
        self.assertEqual(processes_with(self.mark), {})
        self.assertEqual(os.listdir(self.temporary.name), [])

    def start_kafka(self, topics):
        kafka = subprocess.Popen(
            [SHOAL, "dev", "kafka", *topics], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.addCleanup(kafka.stdout.close)
        self.addCleanup(kafka.wait)
        self.addCleanup(kafka.terminate)
        return kafka.stdout.readline().removeprefix("bootstrap servers: ").strip()

    def check_numbers(self, output, records):
        aircraft, totals = calculate(records)
        shown = re.search(r"^totals: (.*)$", output, re.MULTILINE)
        self.assertIsNotNone(shown, output)
        numbers = {
            name: int(number.replace(",", ""))
            for number, name in re.findall(
                r"([\d,]+) (records|dead letters|aircraft|alerts)\b", shown.group(1)
            )
        }
        self.assertEqual(numbers, totals)
        summaries = dict(re.findall(r"^aircraft (\w+): (.*)$", output, re.MULTILINE))
        self.assertEqual(set(summaries), {"N14228", "N384HA"})
        for tailnum, text in summaries.items():
            self.assertEqual(json.loads(text), aircraft[tailnum], tailnum)
            self.assertNotRegex(text, r"\d\.\d")

    def test_january_in_a_pipe(self):
        code, output, errors = self.finish(self.start("--rate", "15000"))
        self.assertEqual(code, 0, output + errors)
        self.check_numbers(output, JANUARY)
        line = (
            r"^in [\d,]+/s  done [\d,]+/s  lag ([\d,]+|\?)  entities [\d,]+  "
            r"p50 [\d,.]+ µs  p99 [\d,.]+ µs  alerts out [\d,]+$"
        )
        self.assertGreaterEqual(len(re.findall(line, output, re.MULTILINE)), 3, output)
        self.assertNotIn("\r", output)
        self.assertEqual(errors, "")

    def test_another_kafka_twice(self):
        kafka = self.start_kafka(TOPICS)
        for _ in range(2):
            code, output, errors = self.finish(self.start("--kafka", kafka, "--rate", "15000"))
            self.assertEqual(code, 0, output + errors)
            self.check_numbers(output, JANUARY)

    def test_a_missing_topic_names_the_command(self):
        kafka = self.start_kafka(["--topic", "flights:8"])
        code, output, errors = self.finish(self.start("--kafka", kafka))
        self.assertEqual(code, 1, output + errors)
        self.assertIn("the demo needs topic alerts on your broker", errors)
        self.assertIn(f"kafka-topics.sh --bootstrap-server {kafka} --create --topic alerts", errors)

    def test_an_absent_kafka_is_named(self):
        code, output, errors = self.finish(self.start("--kafka", "127.0.0.1:1"))
        self.assertEqual(code, 1, output + errors)
        self.assertIn("127.0.0.1:1", errors)

    def test_a_host_that_does_not_start(self):
        code, output, errors = self.finish(self.start("--set", "node.no_such_key=1"))
        self.assertEqual(code, 1, output + errors)
        self.assertIn("the host ended with exit code 78", errors)
        self.assertIn("no_such_key", errors)

    def test_a_host_that_is_killed(self):
        process = self.start("--rate", "500")
        self.wait_for_line(process)
        hosts = [
            number for number, words in processes_with(self.mark).items() if words[:2] == [SHOAL, "run"]
        ]
        self.assertEqual(len(hosts), 1)
        os.kill(hosts[0], signal.SIGKILL)
        code, output, errors = self.finish(process)
        self.assertEqual(code, 1, output + errors)
        self.assertIn("the host ended with exit code -9", errors)

    def test_stop_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                process = self.start("--rate", "500")
                self.wait_for_line(process)
                process.send_signal(number)
                code, output, errors = self.finish(process)
                self.assertEqual(code, 128 + number, output + errors)
                self.assertNotIn("Traceback", errors)

    def test_a_demo_that_is_killed_leaves_no_process(self):
        process = self.start("--rate", "500")
        self.wait_for_line(process)
        process.kill()
        process.communicate()
        for number in processes_with(self.mark):
            try:
                descriptor = os.pidfd_open(number)
            except ProcessLookupError:
                continue
            ended, _, _ = select.select([descriptor], [], [], 60)
            os.close(descriptor)
            self.assertTrue(ended, processes_with(self.mark))

    def test_a_stop_signal_at_the_start(self):
        process = self.start()
        self.assertIn("embedded Kafka", process.stdout.readline())
        process.send_signal(signal.SIGINT)
        code, output, errors = self.finish(process)
        self.assertEqual(code, 130, output + errors)

    def test_in_a_terminal_the_line_is_written_over_itself(self):
        ours, theirs = pty.openpty()
        process = self.start("--records", "5000", "--rate", "3000", stdout=theirs, text=False)
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:
                piece = b""  # the last program that held the terminal has ended
            if not piece:
                break
            shown += piece
        os.close(ours)
        self.assertEqual(process.wait(), 0, shown + process.stderr.read())
        process.stderr.close()
        self.check_nothing_left()
        self.assertGreaterEqual(shown.count(b"\rin "), 3, shown)
        self.assertEqual(shown.count(b"\n") - shown.count(b"\r\n"), 0)
        self.assertIn(b"totals: 5,000 records", shown)

    @staticmethod
    def wait_for_line(process):
        """Until the live line shows that the walk is under way."""
        for line in process.stdout:
            if "done" in line:
                return
        raise AssertionError("the demo ended before it showed a line: " + process.stderr.read())


if __name__ == "__main__":
    unittest.main(verbosity=2)
