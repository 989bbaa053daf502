"""Goal: where no network can be had, a test is skipped with the reason, and fails where CI=true. Method: the
ways to one are replaced by a command that fails, in a process of its own."""

import os
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = """
import network
network.NETWORK.ways = (("sh", "-c", "echo not permitted >&2; exit 1"), ("no-such-program",))
network.NETWORK.main_guard(lambda: print("it ran"))
"""


class Guard(unittest.TestCase):
    def run_without_networks(self, **environment):
        whole = {name: value for name, value in os.environ.items() if name != "CI"}
        command = [sys.executable, "-B", "-c", PROGRAM]
        done = subprocess.run(
            command, env={**whole, **environment}, cwd=HERE, capture_output=True, text=True, timeout=60
        )
        self.assertNotIn("it ran", done.stdout)
        reason = r"no network namespace can be had here .*: not permitted|there is no \w+ here"
        self.assertRegex(done.stdout, f"^skipped: ({reason})")
        return done.returncode

    def test_it_is_skipped_and_fails_where_it_must_not_be(self):
        self.assertEqual(77, self.run_without_networks())
        self.assertEqual(1, self.run_without_networks(CI="true"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
