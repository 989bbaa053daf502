"""Waiting that a stop signal ends: the one place where the demo lets time pass."""

import os
import select
import signal

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """A stop signal came."""

    def __init__(self, number):
        super().__init__(signal.Signals(number).name)
        self.number = number


class StopSignals:
    """While it is entered, SIGINT, SIGTERM and SIGHUP only wake up the waits here."""

    def __enter__(self):
        self._reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._writer = writer
        self._before = {number: signal.signal(number, lambda *_: None) for number in STOP_SIGNALS}
        self._wakeup_before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        return self

    def __exit__(self, *_):
        signal.set_wakeup_fd(self._wakeup_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._reader)
        os.close(self._writer)

    def take(self, seconds=0.0, also=()):
        """Waits for a stop signal or until one of `also` is readable; the signal's number or None."""
        readable, _, _ = select.select([self._reader, *also], [], [], max(seconds, 0.0))
        if self._reader not in readable:
            return None
        stops = [number for number in os.read(self._reader, 4096) if number in STOP_SIGNALS]
        return stops[0] if stops else None

    def wait(self, seconds, also=()):
        """As take(), but a stop signal is raised as Stopped."""
        number = self.take(seconds, also)
        if number is not None:
            raise Stopped(number)
