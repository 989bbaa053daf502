"""Goal: hosts become a cluster by their seeds alone, notice who is gone, let go who leaves, refuse who does
not fit, and end when they are not wanted. Method: real hosts on loopback; they are killed, stopped and told,
and what each of them then says is read over HTTP, by the command line and from their logs."""

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import unittest

from cluster_hosts import Cluster, Member, shoal
from broker import free_ports
from shoal_host import AIRCRAFT_MODULE, SHOAL
from waiting import wait_until

TROUBLE_MODULE = os.environ["SHOAL_TROUBLE_MODULE"]
NAMES = ("a", "b", "c")


class ClusterTest(unittest.TestCase):
    def cluster(self, names=NAMES, **options):
        cluster = Cluster(names, **options)
        self.addCleanup(cluster.close)
        return cluster

    def member(self, *arguments, **options):
        host = Member(*arguments, **options)
        self.addCleanup(host.close)
        return host


class Forming(ClusterTest):
    def test_seeds_alone_make_a_cluster_in_any_order(self):
        cluster = self.cluster(seeds=2)
        a, b, c = cluster.hosts
        cluster.start([c, b, a]).wait_up()
        views = [host.cluster() for host in cluster.hosts]
        for key in ("leader", "oldest", "members"):
            self.assertEqual(1, len({json.dumps(view[key]) for view in views}), key)
        for host in cluster.hosts:
            self.assertEqual(200, host.get("/readyz")[0])
            self.assertEqual((0, "Up"), (shoal(host, "status")[0], host.status()["cluster"]["status"]))

    def test_a_host_waits_until_a_seed_is_there_and_says_so(self):
        seed, late = free_ports(2)
        waiting = self.member("late", late, [f"127.0.0.1:{seed}"]).start()
        waiting.wait(lambda: waiting.get("/readyz")[0] == 503, "it is not ready")
        self.assertIn(f"it asks 127.0.0.1:{seed}", waiting.get("/readyz?verbose")[1])
        code, out, err = shoal(waiting, "cluster", "members", "--exit-when-healthy", "--timeout", "300ms")
        self.assertEqual((10, ""), (code, out))
        self.assertIn("this host is Joining, not Up", err)
        first = self.member("first", seed, [f"127.0.0.1:{seed}"]).start()
        code, out, _ = shoal(waiting, "cluster", "members", "--exit-when-healthy", "--timeout", "30s")
        self.assertEqual(0, code)
        self.assertIn("all members agree", out)
        first.wait_members({"first": "Up", "late": "Up"})

    def test_who_is_not_let_in_in_time_ends(self):
        seed, late = free_ports(2)
        host = self.member("late", late, [f"127.0.0.1:{seed}"], {"join_give_up_ms": 1000}).start()
        self.assertEqual(1, host.wait_end())
        self.assertIn("no seed node let this node in: check that one of cluster.seeds runs", host.log())

    def test_a_host_with_a_bind_only_joins_when_it_is_told_to(self):
        one, other = free_ports(2)
        first = self.member("first", one, [f"127.0.0.1:{one}"]).start()
        first.wait_members({"first": "Up"})
        host = self.member("other", other, []).start()
        host.wait(lambda: "cluster join" in host.get("/readyz?verbose")[1], "it waits for the command")
        self.assertEqual(
            (0, f"Joining {first.address}\n", ""), shoal(host, "cluster", "join", first.address)
        )
        host.wait_members({"first": "Up", "other": "Up"})
        code, _, err = shoal(host, "cluster", "join", first.address)
        self.assertEqual(1, code)
        self.assertIn("a member of a cluster already: it has to leave and start again (HTTP 409)", err)

    def test_members_min_holds_everybody_at_joining(self):
        cluster = self.cluster(cluster={"members_min": 3})
        a, b, c = cluster.hosts
        cluster.start([a, b])
        a.wait_members({"a": "Joining", "b": "Joining"})
        c.start()
        cluster.wait_up()

    def test_a_port_that_is_taken_is_named_but_the_default_one_moves(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            host = self.member("a", taken.getsockname()[1], ["127.0.0.1:1"]).start()
            self.assertEqual(1, host.wait_end())
        self.assertIn(host.address, host.log())
        hosts = [
            self.member(name, 0, ["127.0.0.1:25520"], {"bind": "", "seed_timeout_ms": 300}) for name in "ab"
        ]
        hosts[0].start().wait_members({"a": "Up"})
        hosts[1].start().wait_members({"a": "Up", "b": "Up"})


class Going(ClusterTest):
    def test_a_killed_host_is_unreachable_then_downed_by_the_strategy_and_may_come_back(self):
        cluster = self.cluster()
        a, b, c = cluster.start().wait_up().hosts
        was = {one["name"]: one["uid"] for one in a.cluster()["members"]}["c"]
        c.kill()
        for host in (a, b):
            host.wait_members({"a": "Up", "b": "Up", "c": "up"}, 10)
        shown = json.loads(a.get("/cluster/members")[1])
        self.assertEqual([f"shoal://shoal@{c.address}"], [one["node"] for one in shown["unreachable"]])
        self.assertEqual(200, a.get("/readyz")[0])
        cluster.wait_up([a, b])
        # The leader acts on its decision; another may hear of the outcome before it has decided itself.
        leader = a if a.cluster()["leader"] == a.address else b
        code, out, _ = shoal(leader, "cluster", "explain", c.address)
        self.assertEqual(0, code)
        self.assertIn("is no member any more", out)
        self.assertIn("MemberRemoved c", out)
        self.assertRegex(out, r"keep-majority: down-unreachable, down: " + c.address)
        self.assertIn(f"{c.address} Up, unreachable for ", out)
        c.start()
        cluster.wait_up()
        self.assertNotEqual(was, {one["name"]: one["uid"] for one in a.cluster()["members"]}["c"])

    def test_a_host_that_starts_again_at_its_address_takes_the_place_of_the_former(self):
        cluster = self.cluster(cluster={"downing_stable_after_ms": 60000})
        a, b, c = cluster.start().wait_up().hosts
        c.kill()
        c.start()
        cluster.wait_up()

    def test_sigterm_leaves_and_so_does_the_last_one(self):
        cluster = self.cluster()
        a, b, c = cluster.start().wait_up().hosts
        self.assertEqual(0, c.stop())
        self.assertIn("leaves the cluster", c.log())
        for host in (a, b):
            host.wait_members({"a": "Up", "b": "Up"})
            self.assertNotIn("unreachable", host.log(1000))
        events = json.loads(a.get("/v1/cluster/events?limit=1000")[1])["events"]
        types = [one["type"] for one in events if one["type"] != "LeaderChanged"]
        self.assertEqual(["MemberLeft", "MemberExited", "MemberRemoved"], types[-3:])
        self.assertEqual(0, a.stop(8))
        b.wait_members({"b": "Up"})
        self.assertEqual(0, b.stop(8))

    def test_all_leave_at_once(self):
        cluster = self.cluster().start().wait_up()
        for host in cluster.hosts:
            host.process.send_signal(signal.SIGTERM)
        for host in cluster.hosts:
            self.assertEqual(0, host.wait_end(9))

    def test_a_member_leaves_or_goes_down_by_command(self):
        cluster = self.cluster()
        a, b, c = cluster.start().wait_up().hosts
        self.assertEqual(
            (0, f"Leaving shoal://shoal@{b.address}\n", ""), shoal(a, "cluster", "leave", "b")
        )
        self.assertEqual(0, b.wait_end())
        cluster.wait_up([a, c])
        code, out, _ = shoal(a, "cluster", "down", c.address, "--format", "json")
        self.assertEqual((0, {"message": f"Downing shoal://shoal@{c.address}"}), (code, json.loads(out)))
        self.assertEqual(1, c.wait_end())
        self.assertIn("this host is downed, another member or an operator has downed it", c.log())
        cluster.wait_up([a])
        code, _, err = shoal(a, "cluster", "down", "c")
        self.assertEqual(1, code)
        self.assertIn("no member of the cluster is c", err)

    def test_a_minority_ends_itself_and_says_why(self):
        cluster = self.cluster()
        a, b, c = cluster.start().wait_up().hosts
        b.kill()
        c.kill()
        self.assertEqual(1, a.wait_end())
        self.assertRegex(a.log(), "this host is downed, its own decision, down-reachable by keep-majority")

    def test_a_host_that_stands_still_for_a_while_comes_back(self):
        cluster = self.cluster(cluster={"downing_stable_after_ms": 60000})
        a, b, c = cluster.start().wait_up().hosts
        c.process.send_signal(signal.SIGSTOP)
        try:
            a.wait_members({"a": "Up", "b": "Up", "c": "up"}, 20)
        finally:
            c.process.send_signal(signal.SIGCONT)
        cluster.wait_up()
        self.assertIsNone(c.process.poll())

    def test_a_blocked_lane_does_not_make_its_host_unreachable(self):
        cluster = self.cluster(tables={"modules": [{"path": TROUBLE_MODULE}]})
        a, b, c = cluster.start().wait_up().hosts
        fifo = c.folder / "fifo"
        os.mkfifo(fifo)
        body = json.dumps(str(fifo))
        self.assertEqual(1, shoal(c, "ask", "trouble", "x", "block", body, "--timeout", "100ms")[0])
        # By then anybody who does not answer is unreachable.
        before = a.status()["cluster"]["channels"][0]["messages_in"]
        a.wait(
            lambda: a.status()["cluster"]["channels"][0]["messages_in"] > before + 60, "members have spoken"
        )
        self.assertEqual({"a": "Up", "b": "Up", "c": "Up"}, a.members())
        for host in (a, b):
            self.assertNotIn("unreachable", host.log(1000))
        with open(fifo, "w", encoding="utf-8"):
            pass


class Refusing(ClusterTest):
    def test_other_shards_are_refused_with_the_reason(self):
        seed, other = free_ports(2)
        modules = {"modules": [{"path": AIRCRAFT_MODULE}]}
        first = self.member("first", seed, [f"127.0.0.1:{seed}"], tables=modules).start()
        first.wait_members({"first": "Up"})
        tables = {**modules, "types.aircraft": {"shards": 32}}
        host = self.member("other", other, [f"127.0.0.1:{seed}"], tables=tables).start()
        self.assertEqual(78, host.wait_end())
        self.assertIn(
            "types.aircraft.shards is '32' on the joining node and '64' in the cluster: make them alike",
            host.log(),
        )
        self.assertEqual({"first": "Up"}, first.members())

    def test_another_cluster_is_refused_by_name(self):
        seed, other = free_ports(2)
        first = self.member("first", seed, [f"127.0.0.1:{seed}"]).start()
        first.wait_members({"first": "Up"})
        host = self.member("other", other, [f"127.0.0.1:{seed}"], {"name": "elsewhere"}).start()
        host.wait(lambda: "elsewhere" in first.log(1000), "the log names the other cluster")
        self.assertEqual({"first": "Up"}, first.members())

    def test_a_bind_beyond_loopback_needs_keys(self):
        beyond = {"bind": "0.0.0.0:0", "advertise": "10.0.0.1:1"}
        host = self.member("a", free_ports(1)[0], [], beyond).start()
        self.assertEqual(78, host.wait_end())
        self.assertIn("make them with 'shoal key generate' and 'shoal key allow'", host.log())

    def test_hosts_with_keys_let_in_those_on_the_list_only(self):
        cluster = self.cluster(("a", "b", "stranger"))
        folder = cluster.hosts[0].folder

        def key(*words):
            done = subprocess.run([SHOAL, "key", *words], capture_output=True, text=True, check=True)
            return done.stdout

        for host in cluster.hosts:
            pair = folder / f"{host.name}.key"
            key("generate", pair)
            self.assertEqual(0o600, pair.stat().st_mode & 0o777)
        # The stranger lets the others in, they do not let it in.
        for of, names in (("all", ("a", "b")), ("stranger", ("a", "b", "stranger"))):
            for host in cluster.hosts:
                if host.name in names:
                    pair = folder / f"{host.name}.key"
                    key("allow", folder / of, host.name, pair, "--address", host.address)
        for host in cluster.hosts:
            allowed = folder / ("stranger" if host.name == "stranger" else "all")
            file = host.folder / "shoal.toml"
            keys = f'[cluster]\nkey_file = "{folder / host.name}.key"\nallow_list = "{allowed}"'
            file.write_text(file.read_text(encoding="utf-8").replace("[cluster]", keys), encoding="utf-8")
        a, b, stranger = cluster.hosts
        a.start()
        b.start()
        cluster.wait_up([a, b])
        stranger.start()
        a.wait(lambda: a.status()["cluster"]["strangers_refused_total"] > 0, "the stranger is refused")
        self.assertEqual({"a": "Up", "b": "Up"}, a.members())
        self.assertEqual(503, stranger.get("/readyz")[0])


class Keys(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="shoal-keys-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def key(self, *words):
        """(exit code, stdout, stderr), in the folder."""
        done = subprocess.run([SHOAL, "key", *words], capture_output=True, text=True, cwd=self.folder)
        return done.returncode, done.stdout.strip(), done.stderr

    def read(self, name):
        return (self.folder / name).read_text(encoding="utf-8")

    def test_a_key_is_made_once_let_in_and_taken_out(self):
        code, public, err = self.key("generate", "a.key")
        self.assertEqual(0, code)
        self.assertRegex(public, "^[0-9a-f]{64}$")
        self.assertIn("shoal key allow", err)
        was = self.read("a.key")
        self.assertEqual(1, self.key("generate", "a.key")[0])
        self.assertEqual(was, self.read("a.key"))
        self.assertEqual((0, public), self.key("allow", "list", "a", "a.key", "--address", "10.0.0.1:7")[:2])
        self.assertIn(f"{public} a 10.0.0.1:7\n", self.read("list"))
        self.assertEqual((0, public), self.key("revoke", "list", public)[:2])
        self.assertNotIn(public, self.read("list"))
        self.assertEqual(1, self.key("revoke", "list", public)[0])
        self.assertIn("neither a public key", self.key("allow", "list", "a", "0" * 63)[2])

    def test_rotating_lets_both_keys_in_and_keeps_the_old_pair(self):
        public = self.key("generate", "a.key")[1]
        self.key("allow", "list", "a", public, "--address", "10.0.0.1:7")
        code, new, err = self.key("rotate", "a.key", "--allow-list", "list")
        self.assertEqual(0, code, err)
        self.assertNotEqual(public, new)
        self.assertIn(new, self.read("a.key"))
        self.assertIn(public, self.read("a.key.old"))
        lines = [line for line in self.read("list").splitlines() if not line.startswith("#")]
        self.assertEqual([f"{public} a 10.0.0.1:7", f"{new} a 10.0.0.1:7"], lines)
        self.assertIn(f"shoal key revoke LIST {public}", err)
        (self.folder / "empty").write_text("", encoding="utf-8")
        code, _, err = self.key("rotate", "a.key", "--allow-list", "empty")
        self.assertEqual(1, code)
        self.assertIn("has no line of the key", err)
        self.assertIn(new, self.read("a.key"))

    def test_a_key_that_others_may_read_is_refused(self):
        self.key("generate", "a.key")
        (self.folder / "a.key").chmod(0o644)
        self.assertEqual(78, self.key("rotate", "a.key")[0])


class Looking(ClusterTest):
    def test_events_are_followed_and_streamed(self):
        cluster = self.cluster()
        a, b, c = cluster.start([cluster.hosts[0], cluster.hosts[1]]).hosts
        cluster.wait_up([a, b])
        words = [SHOAL, "cluster", "events", "-f", "0.1", "--format", "json"]
        words += ["--management", f"127.0.0.1:{a.port}"]
        stream = http.client.HTTPConnection("127.0.0.1", a.port, timeout=30)
        self.addCleanup(stream.close)
        stream.request("GET", "/cluster/domain-events?type=MemberUp")
        answer = stream.getresponse()
        self.assertEqual("text/event-stream", answer.getheader("Content-Type"))
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as follower:
            try:
                self.assertEqual("MemberJoined", json.loads(follower.stdout.readline())["type"])
                c.start()
                while True:
                    event = json.loads(follower.stdout.readline())
                    if event["type"] == "MemberUp" and event["member"]["name"] == "c":
                        break
            finally:
                follower.terminate()
        self.assertEqual(0, follower.returncode)
        seen = []
        while len(seen) < 3:
            line = answer.readline().decode()
            if line.startswith("data:"):
                seen.append(json.loads(line[5:])["member"]["uniqueAddress"]["address"])
        self.assertEqual({f"shoal://shoal@{one.address}" for one in cluster.hosts}, set(seen))
        self.assertIn("MemberUp c (", shoal(a, "cluster", "events")[1])

    def loads(self, host):
        return [one["load"] for one in host.cluster()["members"]]

    def test_members_are_a_table_and_akkas_document(self):
        cluster = self.cluster(cluster={"roles": ["backend"]}).start().wait_up()
        a = cluster.hosts[0]
        code, out, _ = shoal(a, "cluster", "members")
        self.assertEqual(0, code)
        self.assertRegex(out, rf"(?m)^{a.address} +a +Up +backend .*this host, leader, oldest$|this host")
        self.assertIn("all members agree", out)
        for host in cluster.hosts:
            host.wait(lambda host=host: all(self.loads(host)), "all have said how busy they are")
        for load in self.loads(a):
            self.assertGreater(load["resident_memory_bytes"], 1_000_000)
            self.assertEqual((0, 0), (load["shards"], load["lag"]))
        self.assertRegex(shoal(a, "cluster", "members")[1], r"(?m)^\S+ +a +Up .* \d+ MiB +0 +0 +")
        shown = json.loads(a.get("/cluster/members")[1])
        self.assertEqual({"Up"}, {one["status"] for one in shown["members"]})
        self.assertEqual(shown["oldest"], shown["oldestPerRole"]["backend"])
        one = json.loads(a.get(f"/cluster/members/{a.address}")[1])
        self.assertEqual((shown["selfNode"], ["backend"]), (one["node"], one["roles"]))
        metrics = a.get("/metrics")[1]
        self.assertIn('shoal_cluster_members{status="Up"} 3\n', metrics)
        self.assertIn("shoal_cluster_converged 1\n", metrics)


if __name__ == "__main__":
    unittest.main(verbosity=2)
