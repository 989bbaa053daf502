"""The demo: an embedded Kafka (or yours), a host with the aircraft module, and a month of real flights.

Starts everything, shows a live line, asks two aircraft for their state, prints totals, stops everything in
order and leaves nothing behind. README.md beside this file says more. Needs Python 3.11 alone.
"""

import argparse
import json
import os
import signal
import socket
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from child import Child, ChildFailed  # noqa: E402
from host_status import Rates, live_text, read_status  # noqa: E402
from live_line import LiveLine  # noqa: E402
from stop import Stopped, StopSignals  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FLIGHTS = os.path.join(ROOT, "tests", "data", "flights-2013.csv.gz")
TOPICS = ("flights", "alerts", "flights.dead-letters")
PARTITIONS = 8
JANUARY_RECORDS = 27_004
YEAR_RECORDS = 336_776
RECORDS_PER_SECOND = 4_000
# One with a usual month, and the one with January's longest delay.
AIRCRAFT = ("N14228", "N384HA")

START_SECONDS = 30
FEED_SECONDS_BEYOND_SCHEDULE = 60
DRAIN_SECONDS = 60
LOOK_SECONDS = 0.5
HOST_GRACE_SECONDS = 30
OTHER_GRACE_SECONDS = 10


class DemoFailed(Exception):
    """Says what failed and what to do."""


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--kafka", metavar="HOST:PORT", help="a broker of yours instead of the embedded one"
    )
    parser.add_argument(
        "--records", type=int, default=JANUARY_RECORDS, help="rows to send (default: January)"
    )
    parser.add_argument(
        "--rate", type=float, default=RECORDS_PER_SECOND, help="rows a second (default: %(default)s)"
    )
    parser.add_argument(
        "--shoal", default=os.path.join(ROOT, "build", "release", "shoal"), help="the shoal binary"
    )
    parser.add_argument(
        "--config", default=os.path.join(ROOT, "configs", "aircraft.toml"), help="the host's config"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="passed to the host"
    )
    options = parser.parse_args(arguments)
    if not 1 <= options.records <= YEAR_RECORDS or options.rate <= 0:
        parser.error(f"--records must be 1 to {YEAR_RECORDS}, and --rate above 0")
    return options


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Demo:
    def __init__(self, options, stops, directory):
        self._options = options
        self._stops = stops
        self._directory = directory
        self._line = LiveLine()
        self._kafka = None
        self._host = None
        self._feed = None
        self._short = None
        self._bootstrap = options.kafka
        self._management = f"127.0.0.1:{free_port()}"

    def run(self):
        if not os.access(self._options.shoal, os.X_OK):
            raise DemoFailed(f"there is no {self._options.shoal}: build it with ./dev build")
        if self._options.kafka:
            self._check_topics()
        else:
            self._start_kafka()
        self._start_host()
        seconds = self._feed_and_watch()
        self._ask_aircraft()
        self._print_totals(seconds)
        self._stop_in_order()

    # --- Starting

    def _start_kafka(self):
        bootstrap_file = os.path.join(self._directory, "bootstrap")
        topics = [word for topic in TOPICS for word in ("--topic", f"{topic}:{PARTITIONS}")]
        command = [self._options.shoal, "dev", "kafka", *topics, "--bootstrap-file", bootstrap_file]
        self._kafka = Child("embedded Kafka", command, self._directory)
        deadline = time.monotonic() + START_SECONDS
        while not os.path.exists(bootstrap_file):
            self._wait(
                0.05, deadline, lambda: self._kafka.failure(f"did not start within {START_SECONDS} s")
            )
        with open(bootstrap_file, encoding="utf-8") as file:
            self._bootstrap = file.read().strip()
        print(f"embedded Kafka at {self._bootstrap}")

    def _check_topics(self):
        """A feed of no rows checks broker and topic and names the command that creates a missing one."""
        for topic in ("flights", "alerts"):
            check = self._run("the check of topic " + topic, self._feed_command(topic, limit=0))
            if check.exit_code() != 0:
                raise DemoFailed(
                    f"the demo needs topic {topic} on your broker:\n{check.errors().strip()}"
                )
        print(f"your Kafka at {self._bootstrap}")

    def _start_host(self):
        settings = [
            f"kafka.bootstrap_servers={self._bootstrap}",
            f"node.data_dir={os.path.join(self._directory, 'data')}",
            f"node.management_port={self._management.rpartition(':')[2]}",
            *self._options.set,
        ]
        command = [self._options.shoal, "run", "--config", self._options.config]
        command += [word for setting in settings for word in ("--set", setting)]
        self._host = Child("the host", command, self._directory)
        deadline = time.monotonic() + START_SECONDS
        status = None
        while status is None or not status.ready:
            reasons = "nothing answers" if status is None else "; ".join(status.reasons)
            late = f"was not ready within {START_SECONDS} s ({reasons})"
            self._wait(0.05, deadline, lambda what=late: self._host.failure(what))
            status = read_status(self._management)
        print(f"host with module aircraft, management at {self._management}")

    # --- The month

    def _feed_command(self, topic, limit):
        columns = [
            "--topic",
            topic,
            "--key",
            "tailnum",
            "--bootstrap",
            self._bootstrap,
            "--limit",
            str(limit),
        ]
        return [self._options.shoal, "feed", "csv", FLIGHTS, *columns]

    def _feed_and_watch(self):
        """Replays the flights and shows the line until all are finished; the seconds that took."""
        options = self._options
        print(f"replaying {options.records:,} flights at {options.rate:,.0f}/s")
        began = time.monotonic()
        rates = Rates(self._status(), began)
        command = [*self._feed_command("flights", options.records), "--rate", str(options.rate)]
        self._feed = Child("the feed", command, self._directory)
        deadline = began + options.records / options.rate + FEED_SECONDS_BEYOND_SCHEDULE
        while self._feed.exit_code() is None:
            self._wait(
                LOOK_SECONDS, deadline, lambda: self._feed.failure("did not end in time"), [self._feed]
            )
            self._show(rates)
        if self._feed.exit_code() != 0:
            raise self._feed.failure(f"ended with exit code {self._feed.exit_code()}")

        self._drain()
        seconds = time.monotonic() - began
        self._line.end()
        return seconds

    def _drain(self):
        """Until every record is finished and every alert acknowledged, which comes after the record where
        the log holds both. The lag alone may be that of a moment before the feed's end."""
        deadline = time.monotonic() + DRAIN_SECONDS
        status = self._status()
        while not status.is_through(self._options.records):
            late = f"was not through after {DRAIN_SECONDS} s (lag {status.lag}, in flight {status.in_flight})"
            self._wait(0.1, deadline, lambda what=late: self._host.failure(what))
            status = self._status()

    def _status(self):
        status = read_status(self._management)
        if status is None:
            self._host.check_running()
            raise self._host.failure(f"does not answer at {self._management}")
        return status

    def _show(self, rates):
        status = self._status()
        self._line.show(live_text(status, rates.next(status, time.monotonic())))
        return status

    def _ask_aircraft(self):
        for tailnum in AIRCRAFT:
            command = [
                self._options.shoal,
                "ask",
                "aircraft",
                tailnum,
                "summary",
                "--management",
                self._management,
            ]
            answer = self._run("the question to " + tailnum, command)
            if answer.exit_code() != 0:
                raise answer.failure(f"ended with exit code {answer.exit_code()}")
            summary = json.loads(answer.output())
            print(f"aircraft {tailnum}: {json.dumps(summary)}")

    def _print_totals(self, seconds):
        status = self._status()
        print(
            f"totals: {status.taken:,} records, {status.dead_letters:,} dead letters (rows without tailnum), "
            f"{status.entities:,} aircraft, {status.alerts:,} alerts, {seconds:.1f} s"
        )

    # --- Waiting and stopping

    def _run(self, name, command):
        """A short command, to its end."""
        child = self._short = Child(name, command, self._directory)
        deadline = time.monotonic() + START_SECONDS
        while child.exit_code() is None:
            self._wait(START_SECONDS, deadline, lambda: child.failure("did not end in time"), [child])
        child.close()
        return child

    def _wait(self, seconds, deadline, late, also=()):
        """Raises what ends the demo early: a stop signal, a program that died, `late()` at the deadline."""
        self._stops.wait(min(seconds, max(deadline - time.monotonic(), 0)), also)
        for child in (self._kafka, self._host):
            if child is not None:
                child.check_running()
        if time.monotonic() >= deadline:
            raise late()

    def _stop_in_order(self):
        """The reverse of the start. The host finishes what it has taken, so Kafka goes last."""
        print("stopping")
        code = self._host.stop(self._stops, signal.SIGTERM, HOST_GRACE_SECONDS)
        if code != 0:
            raise self._host.failure(
                f"ended with exit code {code} instead of 0 when it was asked to stop"
            )
        if self._kafka is not None:
            code = self._kafka.stop(self._stops, signal.SIGTERM, OTHER_GRACE_SECONDS)
            if code != 0:
                raise self._kafka.failure(
                    f"ended with exit code {code} instead of 0 when it was asked to stop"
                )
        print("stopped, nothing is left behind")

    def end(self):
        """Whatever is still running ends. For every way out."""
        for child, number, grace in (
            (self._short, signal.SIGTERM, OTHER_GRACE_SECONDS),
            (self._feed, signal.SIGINT, OTHER_GRACE_SECONDS),
            (self._host, signal.SIGTERM, HOST_GRACE_SECONDS),
            (self._kafka, signal.SIGTERM, OTHER_GRACE_SECONDS),
        ):
            if child is not None:
                child.stop(self._stops, number, grace)
        self._line.end()


def main(arguments):
    sys.stdout.reconfigure(line_buffering=True)
    options = parse_arguments(arguments)
    with StopSignals() as stops, tempfile.TemporaryDirectory(prefix="shoal-demo-") as directory:
        demo = Demo(options, stops, directory)
        try:
            demo.run()
            return 0
        except Stopped as stopped:
            print(f"\n{stopped}: stopping", file=sys.stderr)
            return 128 + stopped.number
        except (DemoFailed, ChildFailed) as failed:
            demo.end()
            print(f"demo: {failed}", file=sys.stderr)
            return 1
        finally:
            demo.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
