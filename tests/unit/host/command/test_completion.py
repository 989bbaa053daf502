"""Goal: a shell that has read `shoal completion` offers what the command line takes, everywhere. Method: bash
loads the script and is asked at each command; what it offers is compared with that command's own help."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

SHOAL = os.environ["SHOAL_BINARY"]
GROUPS = [[], ["cluster"], ["dev"], ["feed"], ["entity"], ["journal"], ["key"], ["module"], ["type"]]


def output(*arguments):
    return subprocess.run([SHOAL, *arguments], capture_output=True, text=True, check=True).stdout


def offered(*words, folder=None):
    """What bash offers for the last word."""
    script = f"""
        source <("{SHOAL}" completion bash) || exit 1
        compopt() {{ :; }}  # it works while a completion is asked for by a key only
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        function=$(complete -p shoal | sed -E 's/.*-F ([^ ]+) .*/\\1/')
        [ -n "$function" ] || exit 1
        "$function"
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    command = ["bash", "--norc", "-c", script, "bash", "shoal", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    assert done.stderr == "", done.stderr
    return set(done.stdout.splitlines()) - {""}


def section(text, heading):
    """The lines below a heading of a help text."""
    found = re.search(rf"^{heading}:\n(.*?)(?=^\S|\Z)", text, re.M | re.S)
    return found.group(1) if found else ""


def commands_of(path):
    return set(re.findall(r"^  ([a-z-]+)", section(output(*path, "--help"), "Subcommands"), re.M))


def options_of(path):
    lines = section(output(*path, "--help"), "Options").splitlines()
    found = [re.match(r"  (-[a-z](?:,| |$))?(--[a-z-]+)?", line) for line in lines]
    names = [match.groups() for match in found if match]
    return {name.rstrip(", ") for pair in names for name in pair if name}


class Completion(unittest.TestCase):
    def leaves(self):
        for group in GROUPS:
            for command in commands_of(group):
                if [*group, command] not in GROUPS:
                    yield [*group, command]

    def test_groups_are_all_there(self):
        self.assertEqual(
            {group[0] for group in GROUPS if group},
            {command for command in commands_of([]) if commands_of([command])},
        )

    def test_every_command_and_option_is_offered(self):
        for group in GROUPS:
            with self.subTest(group):
                self.assertEqual(commands_of(group) | options_of(group), offered(*group, ""))
        seen = 0
        for leaf in self.leaves():
            with self.subTest(leaf):
                options = options_of(leaf)
                self.assertIn("--help", options)
                self.assertEqual({o for o in options if o.startswith("--")}, offered(*leaf, "--"))
            seen += 1
        self.assertGreater(seen, 12)

    def test_words_are_completed_from_their_beginning(self):
        self.assertEqual({"status"}, offered("sta"))
        self.assertEqual({"list"}, offered("entity", "l"))
        self.assertEqual({"--limit"}, offered("entity", "list", "aircraft", "--lim"))
        self.assertEqual(set(), offered("no-such"))

    def test_values_have_their_choices(self):
        self.assertEqual({"text", "json"}, offered("status", "--format", ""))
        self.assertEqual({"json"}, offered("entity", "show", "a", "1", "--format", "j"))
        self.assertEqual({"text", "json"}, offered("status", "--format", "="))
        self.assertEqual({"json"}, offered("status", "--format", "=", "js"))
        self.assertEqual({"bash"}, offered("completion", "b"))
        self.assertEqual({"node.lanes"}, offered("print-config", "--explain", "node.lanes"))
        self.assertLess({"sources[].topics", "types.NAME.shards"}, offered("print-config", "--explain", ""))
        self.assertEqual(set(), offered("status", "--management", ""))

    def test_files_are_offered_where_a_file_is_wanted(self):
        with tempfile.TemporaryDirectory() as folder:
            open(os.path.join(folder, "a host.toml"), "w", encoding="utf-8").close()
            self.assertEqual({"a host.toml"}, offered("run", "--config", "", folder=folder))
            self.assertEqual({"a host.toml"}, offered("module", "load", "a", folder=folder))

    def test_other_shells_can_read_their_script(self):
        for shell in ("zsh", "fish"):
            script = output("completion", shell)
            for command in ("entity", "completion", "--once"):
                self.assertIn(command.lstrip("-"), script)
            if shutil.which(shell):
                done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True)
                self.assertEqual((0, ""), (done.returncode, done.stderr), shell)

    def test_another_shell_is_a_mistake(self):
        done = subprocess.run([SHOAL, "completion", "tcsh"], capture_output=True, text=True)
        self.assertEqual(2, done.returncode)


if __name__ == "__main__":
    unittest.main()
