"""The rows of overload: what a host still does when it is sent ten times its peak, and when it is well again.

The load is that of tests/kafka/overload.py. First the peak: turns a second, and how long asks take, while
only a backlog of records waits. Then the overload, from Kafka (1.5 times the peak), by tells (7.5) and by
asks (1). Its end is when the last message is sent; the host is well again when no message waits and an ask
takes no longer than at the peak. The records that Kafka still has, which nobody could refuse, are then worked
off at the peak.
"""

import os
import statistics
import sys
import time

WORK_US = 500
RUNS = 3
BACKLOG_S = 3
NOISE_MS = 10  # what a shared machine may add to an ask
# Between two asks, before the overload and after it: an ask waits for the end of a batch, and the next
# one for the end of the batch that began meanwhile, less this.
ASK_EVERY_S = 0.05
COMMAND = "./dev bench kafka"


def peak_of(load):
    """Turns a second over a backlog, from its first fifth to its last; the longest ask there, in ms."""
    from overload import SLOW_LANES

    records = BACKLOG_S * SLOW_LANES * 1_000_000 // WORK_US
    load.begin(0.5, records * 2, 0, 0, 0)
    looks, asks = [], []

    def drained():
        done = load.host.source()["done_total"]
        if records // 5 <= done < records * 4 // 5:
            looks.append((time.perf_counter(), done))
            asks.append(ask_ms(load))
        return done >= records and load.host.source()["lag"] == 0

    load.host.wait(drained, "the backlog is drained", 120, ASK_EVERY_S)
    load.feed.finish()
    (begin, before), (end, after) = looks[0], looks[-1]
    return (after - before) / (end - begin), max(asks)


def ask_ms(load):
    begin = time.perf_counter()
    code, answer = load.host.ask("slow", "asked", "ask")
    assert code == 200, answer
    return (time.perf_counter() - begin) * 1e3


def run(build, bootstrap, number, seconds):
    from overload import Overload

    module = str(build / "modules" / "overload_bench.so")
    load = Overload(bootstrap, module, f"overload-{number}", WORK_US)
    with load.host:
        load.start()
        peak, usual_ms = peak_of(load)
        before = load.turns(load.report())
        began = time.perf_counter()
        load.begin(seconds, int(1.5 * peak), int(7.5 * peak), int(peak), 0)
        at_end = load.turns(load.wait_sent(seconds))
        ended = time.perf_counter()
        goodput = (at_end - before) / (ended - began)
        load.wait_quiet(60)
        load.host.wait(
            lambda: ask_ms(load) <= usual_ms + NOISE_MS, "asks take no longer than before", 60, ASK_EVERY_S
        )
        recovery_ms = (time.perf_counter() - ended) * 1e3
        load.wait_drained(60 + 10 * seconds)
        drain_ms = (time.perf_counter() - ended) * 1e3
        left_ms = (load.turns(load.report()) - at_end) / peak * 1e3
        assert load.host.stop() == 0, load.host.log()
    return {"goodput": (goodput, peak), "recovery": (recovery_ms, usual_ms), "drain": (drain_ms, left_ms)}


def measure(build, bootstrap, long):
    import shoal_host
    from rows import row

    shoal_host.SHOAL = os.environ["SHOAL_BINARY"]
    seconds = 60 if long else 5
    found = []
    for number in range(RUNS):
        found.append(run(build, bootstrap, number, seconds))
        print(f"overload of {seconds} s: run {number + 1} of {RUNS}: {found[-1]}", file=sys.stderr)

    def median(name):
        return tuple(statistics.median(one[name][part] for one in found) for part in (0, 1))

    command = f"{COMMAND} --long" if long else COMMAND
    of = f"of {seconds} s"
    return [
        row("overload_goodput", f"turns/s {of}", [median("goodput")], command),
        row("overload_recovery_ms", f"ms {of}", [median("recovery")], command, more_is_better=False),
        row("overload_drain_ms", f"ms {of}", [median("drain")], command, more_is_better=False),
    ]
