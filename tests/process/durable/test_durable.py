"""Goal: whatever a host has answered for is there after it was killed at any instant, and nothing that was
asked for happened twice. Method: a real host with two durable types under asks from several clients, killed
again and again; what they were answered is compared with what the entities say afterwards."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "kafka"))

from clients import kill_under_asks  # noqa: E402
from shoal_host import SHOAL, Host  # noqa: E402

MODULE = os.environ["SHOAL_DURABLE_MODULE"]
ROUNDS = 500 if os.environ.get("SHOAL_TEST_LONG") else 30
CLIENTS = 6
ENTITIES = 5  # of each client, in each type
TYPES = {"account": "events", "register": "state"}


class Durable(unittest.TestCase):
    def start_host(self, lanes=2, **types):
        tables = {
            "modules": [{"path": MODULE}],
            "journal": {"lease_ms": 100},
            **{f"types.{name}": {"durability": kind, "shards": 8, **types} for name, kind in TYPES.items()},
        }
        host = Host(tables, lanes=lanes)
        self.addCleanup(host.close)
        return host.start_ready()

    def look(self, host, name):
        kind, entity = name.split("/")
        code, reply = host.ask(kind, entity, "look", {})
        self.assertEqual(200, code, reply)
        return reply

    def test_a_host_killed_at_any_instant_comes_back_with_all_it_answered_for(self):
        host = self.start_host()
        names = [
            [f"{kind}/{client}-{number}" for kind in TYPES for number in range(ENTITIES)]
            for client in range(CLIENTS)
        ]
        tallies = kill_under_asks(self, host, names, ROUNDS, (0.05, 0.6))
        self.assertGreater(sum(tally["answered"] for tally in tallies.values()), ROUNDS * 10)

    def test_a_stop_in_order_loses_nothing_either(self):
        host = self.start_host()
        for _ in range(3):
            self.assertEqual(200, host.ask("account", "a", "add", {"by": 2})[0])
        self.assertEqual(0, host.stop())
        host.start_ready()
        self.assertEqual({"sum": 6, "changes": 3}, self.look(host, "account/a"))

    def test_a_turn_that_fails_leaves_what_was_before_it(self):
        host = self.start_host()
        for kind in TYPES:
            self.assertEqual(200, host.ask(kind, "a", "add", {"by": 2})[0])
            code, problem = host.ask(kind, "a", "add", {"by": 100, "then": "fail"})
            self.assertNotEqual(200, code)
            self.assertIn("told to fail", problem["detail"])
            self.assertEqual({"sum": 2, "changes": 1}, self.look(host, f"{kind}/a"))
            self.assertEqual(200, host.ask(kind, "a", "add", {"by": 1})[0])
        host.kill()
        host.start_ready()
        for kind in TYPES:
            self.assertEqual({"sum": 3, "changes": 2}, self.look(host, f"{kind}/a"))

    def test_an_entity_that_leaves_memory_comes_back_as_it_was(self):
        host = self.start_host(passivate_after="200ms")
        self.assertEqual(200, host.ask("account", "a", "add", {"by": 2})[0])
        host.wait(lambda: host.status()["entities"] == 0, "the entity has left memory")
        self.assertEqual({"sum": 2, "changes": 1}, self.look(host, "account/a"))

    def journal(self, host, *arguments):
        """(exit code, the printed objects, stderr) of `shoal journal …` on its directory."""
        command = [SHOAL, "journal", arguments[0], str(host.folder / "data/journal"), *arguments[1:]]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def test_the_tools_say_what_a_host_has_left(self):
        host = self.start_host()
        for kind in TYPES:
            for _ in range(3):
                self.assertEqual(200, host.ask(kind, "a b", "add", {"by": 2})[0])
        code, generations, _ = self.journal(host, "stat")
        self.assertEqual(0, code)
        self.assertEqual([True, True], [each["written"] for each in generations[:-1]], "it is running")
        self.assertEqual(0, host.stop())

        code, shards, _ = self.journal(host, "ls")
        self.assertEqual((0, 16), (code, len(shards)))
        self.assertEqual(sorted(TYPES), sorted({each["type"] for each in shards}))
        self.assertTrue(all(each["closed"] for each in shards))
        code, records, _ = self.journal(host, "dump", "--type", "account")
        self.assertEqual(0, code)
        turns = [each for each in records if each["kind"] == "turn"]
        said = [(each["entity"], each["revision"]) for each in turns]
        self.assertEqual([("a%20b", 1), ("a%20b", 2), ("a%20b", 3)], said)
        shard, last = str(turns[-1]["shard"]), turns[-1]["sequence"]
        chosen = ["--type", "account", "--shard", shard, "--from", str(last)]
        _, records, _ = self.journal(host, "dump", *chosen)
        self.assertEqual(["turn", "closed"], [each["kind"] for each in records])
        code, generations, _ = self.journal(host, "stat")
        self.assertEqual([False, False], [each["written"] for each in generations[:-1]])
        self.assertEqual(sum(each["bytes"] for each in generations[:-1]), generations[-1]["bytes"])
        code, summary, errors = self.journal(host, "verify")
        self.assertEqual((0, "", 16, 0), (code, errors, summary[0]["shards"], summary[0]["damaged"]))
        self.flip_a_byte_of(host, turns[0])
        code, summary, errors = self.journal(host, "verify")
        self.assertEqual(1, code)
        self.assertGreater(summary[0]["damaged"], 0)
        self.assertIn("of account: data/", errors)

    def history(self, host, *arguments):
        """(exit code, the printed objects, stderr) of `shoal entity history …`."""
        command = [SHOAL, "entity", "history", *arguments]
        if "--dir" not in arguments:
            command += ["--management", f"127.0.0.1:{host.port}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def test_what_the_log_says_of_an_entity_is_shown_by_its_host_and_from_the_directory(self):
        host = self.start_host()
        directory = str(host.folder / "data/journal")
        for number in range(1, 4):
            for kind in TYPES:
                for entity in ("a b", "a"):
                    self.assertEqual(200, host.ask(kind, entity, "add", {"by": number})[0])
        shown = {kind: self.history(host, kind, "a b") for kind in TYPES}
        for kind, (code, records, errors) in shown.items():
            self.assertEqual((0, ""), (code, errors), kind)
            self.assertEqual([1, 2, 3], [each["revision"] for each in records], kind)
            sequences = [each["sequence"] for each in records]
            self.assertEqual(sorted(set(sequences)), sequences)
            self.assertEqual({1}, {each["epoch"] for each in records})
            self.assertEqual(1, len({each["shard"] for each in records}))
            times = [each["time_ms"] for each in records]
            self.assertEqual(sorted(times), times)
        events = [json.loads(each["events"][0]["bytes"]) for each in shown["account"][1]]
        self.assertEqual([{"by": 1}, {"by": 2}, {"by": 3}], events)
        states = [json.loads(each["state"])["sum"] for each in shown["register"][1]]
        self.assertEqual([1, 3, 6], states)

        second = shown["account"][1][1]["sequence"]
        code, records, errors = self.history(host, "account", "a b", "--limit", "1")
        self.assertEqual((0, [1]), (code, [each["revision"] for each in records]))
        self.assertIn(f"--from {second}", errors)
        _, records, _ = self.history(host, "account", "a b", "--from", str(second))
        self.assertEqual([2, 3], [each["revision"] for each in records])
        code, _, errors = self.history(host, "account", "nobody")
        self.assertEqual(1, code)
        self.assertIn("the log says nothing of such an entity of type account (HTTP 404)", errors)
        code, _, errors = self.history(host, "no-such-type", "a")
        self.assertEqual(1, code)
        self.assertIn("(HTTP 404)", errors)
        code, _, errors = self.history(host, "account", "a b", "--dir", directory)
        self.assertEqual(1, code)
        self.assertIn("a host uses it", errors)

        host.kill()
        for kind in TYPES:
            code, records, errors = self.history(host, kind, "a b", "--dir", directory)
            self.assertEqual((0, "", shown[kind][1]), (code, errors, records))
        code, records, errors = self.history(host, "account", "a b", "--dir", directory, "--limit", "1")
        self.assertEqual((0, [1]), (code, [each["revision"] for each in records]))
        self.assertIn(f"--from {second}", errors)
        code, _, errors = self.history(host, "account", "nobody", "--dir", directory)
        self.assertEqual(1, code)
        self.assertIn("says nothing of such an entity", errors)
        code, _, errors = self.history(host, "no-such-type", "a", "--dir", directory)
        self.assertEqual(1, code)
        self.assertIn("it has account, register", errors)

        # The next owner has the same history, or a snapshot that stands for it, from an epoch of its own on.
        host.start_ready()
        self.assertEqual(200, host.ask("account", "a b", "add", {"by": 4})[0])
        _, records, _ = self.history(host, "account", "a b")
        self.assertEqual((4, 2), (records[-1]["revision"], records[-1]["epoch"]))

    def test_of_a_type_that_keeps_nothing_there_is_no_history(self):
        host = Host({"modules": [{"path": MODULE}]})
        self.addCleanup(host.close)
        host.start_ready()
        code, _, errors = self.history(host, "account", "a")
        self.assertEqual(1, code)
        self.assertIn("its durability is none", errors)

    def test_a_journal_is_freed_of_what_no_shard_needs(self):
        # One shard: each of a lane's shards needs what stands behind its last checkpoint.
        tables = {"modules": [{"path": MODULE}], "types.register": {"durability": "state", "shards": 1}}
        host = Host(tables, lanes=1)
        self.addCleanup(host.close)
        host.start_ready()
        data = host.folder / "data/journal/data"
        added = 0
        # So much that a segment is freed, which is kept to be used again.
        while not list(data.glob("*.spare")):
            self.assertEqual(200, host.ask("register", "small", "add", {"by": 1})[0])
            self.assertEqual(200, host.ask("register", "large", "fill", {"bytes": 400_000 + added})[0])
            added += 1
            self.assertLess(added, 500)
        code, lines, errors = self.journal(host, "compact")
        self.assertEqual((1, []), (code, lines))
        self.assertIn("a host uses the journal: stop it first", errors)
        host.kill()
        directory = data.parent
        files = sorted(directory.rglob("*"))
        used = sum(path.stat().st_size for path in data.iterdir())

        _, before, _ = self.journal(host, "verify")
        code, planned, errors = self.journal(host, "compact", "--dry-run")
        self.assertEqual((0, ""), (code, errors))
        self.assertTrue(planned[-1]["dry_run"])
        self.assertEqual(files, sorted(directory.rglob("*")), "nothing has gone")
        code, done, errors = self.journal(host, "compact")
        self.assertEqual((0, ""), (code, errors))
        self.assertEqual(planned[:-1], done[:-1])
        self.assertEqual({**planned[-1], "dry_run": False}, done[-1])
        self.assertGreater(done[-1]["bytes"], 0)
        left = sum(path.stat().st_size for path in data.iterdir())
        self.assertEqual(used - done[-1]["bytes"], left)
        code, after, errors = self.journal(host, "verify")
        self.assertEqual((0, "", 0), (code, errors, after[0]["damaged"]))
        self.assertEqual(before[0]["shards"], after[0]["shards"])
        self.assertEqual(before[0]["records"], after[0]["records"])
        _, again, _ = self.journal(host, "compact")
        self.assertEqual([0], [each["bytes"] for each in again], "all is done")

        host.start_ready()
        self.assertEqual({"sum": added, "changes": added}, self.look(host, "register/small"))

    def flip_a_byte_of(self, host, turn):
        """In the data file that holds the first event of this turn."""
        event = turn["events"][0]["bytes"].encode()
        for path in (host.folder / "data/journal/data").iterdir():
            bytes_ = bytearray(path.read_bytes())
            at = bytes_.find(event)
            if at < 0:
                continue
            bytes_[at] ^= 1
            path.write_bytes(bytes_)
            return
        self.fail("no data file holds the event")

    def test_where_there_is_no_journal_the_tools_say_so(self):
        host = Host({})
        self.addCleanup(host.close)
        code, _, errors = self.journal(host, "ls")
        self.assertEqual(1, code)
        self.assertIn("there is no such directory", errors)
        (host.folder / "data/journal").mkdir(parents=True)
        code, _, errors = self.journal(host, "verify")
        self.assertEqual(1, code)
        self.assertIn("there is no journal", errors)
        self.assertEqual([], list((host.folder / "data/journal").iterdir()), "nothing is written")


if __name__ == "__main__":
    unittest.main()
