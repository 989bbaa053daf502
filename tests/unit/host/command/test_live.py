"""Goal: `shoal top` and --watch look again and again, and leave the terminal as they found it on every way
out. Method: the built program in a pipe and in a pseudo terminal, against a server whose numbers grow."""

import json
import os
import pty
import select
import signal
import subprocess
import termios
import time
import unittest

SHOAL = os.environ["SHOAL_BINARY"]
SERVER = os.environ["SHOAL_SCRIPTED_SERVER"]
SECONDS = 30
ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


class Server:
    def __init__(self):
        self.process = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.name = f"127.0.0.1:{int(self.process.stdout.readline())}"

    def stop(self):
        if self.process.poll() is None:
            self.process.communicate(timeout=SECONDS)


class Reader:
    """Text of a descriptor, read until something is in it."""

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.text = ""

    def until(self, condition):
        deadline = time.monotonic() + SECONDS
        while not condition(self.text):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.descriptor], [], [], left)[0]:
                raise TimeoutError(f"not in time; so far: {self.text!r}")
            try:
                data = os.read(self.descriptor, 65536)
            except OSError:  # the other side of a pseudo terminal has gone
                data = b""
            if not data:
                raise EOFError(f"ended; so far: {self.text!r}")
            self.text += data.decode()
        return self.text

    def rest(self):
        try:
            self.until(lambda _: False)
        except EOFError:
            return self.text


class Live(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.stop)

    def start(self, *arguments, **streams):
        command = [SHOAL, *arguments, "--management", self.server.name]
        process = subprocess.Popen(command, **streams)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait(SECONDS)

    def pipe(self, *arguments):
        pipe = subprocess.PIPE
        process = self.start(*arguments, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process, Reader(process.stdout.fileno())

    # --- In a pipe --------------------------------------------------------------------------------

    def test_once_prints_one_block_with_rates(self):
        process, reader = self.pipe("top", "--once", "--interval", "0.1")
        text = reader.rest()
        self.assertEqual(0, process.wait(SECONDS))
        self.assertEqual(1, text.count("host host-1"))
        self.assertNotIn("\x1b", text)
        row = next(line for line in text.splitlines() if line.startswith("flights"))
        self.assertGreater(float(row.split()[4]), 0, row)
        for heading in ("SOURCE", "TYPE", "SINK", "LANE", "record latency"):
            self.assertIn(heading, text)

    def test_blocks_follow_each_other_until_a_signal(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process, reader = self.pipe("top", "--interval", "0.1")
            text = reader.until(lambda text: text.count("host host-1") >= 3)
            self.assertIn("\n\nhost host-1", text)
            process.send_signal(number)
            self.assertEqual(0, process.wait(SECONDS))
            self.assertNotIn("\x1b", reader.rest())

    def test_watch_of_json_is_a_document_a_line(self):
        commands = ["status"], ["module", "list"], ["entity", "list", "a"], ["entity", "show", "a", "1"]
        for command in commands:
            process, reader = self.pipe(*command, "--format", "json", "--watch=0.1")
            text = reader.until(lambda text: text.count("\n") >= 3)
            process.send_signal(signal.SIGINT)
            process.wait(SECONDS)
            for line in text.splitlines()[:3]:
                json.loads(line)

    def test_watch_needs_no_number(self):
        process, reader = self.pipe("status", "--watch")
        reader.until(lambda text: text.count("host host-1") >= 2)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(10, process.wait(SECONDS), "the last look's exit code: it is not ready")

    def test_a_host_that_goes_away_is_told_and_looked_for_again(self):
        process, reader = self.pipe("entity", "list", "aircraft", "--watch", "0.1")
        reader.until(lambda text: text.count("N1") >= 2)
        self.server.stop()
        errors = Reader(process.stderr.fileno())
        errors.until(lambda text: text.count(self.server.name) >= 2)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(69, process.wait(SECONDS))

    def test_a_host_that_is_not_there_ends_it_at_once(self):
        self.server.stop()
        for command in (["top"], ["top", "--once"], ["status", "--watch"]):
            process, reader = self.pipe(*command)
            self.assertEqual("", reader.rest())
            self.assertEqual(69, process.wait(SECONDS))
            self.assertIn(self.server.name, process.stderr.read().decode())

    # --- In a terminal ----------------------------------------------------------------------------

    def check_terminal(self, end, command=("top", "--interval", "0.1"), exit_code=0):
        """The view is drawn at least twice; `end` ends it; the terminal is as before."""
        master, terminal = pty.openpty()
        self.addCleanup(os.close, master)
        before = termios.tcgetattr(terminal)
        process = self.start(*command, stdin=terminal, stdout=terminal, stderr=terminal)
        reader = Reader(master)
        reader.until(lambda text: text.count("host host-1") >= 2)
        self.assertNotEqual(before, termios.tcgetattr(terminal))
        end(process, master)
        self.assertEqual(exit_code, process.wait(SECONDS))
        self.assertEqual(before, termios.tcgetattr(terminal))
        os.close(terminal)
        text = reader.rest()
        self.assertEqual((1, 1), (text.count(ENTER), text.count(LEAVE)))
        self.assertLess(text.rindex(HIDE), text.rindex(SHOW))
        self.assertTrue(text.endswith(LEAVE), text[-40:])
        return text

    def test_q_ends_it(self):
        self.check_terminal(lambda _, master: os.write(master, b"xq"))

    def test_control_c_ends_it(self):
        self.check_terminal(lambda process, _: process.send_signal(signal.SIGINT))

    def test_a_termination_ends_it(self):
        self.check_terminal(lambda process, _: process.send_signal(signal.SIGTERM))

    def test_watch_draws_in_place(self):
        self.check_terminal(lambda _, master: os.write(master, b"q"), ("status", "--watch", "0.1"), 10)

    def test_a_small_terminal_gets_what_fits(self):
        master, terminal = pty.openpty()
        self.addCleanup(os.close, master)
        termios.tcsetwinsize(terminal, (3, 20))
        process = self.start("top", "--interval", "0.1", stdin=terminal, stdout=terminal, stderr=terminal)
        reader = Reader(master)
        reader.until(lambda text: text.count("host host-1") >= 2)
        os.write(master, b"q")
        self.assertEqual(0, process.wait(SECONDS))
        os.close(terminal)
        self.assertIn("host host-1: not rea\x1b[K\r\n", reader.rest())
        self.assertNotIn("SOURCE", reader.text)


if __name__ == "__main__":
    unittest.main()
