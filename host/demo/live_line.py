"""One line on stdout: written over itself in a terminal, one after another elsewhere."""

import shutil
import sys


class LiveLine:
    def __init__(self, stream=sys.stdout):
        self._stream = stream
        self._terminal = stream.isatty()
        self._open = False

    def show(self, text):
        if self._terminal:
            # A text that reaches the right edge would wrap, and could not be written over.
            columns = shutil.get_terminal_size().columns
            self._stream.write("\r" + text[: columns - 1] + "\033[K")
            self._open = True
        else:
            self._stream.write(text + "\n")
        self._stream.flush()

    def end(self):
        """What follows begins on a line of its own."""
        if self._open:
            self._stream.write("\n")
            self._stream.flush()
            self._open = False
