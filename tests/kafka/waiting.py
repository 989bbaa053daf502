"""Waiting on a condition with a deadline: the one place of the Python tests where time passes."""

import time


def wait_until(condition, what, seconds=30.0, every=0.02):
    """The first true value of `condition()`; fails with `what` at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(every)
