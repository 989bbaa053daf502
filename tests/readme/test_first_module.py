"""The README's own lines of *Your first module* work: they run in a fresh copy, and print what the page says.

All steps run in one bash with -e, in a copy of the project without its build, below a temporary home.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

from first_module import missing, section, steps

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADING = "Your first module"
SECONDS_MAX = 1100
END_OF_STEP = "----- end of a step -----"


class Reading(unittest.TestCase):
    PAGE = (
        "# P\n## First\ntext\n```sh\n# comment\na\n```\n```text\nx … z\n```\n"
        "### Inner\n```sh\nb\n```\n## Next\n```sh\nc\n```\n"
    )

    def test_steps_of_a_section(self):
        found = steps(section(self.PAGE, "First"))
        self.assertEqual(["# comment\na\n", "b\n"], [step.commands for step in found])
        self.assertEqual([["x … z"], []], [step.prints for step in found])

    def test_an_absent_section_is_an_error(self):
        with self.assertRaises(ValueError):
            section(self.PAGE, "Absent")

    def test_missing_lines(self):
        self.assertIsNone(missing("a x 1 z\nb\n", ["x … z", "", "b"]))
        self.assertEqual("b", missing("b\nx z\n", ["x … z", "b"]))


class FirstModule(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shoal-readme-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.steps = steps(section((ROOT / "README.md").read_text(encoding="utf-8"), HEADING))
        skipped = shutil.ignore_patterns("build", ".git", "__pycache__", "shoal-data")
        shutil.copytree(ROOT, self.folder / "shoal", ignore=skipped, symlinks=True)
        (self.folder / "home").mkdir()

    def environment(self):
        """Of a new user, but with this machine's compiler cache."""
        cache = os.environ.get("CCACHE_DIR") or os.path.expanduser("~/.cache/ccache")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHOAL_", "CI"))}
        return {**kept, "HOME": str(self.folder / "home"), "CCACHE_DIR": cache}

    def run_steps(self):
        """Exit code, and the output of each step; what a step left running is ended."""
        script = "set -e\n" + "".join(f"{step.commands}\necho '{END_OF_STEP}'\n" for step in self.steps)
        log = self.folder / "output"
        with open(log, "wb") as output:
            process = subprocess.Popen(
                ["bash", "-c", script],
                cwd=self.folder / "shoal",
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                code = process.wait(SECONDS_MAX)
            finally:
                end_session(process.pid)
        text = log.read_text(encoding="utf-8", errors="replace")
        print(text)
        return code, text.split(END_OF_STEP)

    def test_its_lines_work_and_print_what_it_says(self):
        self.assertGreater(len(self.steps), 1, "the README has no lines to run")
        code, outputs = self.run_steps()
        self.assertEqual(len(self.steps) + 1, len(outputs), f"step {len(outputs)} failed (exit {code})")
        for step, output in zip(self.steps, outputs):
            self.assertIsNone(missing(output, step.prints), f"not printed by:\n{step.commands}")


def end_session(leader):
    """Kills what is left of the process group that `leader` led."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass


if __name__ == "__main__":
    unittest.main()
