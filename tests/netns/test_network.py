"""Goal: hosts whose network fails see who is gone, agree who goes on, and nobody else goes. Method: real
hosts with keys, each in a network namespace; nft drops what goes between them, a proxy delays it, a host is
stopped; what they then say is read over HTTP and from their logs."""

import signal
import unittest

from network import NETWORK
from network_cluster import NetworkCluster

PATIENT = {"downing_stable_after_ms": 60_000}  # nobody is downed within a test


class NetworkTest(unittest.TestCase):
    def cluster(self, count, **options):
        cluster = NetworkCluster(count, **options)
        self.addCleanup(cluster.close)
        return cluster.start().wait_up()

    def assert_ends_downed(self, host):
        self.assertEqual(1, host.wait_end(60), host.log())
        self.assertIn("this host is downed", host.log(1000))

    def wait_seen(self, host, other, status):
        """Up, or up where it does not answer."""
        host.wait(lambda: host.members()[other.name] == status, f"{host.name} sees {other.name} {status}")

    def wait_messages(self, hosts, count):
        """Until each has heard so many messages more: enough for a dozen rounds of probes."""

        def heard(host):
            return host.status()["cluster"]["channels"][0]["messages_in"]

        for host, before in [(host, heard(host)) for host in hosts]:
            host.wait(lambda host=host, before=before: heard(host) >= before + count, "members have spoken")


class Silence(NetworkTest):
    def test_a_silent_host_is_seen_by_all_and_ends(self):
        cluster = self.cluster(5)
        *others, silent = cluster.hosts
        silent.place.silence()
        for host in others:
            self.wait_seen(host, silent, "up")
        cluster.wait_up(others)
        self.assert_ends_downed(silent)

    def test_a_host_that_hears_nobody_ends_and_the_others_go_on(self):
        cluster = self.cluster(3)
        a, b, deaf = cluster.hosts
        deaf.place.deafen([a.place.ip, b.place.ip])
        cluster.wait_up([a, b])
        self.assert_ends_downed(deaf)


class Splits(NetworkTest):
    def test_the_larger_side_goes_on_and_the_smaller_one_ends(self):
        cluster = self.cluster(5)
        *larger, d, e = cluster.hosts
        cluster.split([d, e])
        for host in (d, e):
            self.assert_ends_downed(host)
        cluster.wait_up(larger)
        # As new incarnations they come back.
        cluster.network.heal()
        cluster.start([d, e]).wait_up()

    def test_a_split_that_comes_and_goes_leaves_all_where_they_were(self):
        cluster = self.cluster(5, cluster=PATIENT)
        a, *_, d, e = cluster.hosts
        for _ in range(2):
            cluster.split([d, e])
            self.wait_seen(a, e, "up")
            self.wait_seen(e, a, "up")
            cluster.network.heal()
            cluster.wait_up()
        for host in cluster.hosts:
            self.assertIsNone(host.process.poll())


class Links(NetworkTest):
    def test_one_link_that_is_broken_one_way_costs_nobody_his_place(self):
        cluster = self.cluster(4)
        a, b, *_ = cluster.hosts
        a.place.deafen([b.place.ip])
        self.wait_messages(cluster.hosts, 40)
        cluster.network.heal()
        cluster.wait_up()
        for host in cluster.hosts:
            self.assertNotIn("is down", host.log(1000))
            self.assertIsNone(host.process.poll())

    def test_hosts_far_apart_that_lose_packets_stay_together(self):
        cluster = NetworkCluster(3, delay_ms=30, jitter_ms=20)
        self.addCleanup(cluster.close)
        for host in cluster.hosts:
            host.place.lose(5)
        cluster.start().wait_up(seconds=60)
        self.wait_messages(cluster.hosts, 40)
        cluster.wait_up(seconds=60)
        for host in cluster.hosts:
            self.assertIsNone(host.process.poll())


class Stopped(NetworkTest):
    def test_a_host_that_stood_still_for_too_long_ends_when_it_goes_on(self):
        cluster = self.cluster(3)
        a, b, stopped = cluster.hosts
        stopped.process.send_signal(signal.SIGSTOP)
        try:
            cluster.wait_up([a, b])
        finally:
            stopped.process.send_signal(signal.SIGCONT)
        self.assert_ends_downed(stopped)


if __name__ == "__main__":
    NETWORK.main_guard(lambda: unittest.main(verbosity=2))
