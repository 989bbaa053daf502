"""Goal: an entity in trouble is named and the rest goes on. Method: a real host with a module that fails and
blocks when it is told so; it is asked and looked at by the command line and over HTTP."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "kafka"))

from shoal_host import SHOAL, Host  # noqa: E402

MODULE = os.environ["SHOAL_TROUBLE_MODULE"]


class Trouble(unittest.TestCase):
    def start_host(self, lanes=1, policy=None, config=None, **node):
        tables = {"modules": [{"path": MODULE, "config": config or {}}]}
        if policy:
            tables["types.trouble"] = policy
        host = Host(tables, lanes=lanes, **node)
        self.addCleanup(host.close)
        return host.start_ready()

    def shoal(self, host, *command):
        """(exit code, stdout, stderr)"""
        words = [SHOAL, *command, "--management", f"127.0.0.1:{host.port}"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def metric(self, host, sample):
        lines = host.get("/metrics")[1].splitlines()
        return [float(line.split(" ")[1]) for line in lines if line.startswith(sample + " ")][0]

    def test_parked_entities_are_shown_and_let_go_on(self):
        host = self.start_host(lanes=2, policy={"on_failure": "park"})
        self.assertEqual((0, "no parked entities\n", ""), self.shoal(host, "entity", "parked", "trouble"))
        for entity in ("a b", "c", "d", "e"):
            self.assertEqual(1, self.shoal(host, "ask", "trouble", entity, "fail", '"told so"')[0])
        code, out, _ = self.shoal(host, "entity", "parked", "trouble", "--format", "json")
        parked = json.loads(out)
        self.assertEqual((0, ["a%20b", "c", "d", "e"]), (code, [one["id"] for one in parked["parked"]]))
        self.assertEqual({"told so"}, {one["reason"] for one in parked["parked"]})
        self.assertEqual({1}, {one["failures"] for one in parked["parked"]})
        self.assertFalse(parked["truncated"])
        self.assertEqual(4, host.status()["types"][0]["parked"])
        self.assertEqual(4, self.metric(host, 'shoal_type_parked_entities{type="trouble"}'))

        code, out, err = self.shoal(host, "ask", "trouble", "a b", "ping")
        self.assertEqual((1, ""), (code, out))
        self.assertIn("parked after: told so", err)
        self.assertEqual(1, self.metric(host, 'shoal_message_dead_letters_total{reason="parked"}'))
        self.assertEqual(1, host.status()["message_dead_letters"]["parked"])

        self.assertEqual((0, "unparked\n", ""), self.shoal(host, "entity", "unpark", "trouble", "a b"))
        self.assertEqual((0, '"pong"\n', ""), self.shoal(host, "ask", "trouble", "a b", "ping"))
        self.assertEqual(3, host.status()["types"][0]["parked"])
        code, _, err = self.shoal(host, "entity", "unpark", "trouble", "a b")
        self.assertEqual(1, code)
        self.assertIn("is not parked", err)
        code, out, err = self.shoal(host, "entity", "parked", "trouble", "--limit", "2")
        self.assertEqual((0, 3), (code, len(out.splitlines())))
        self.assertIn("there are more", err)
        self.assertEqual(0, host.stop())

    def test_a_receipt_says_what_became_of_a_tell(self):
        host = self.start_host(policy={"on_failure": "park"})

        def tell(level, entity, *message):
            return self.shoal(host, "tell", "trouble", entity, *message, "--receipt", level)

        self.assertEqual((0, "accepted\n", ""), tell("none", "a b", "ping"))
        self.assertEqual((0, "processed\n", ""), tell("processed", "a b", "ping"))
        code, out, err = tell("persisted", "a b", "ping")
        self.assertEqual((1, ""), (code, out))
        self.assertIn('the durability of type trouble is none, ask for "processed" (HTTP 501)', err)
        self.assertIn("turn_failed: told so (HTTP 500)", tell("processed", "c", "fail", '"told so"')[2])
        self.assertEqual((0, "accepted\n", ""), tell("accepted", "a b", "fail", '"told so"'))
        for level in ("accepted", "processed"):
            self.assertIn("parked after: told so (HTTP 422)", tell(level, "a b", "ping")[2])
        counts = host.status()["message_dead_letters"]
        self.assertEqual((2, 2), (counts["turn_failed"], counts["parked"]))
        self.assertEqual(0, host.stop())

    def test_a_turn_that_does_not_end_is_named_and_the_host_stays_alive(self):
        host = self.start_host(turn_warning_ms=300)
        fifo = host.folder / "fifo"
        os.mkfifo(fifo)
        self.assertIsNone(host.status()["lanes"][0]["stuck"])
        body = json.dumps(str(fifo))
        code, _, err = self.shoal(host, "ask", "trouble", "a b", "block", body, "--timeout", "200ms")
        self.assertEqual(1, code)
        self.assertIn("(HTTP 504)", err)

        stuck = host.wait(lambda: host.status()["lanes"][0]["stuck"], "the turn is named")
        self.assertEqual(("trouble", "a%20b", 3), (stuck["type"], stuck["id"], stuck["id_bytes"]))
        self.assertEqual(("trouble", "1.2.3", False), (stuck["module"], stuck["version"], stuck["on_stop"]))
        self.assertGreaterEqual(self.metric(host, 'shoal_lane_turn_seconds{lane="0"}'), 0.3)
        code, text = host.get("/readyz?verbose")
        self.assertEqual(503, code)
        self.assertIn("[-]lanes failed: lane 0 has been inside of one turn for", text)
        self.assertIn("type trouble, entity a%20b, module trouble 1.2.3", text)
        host.wait(lambda: "entity a%20b, module trouble 1.2.3" in host.log(), "the log names the turn")
        self.assertEqual(1, host.log().count("has been inside of one turn"))
        code, _, err = self.shoal(host, "ask", "trouble", "other", "ping", "--timeout", "200ms")
        self.assertEqual(1, code)
        self.assertIn("(HTTP 504)", err)
        self.assertEqual(10, self.shoal(host, "status")[0])

        with open(fifo, "w", encoding="utf-8"):
            pass
        host.wait(lambda: host.get("/readyz")[0] == 200, "the lane goes on")
        self.assertIsNone(host.status()["lanes"][0]["stuck"])
        self.assertEqual((0, '"pong"\n', ""), self.shoal(host, "ask", "trouble", "other", "ping"))
        self.assertEqual(0, host.stop())

    def test_entities_that_do_not_stop_in_time_are_stopped_counted_and_named(self):
        policy = {"stop_message": "linger", "stop_timeout_ms": 50, "shards": 1}
        host = self.start_host(policy=policy)
        count, counter = 12, 'shoal_type_stop_timeouts_total{type="trouble"}'
        self.assertEqual(0, self.metric(host, counter))
        for number in range(count):
            self.assertEqual(0, self.shoal(host, "tell", "trouble", f"a {number}", "passivate")[0])
        host.wait(lambda: self.metric(host, counter) == count, "all are counted")
        host.wait(lambda: host.status()["entities"] == 0, "all are gone")
        self.assertEqual(count, host.status()["types"][0]["stop_timeouts_total"])
        named = "type trouble, entity a 0, module trouble 1.2.3: it has not stopped within 50 ms of its stop"
        self.assertIn(named, host.log())
        self.assertIn("or raise types.trouble.stop_timeout_ms", host.log())

        def told():
            more = re.findall(r"lane 0: (\d+) more entities did not stop in time", host.log())
            return host.log().count("it has not stopped within") + sum(map(int, more))

        host.wait(lambda: told() == count, "each is named or told as one of a number")
        self.assertEqual(0, host.stop())

    def test_dead_letters_are_shown_and_followed(self):
        host = self.start_host(lanes=2, policy={"on_failure": "park"})
        self.assertEqual((0, "", ""), self.shoal(host, "dead-letters"))
        for entity in ("a b", "c"):
            self.assertEqual(1, self.shoal(host, "ask", "trouble", entity, "fail", '"told so"')[0])
        code, out, _ = self.shoal(host, "dead-letters")
        self.assertEqual(0, code)
        self.assertRegex(
            out.splitlines()[0],
            r"^\d{4}-.*Z ask trouble/a%20b fail, 7 bytes: turn_failed: told so$",
        )
        words = [SHOAL, "dead-letters", "-f", "0.1", "--format", "json"]
        words += ["--management", f"127.0.0.1:{host.port}"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as follower:
            try:
                first = [json.loads(follower.stdout.readline()) for _ in range(2)]
                self.assertEqual([1, 2], [letter["number"] for letter in first])
                self.assertEqual(1, self.shoal(host, "ask", "trouble", "c", "ping")[0])
                third = json.loads(follower.stdout.readline())
            finally:
                follower.terminate()
        shown = [third[member] for member in ("number", "reason", "id", "message")]
        self.assertEqual([3, "parked", "c", "ping"], shown)
        self.assertEqual(0, follower.returncode)
        page = json.loads(host.get("/v1/dead-letters?after=1&limit=1")[1])
        self.assertEqual([2], [letter["number"] for letter in page["dead_letters"]])
        self.assertEqual((2, 0), (page["last"], page["missed"]))
        self.assertEqual(0, host.stop())

    def test_an_on_stop_that_does_not_end_is_named_as_that_and_what_comes_waits_for_it(self):
        host = self.start_host(turn_warning_ms=300)
        fifo = host.folder / "fifo"
        os.mkfifo(fifo)
        body = json.dumps(str(fifo))
        self.assertEqual(0, self.shoal(host, "ask", "trouble", "a b", "block_at_stop", body)[0])
        self.assertEqual(0, self.shoal(host, "tell", "trouble", "a b", "passivate")[0])
        stuck = host.wait(lambda: host.status()["lanes"][0]["stuck"], "on_stop is named")
        self.assertEqual(("trouble", "a%20b", True), (stuck["type"], stuck["id"], stuck["on_stop"]))
        self.assertIn("now in on_stop, for", host.get("/readyz?verbose")[1])
        host.wait(lambda: "now in on_stop, for" in host.log(), "the log names it")
        self.assertIn("type trouble, entity a%20b, module trouble 1.2.3", host.log())
        code, _, err = self.shoal(host, "ask", "trouble", "a b", "ping", "--timeout", "200ms")
        self.assertEqual(1, code)
        self.assertIn("(HTTP 504)", err)
        with open(fifo, "w", encoding="utf-8"):
            pass
        host.wait(lambda: host.get("/readyz")[0] == 200, "the lane goes on")
        self.assertEqual((0, '"pong"\n', ""), self.shoal(host, "ask", "trouble", "a b", "ping"))
        self.assertEqual(0, host.stop())

    def test_a_stop_names_what_does_not_end(self):
        fifos = pathlib.Path(tempfile.mkdtemp(prefix="shoal-trouble-"))
        self.addCleanup(shutil.rmtree, fifos)
        os.mkfifo(fifos / "module")
        os.mkfifo(fifos / "entity")
        whole = {"fifo_at_end": str(fifos / "module")}
        host = self.start_host(config=whole, shutdown_grace_ms=100)
        self.assertEqual(1, host.stop())
        self.assertIn("the stop is forced: a loaded module does not end", host.log())
        host = self.start_host(shutdown_grace_ms=1_500)
        body = json.dumps(str(fifos / "entity"))
        self.assertEqual(0, self.shoal(host, "ask", "trouble", "a", "block_at_stop", body)[0])
        self.assertEqual(1, host.stop())
        waiting = "waiting for lane 0: the last turns of its entities"
        self.assertIn(f"stopping: {waiting}", host.log())
        self.assertIn(f"the stop is forced (the grace period is over), still {waiting}", host.log())


if __name__ == "__main__":
    unittest.main()
