"""Goal: a host whose memory is short lets the longest idle entities leave it, those of types that may, and
says so. Method: a real host with a limit of its own, and entities that hold real memory."""

import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "kafka"))

from shoal_host import Host  # noqa: E402

MODULE = os.environ["SHOAL_HOARD_MODULE"]
MEBIBYTE = 1024 * 1024
HELD_KIBIBYTES = 256


class Memory(unittest.TestCase):
    def start_host(self, policy, limit_mebibytes=300, **node):
        tables = {"modules": [{"path": MODULE}], "types.hoard": policy}
        limits = {"memory_limit_bytes": limit_mebibytes * MEBIBYTE, "memory_poll_ms": 100}
        host = Host(tables, lanes=2, **limits, **node)
        self.addCleanup(host.close)
        return host.start_ready()

    def hold(self, host, entity):
        answer = host.request(
            "POST", f"/v1/entities/hoard/{entity}/tell", {"message": "hold", "body": str(HELD_KIBIBYTES)}
        )
        self.assertEqual(202, answer[0], answer)

    def count(self, host, entity):
        code, reply = host.ask("hoard", entity, "count", "now")
        self.assertEqual(200, code, reply)
        return int(reply)

    def metric(self, host, sample):
        lines = host.get("/metrics")[1].splitlines()
        return [float(line.split(" ")[1]) for line in lines if line.startswith(sample + " ")][0]

    def test_the_longest_idle_leave_until_there_is_room(self):
        host = self.start_host({"on_memory_pressure": "passivate"})
        self.hold(host, "in-use")
        held = 0
        while host.status()["memory"]["shed_total"] == 0:
            self.assertLess(held, 4000, "far more is held than there may be")
            for _ in range(20):
                self.hold(host, f"n{held}")
                held += 1
            self.assertEqual(HELD_KIBIBYTES, self.count(host, "in-use"))
        self.assertGreater(held * HELD_KIBIBYTES * 1024, 100 * MEBIBYTE)

        def calm():
            self.assertEqual(HELD_KIBIBYTES, self.count(host, "in-use"), "it has messages all the time")
            memory = host.status()["memory"]
            return memory if not memory["shedding"] else None

        memory = host.wait(calm, "the memory is below the target")
        self.assertEqual(300 * MEBIBYTE, memory["limit_bytes"])
        self.assertLess(memory["used_bytes"], 300 * MEBIBYTE * 75 // 100)
        self.assertEqual(memory["shed_total"], host.status()["types"][0]["shed_total"])
        shed = self.metric(host, 'shoal_type_entities_shed_total{type="hoard"}')
        self.assertEqual(memory["shed_total"], shed)
        self.assertEqual(300 * MEBIBYTE, self.metric(host, "shoal_memory_limit_bytes"))
        self.assertEqual(0, self.metric(host, "shoal_memory_shedding"))
        self.assertEqual(held + 1 - memory["shed_total"], host.status()["entities"])

        self.assertEqual(0, self.count(host, "n0"), "it began anew")
        log = host.log(1000)
        self.assertRegex(log, r"of 300.0 MiB \(\d+ %\) are used: entities leave it until")
        self.assertRegex(log, r"\d+ entities without a message for \d+ s or longer have left it \(hoard")
        self.assertIn("entities stay again", log)
        self.assertEqual(0, host.stop())

    def test_a_type_that_may_not_keeps_its_entities_and_the_log_says_what_to_do(self):
        host = self.start_host({}, limit_mebibytes=100)
        for number in range(300):
            self.hold(host, f"n{number}")
        host.wait(lambda: "no entity may leave it" in host.log(1000), "the log says that nobody may leave")
        self.assertTrue(host.status()["memory"]["shedding"])
        self.assertEqual((300, 0), (host.status()["entities"], host.status()["memory"]["shed_total"]))
        self.assertEqual(HELD_KIBIBYTES, self.count(host, "n0"))
        self.assertEqual(1, host.log(1000).count("no entity may leave it"))

    def test_nobody_looks_where_it_is_off(self):
        host = self.start_host({"on_memory_pressure": "passivate"}, 50, memory_shed_percent=0)
        for number in range(300):
            self.hold(host, f"n{number}")
        self.assertEqual(HELD_KIBIBYTES, self.count(host, "n0"))
        self.assertIsNone(host.status()["memory"]["limit_bytes"])
        self.assertEqual(0, host.status()["memory"]["shed_total"])


if __name__ == "__main__":
    unittest.main()
