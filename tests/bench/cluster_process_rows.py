"""The rows of a cluster of real processes: how soon one that is gone is seen, how soon a cluster is there.

detect: of five hosts one is killed with SIGKILL, again and again; the time until a survivor calls it
unreachable is its event's less that of the signal, on the machine's clock. silent: the same with hosts in
networks of their own (tests/netns), one of which falls silent without a word to the others (silent_hosts.py);
left out where no such network can be had. form: thirty hosts are started at
once with one seed; the time is from the first exec until every one sees all the others up and all agree.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

from rows import row

TESTS = pathlib.Path(__file__).resolve().parent.parent
HOSTS = 5
ROUNDS = 20
FORMING = 30
COMMAND = "./dev bench cluster"


def seen_unreachable_ms(host, address, since_ms):
    """Unix time at which the host called that address unreachable; None while it has not."""
    events = json.loads(host.get("/v1/cluster/events?limit=1000")[1])["events"]
    times = [
        event["time_ms"]
        for event in events
        if event["type"] == "UnreachableMember"
        and event["member"]["address"] == address
        and event["time_ms"] >= since_ms
    ]
    return times[0] if times else None


def until_unreachable(cluster, victim, act):
    """Milliseconds from the act until each other host calls the victim unreachable."""
    began_ms = time.time() * 1e3
    act()
    found = []
    for host in cluster.hosts:
        if host is victim:
            continue
        seen_ms = host.wait(
            lambda host=host: seen_unreachable_ms(host, victim.address, began_ms - 1), "it is unreachable", 60
        )
        found.append(seen_ms - began_ms)
    return found


def detect(rounds):
    from cluster_hosts import Cluster

    names = [f"host-{number}" for number in range(HOSTS)]
    # All are seeds, so that each finds the others when it comes back.
    cluster = Cluster(names, seeds=HOSTS, cluster={"downing_stable_after_ms": 60000})
    found = []
    try:
        cluster.start().wait_up()
        for number in range(rounds):
            victim = cluster.hosts[number % HOSTS]
            found += until_unreachable(cluster, victim, victim.process.kill)
            print(f"crash {number + 1} of {rounds}: {found[1 - HOSTS:]}", file=sys.stderr)
            victim.kill()
            victim.start()
            cluster.wait_up()
    finally:
        cluster.close()
    return found


def detect_silent(build, rounds):
    """None where it cannot run here."""
    sys.path.insert(0, str(TESTS / "netns"))
    import network
    import requirements

    program = TESTS / "bench" / "silent_hosts.py"
    try:
        command = network.NETWORK.command_inside(sys.executable, "-B", str(program), str(rounds))
    except requirements.Missing as missing:
        print(f"detect_silent_ms is left out: {missing}", file=sys.stderr)
        return None
    environment = {**os.environ, "SHOAL_BINARY": str(build / "shoal")}
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def form():
    from cluster_hosts import Cluster

    cluster = Cluster([f"host-{number}" for number in range(FORMING)])
    try:
        began = time.perf_counter()
        cluster.start().wait_up(seconds=120)
        return (time.perf_counter() - began) * 1e3
    finally:
        cluster.close()


def measure(build, long):
    import shoal_host

    sys.path.insert(0, str(TESTS / "process" / "cluster"))
    shoal_host.SHOAL = str(build / "shoal")
    rounds = ROUNDS * 5 if long else ROUNDS
    detected = detect(rounds)
    silent = detect_silent(build, rounds)
    forming = [form() for _ in range(5 if long else 3)]
    rows = [
        row("detect_ms", "ms largest", [(max(detected), None)], COMMAND, False),
        row("detect_p50_ms", "ms p50", [(statistics.median(detected), None)], COMMAND, False),
    ]
    if silent is not None:
        rows.append(row("detect_silent_ms", "ms largest", [(max(silent), None)], COMMAND, False))
    return [*rows, row("form_30_ms", "ms", [(statistics.median(forming), None)], COMMAND, False)]
