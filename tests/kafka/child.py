"""A child process that dies with its parent, so that a test which is killed leaves nothing behind."""

import ctypes
import signal
import subprocess

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def start(command, log_path, enter=None, **options):
    """Starts the command with both outputs appended to the log file; `enter` is called in the child first."""

    def prepare():
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if enter is not None:
            enter()

    with open(log_path, "ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=prepare,
            **options,
        )


def log_tail(log_path, lines=40):
    with open(log_path, encoding="utf-8", errors="replace") as log:
        return "".join(log.readlines()[-lines:])
