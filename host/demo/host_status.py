"""What the host's management port says, and the line that the demo shows of it."""

import json
import urllib.error
import urllib.request


class HostStatus:
    """GET /v1/status, with the names that the demo's line uses."""

    def __init__(self, document):
        source = document["sources"][0] if document["sources"] else {}
        sink = document["sinks"][0] if document["sinks"] else {}
        self.ready = document["ready"]
        self.reasons = document["reasons"]
        self.entities = document["entities"]
        self.lag = source.get("lag")
        self.taken = source.get("in_total", 0)
        self.done = source.get("done_total", 0)
        self.dead_letters = source.get("dead_letters_total", 0)
        self.in_flight = source.get("in_flight", 0)
        self.alerts = sink.get("acknowledged_total", 0)
        self.alerts_in_flight = sink.get("in_flight", 0)
        self.p50_us = document["record_latency"]["p50_us"]
        self.p99_us = document["record_latency"]["p99_us"]

    def is_through(self, records):
        waits = self.in_flight != 0 or self.alerts_in_flight != 0
        return self.lag == 0 and not waits and self.taken >= records


def read_status(management, timeout_seconds=10.0):
    """The status, or None while nothing answers at HOST:PORT."""
    no_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with no_proxy.open(f"http://{management}/v1/status", timeout=timeout_seconds) as answer:
            return HostStatus(json.load(answer))
    except (urllib.error.URLError, OSError):
        return None


class Rates:
    """Records a second between two looks."""

    def __init__(self, status, now):
        self._last = (status.taken, status.done + status.dead_letters, now)

    def next(self, status, now):
        taken, done, before = self._last
        self._last = (status.taken, status.done + status.dead_letters, now)
        seconds = max(now - before, 1e-9)
        return (self._last[0] - taken) / seconds, (self._last[1] - done) / seconds


def live_text(status, rates):
    taken_rate, done_rate = rates
    lag = "?" if status.lag is None else f"{status.lag:,}"
    return (
        f"in {taken_rate:,.0f}/s  done {done_rate:,.0f}/s  lag {lag}  entities {status.entities:,}  "
        f"p50 {status.p50_us:,.1f} µs  p99 {status.p99_us:,.1f} µs  alerts out {status.alerts:,}"
    )
