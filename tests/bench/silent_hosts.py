"""silent_hosts.py ROUNDS: of five hosts in networks of their own one falls silent, again and again. Prints a
JSON list of the milliseconds until each of the others called it unreachable. Run in a network namespace."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "netns"))

import cluster_process_rows  # noqa: E402
from network_cluster import NetworkCluster  # noqa: E402


def main(rounds):
    cluster = NetworkCluster(cluster_process_rows.HOSTS, cluster={"downing_stable_after_ms": 60_000})
    found = []
    try:
        cluster.start().wait_up()
        for number in range(rounds):
            silent = cluster.hosts[number % len(cluster.hosts)]
            found += cluster_process_rows.until_unreachable(cluster, silent, silent.place.silence)
            print(f"silence {number + 1} of {rounds}: {found[1 - len(cluster.hosts):]}", file=sys.stderr)
            cluster.network.heal()
            cluster.wait_up(seconds=60)
    finally:
        cluster.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]))
