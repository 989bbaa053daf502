"""A program that the demo starts, whose output goes to files, and that never outlives the demo."""

import ctypes
import os
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
LOG_TAIL_LINES = 25


class ChildFailed(Exception):
    """A program ended as it should not have; carries the end of what it printed."""


def read_text(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


class Child:
    def __init__(self, name, command, directory):
        self.name = name
        base = os.path.join(directory, name.replace(" ", "-"))
        self._output, self._errors = base + ".out", base + ".err"
        c_library = ctypes.CDLL(None)
        with open(self._output, "wb") as output, open(self._errors, "wb") as errors:
            # A session of its own: Ctrl-C in the terminal reaches the demo alone, which stops its programs in
            # order.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
                preexec_fn=lambda: c_library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),
            )
        self._descriptor = os.pidfd_open(self._process.pid)

    def fileno(self):
        """Readable once the program has ended."""
        return self._descriptor

    def exit_code(self):
        return self._process.poll()

    def output(self):
        return read_text(self._output)

    def errors(self):
        return read_text(self._errors)

    def failure(self, what):
        lines = self.output().splitlines() + self.errors().splitlines()
        tail = "\n".join("  | " + line for line in lines[-LOG_TAIL_LINES:])
        return ChildFailed(f"{self.name} {what}; the end of its output:\n{tail or '  | (nothing)'}")

    def check_running(self):
        if self.exit_code() is not None:
            raise self.failure(f"ended with exit code {self.exit_code()}")

    def stop(self, stops, number, grace_seconds):
        """Ends the program with a signal, by force after the grace time or at another stop signal.

        Gives its exit code.
        """
        deadline = time.monotonic() + grace_seconds
        if self.exit_code() is None:
            self._process.send_signal(number)
        while self.exit_code() is None:
            again = stops.take(deadline - time.monotonic(), also=[self])
            if self.exit_code() is None and (again is not None or time.monotonic() >= deadline):
                self._process.kill()
                self._process.wait()
        self.close()
        return self.exit_code()

    def close(self):
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
