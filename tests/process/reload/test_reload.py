"""Goal: SIGHUP changes in a running host what can change, names all else, and a bad file changes nothing.

Method: the real host without Kafka; its file is written anew, then SIGHUP. What came of it is read from the
status, the log and what the host does from then on.
"""

import json
import os
import pathlib
import shutil
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "kafka"))

from shoal_host import AIRCRAFT_MODULE, Host, toml  # noqa: E402


class Reload(unittest.TestCase):
    def setUp(self):
        self.host = Host({"log": {"level": "info"}})
        self.addCleanup(self.host.close)
        self.file = self.host.folder / "shoal.toml"
        self.node = {
            "name": "test",
            "data_dir": str(self.host.folder / "data"),
            "lanes": 1,
            "management_port": self.host.port,
        }
        self.host.start_ready()

    def hang_up(self, text):
        """Writes the file, sends SIGHUP, gives what the status then says of it."""
        before = self.host.status()["config"]["last_reload"]
        self.file.write_text(text, encoding="utf-8")
        self.host.process.send_signal(signal.SIGHUP)

        def came():
            last = self.host.status()["config"]["last_reload"]
            return last if last != before else None

        return self.host.wait(came, "the configuration is read again")

    def write(self, node=None, **tables):
        return self.hang_up(toml({"node": {**self.node, **(node or {})}, **tables}))

    def log(self):
        return self.host.log(1000)

    def test_what_can_change_counts_at_once(self):
        self.assertIsNone(self.host.status()["config"]["last_reload"])
        last = self.write(
            {"shutdown_grace_ms": 30000, "lane_spin_us": 10, "module_directories": [str(self.host.folder)]},
            log={"level": "info", "format": "json"},
        )
        self.assertEqual((last["result"], last["reason"]), ("applied", None))
        self.assertEqual(
            last["changed"],
            ["log.format", "node.lane_spin_us", "node.module_directories", "node.shutdown_grace_ms"],
        )
        self.assertEqual(last["needs_restart"], [])
        line = json.loads(self.log().splitlines()[-1])
        self.assertEqual(line["message"], "node.shutdown_grace_ms is changed")
        shutil.copy(AIRCRAFT_MODULE, self.host.folder / "a.so")
        answer = self.host.request("POST", "/v1/modules", {"path": str(self.host.folder / "a.so")})
        self.assertEqual(answer[0], 201, answer)
        self.assertEqual(self.host.stop(), 0)
        self.assertIn("at most 30000 ms", self.log())

    def test_the_level_changes_without_a_word_too_many(self):
        last = self.write(log={"level": "error"})
        self.assertEqual(last["changed"], ["log.level"])
        self.assertNotIn("log.level is changed", self.log())
        self.write(log={"level": "info"})
        self.assertIn("log.level is changed", self.log())

    def test_what_takes_a_restart_is_named_every_time(self):
        for _ in range(2):
            last = self.write({"lanes": 2, "name": "other"}, **{"types.a": {"shards": 4}})
            self.assertEqual(last["result"], "applied")
            self.assertLessEqual({"node.lanes", "node.name", "types.a.shards"}, set(last["needs_restart"]))
        self.assertEqual(self.log().count("node.lanes takes a restart: it stays as it was"), 2)
        self.assertEqual(self.host.status()["node"], "test")

    def test_a_bad_file_changes_nothing(self):
        last = self.hang_up(self.file.read_text(encoding="utf-8") + "[log]\nlevel = 'loud'\n")
        self.assertEqual((last["result"], last["changed"]), ("refused", []))
        self.assertIn("shoal.toml", last["reason"])
        last = self.hang_up(toml({"node": {**self.node, "shutdown_grace_ms": 5, "lane": 1}}))
        self.assertEqual(last["result"], "refused")
        self.assertIn("did you mean 'node.lanes'?", last["reason"])
        self.assertIn("all stays as it was", self.log())
        self.assertTrue(self.host.status()["ready"])
        self.assertEqual(self.host.stop(), 0)
        self.assertIn("at most 20000 ms", self.log())

    def test_a_file_that_is_gone_changes_nothing(self):
        before = self.host.status()["config"]["last_reload"]
        self.file.unlink()
        self.host.process.send_signal(signal.SIGHUP)
        self.host.wait(
            lambda: self.host.status()["config"]["last_reload"] != before, "the reload is refused"
        )
        self.assertIn("cannot be opened", self.host.status()["config"]["last_reload"]["reason"])
        self.assertTrue(self.host.status()["ready"])

    def test_a_new_module_is_loaded(self):
        last = self.write(modules=[{"path": AIRCRAFT_MODULE}])
        self.assertEqual((last["changed"], last["needs_restart"]), ([], []))
        modules = json.loads(self.host.get("/v1/modules")[1])["modules"]
        self.assertEqual([module["id"] for module in modules], ["aircraft"])
        self.write(modules=[{"path": AIRCRAFT_MODULE}])
        modules = json.loads(self.host.get("/v1/modules")[1])["modules"]
        self.assertEqual(len(modules), 1, "it is loaded once")
        last = self.write()
        self.assertEqual(last["needs_restart"], [f"modules: {AIRCRAFT_MODULE} is gone"])

    def test_a_new_module_that_is_not_there_is_a_reason_until_it_is_loaded(self):
        module = self.host.folder / "late.so"
        directories = {"module_directories": [str(self.host.folder)]}
        self.write(directories, modules=[{"path": str(module)}])
        self.assertEqual(self.host.get("/readyz")[0], 503)
        self.assertIn("late.so", self.host.status()["reasons"][0])
        shutil.copy(AIRCRAFT_MODULE, module)
        answer = self.host.request("POST", "/v1/modules", {"path": str(module)})
        self.assertEqual(answer[0], 201, answer)
        self.assertEqual(self.host.get("/readyz")[0], 200)

    def test_the_limit_of_a_type_counts_for_the_entities_that_are_active(self):
        module = [{"path": AIRCRAFT_MODULE}]
        self.host.kill()
        self.file.write_text(
            toml({"node": self.node, "modules": module, "types.aircraft": {"shards": 4}}), encoding="utf-8"
        )
        self.host.start_ready()
        self.assertIsNone(self.host.status()["types"][0]["active_entities_max"])

        def fill():
            for number in range(100):
                self.assertEqual(200, self.host.ask("aircraft", f"n{number}", "summary")[0])

        def entities(count):
            self.host.wait(lambda: self.host.status()["entities"] == count, f"{count} entities are active")

        fill()
        entities(100)
        last = self.write(modules=module, **{"types.aircraft": {"shards": 4, "active_entities_max": 20}})
        self.assertEqual(last["changed"], ["types.aircraft.active_entities_max"])
        entities(20)
        self.assertEqual(20, self.host.status()["types"][0]["active_entities_max"])

        code, text = self.host.request("POST", "/v1/types/aircraft", {"active_entities_max": 8})
        self.assertEqual((200, {"type": "aircraft", "active_entities_max": 8}), (code, json.loads(text)))
        entities(8)
        self.assertIn("type aircraft: active_entities_max is 8 from now on", self.log())
        self.assertEqual(404, self.host.request("POST", "/v1/types/no", {"active_entities_max": 8})[0])

        last = self.write(modules=module, **{"types.aircraft": {"shards": 4}})
        self.assertEqual(last["changed"], ["types.aircraft.active_entities_max"])
        self.assertIsNone(self.host.status()["types"][0]["active_entities_max"])

        def all_stay():
            fill()
            return self.host.status()["entities"] == 100

        self.host.wait(all_stay, "there is no limit any more")

    def test_the_environment_of_the_start_still_counts(self):
        self.host.kill()
        os.environ["SHOAL_LOG__LEVEL"] = "warning"
        self.addCleanup(os.environ.pop, "SHOAL_LOG__LEVEL")
        self.host.start_ready()
        last = self.write({"shutdown_grace_ms": 7}, log={"level": "info"})
        self.assertEqual(last["changed"], ["node.shutdown_grace_ms"], "the environment wins over the file")


if __name__ == "__main__":
    unittest.main(verbosity=2)
