"""Programs in namespaces of their own, in which they are root, so that nothing of what they do to networks or
mounts is seen outside and all of it is gone when they end."""

import functools
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "kafka"))

import requirements  # noqa: E402


class Namespace:
    """Of one `kind`, "network" or "mount". A program that uses it begins with `main_guard`."""

    def __init__(self, kind, option, programs, probe):
        self.kind = kind
        self.programs = programs  # that the tests need inside
        self.probe = probe  # a line of sh: that what they do is allowed
        self.inside = f"SHOAL_TEST_{kind.upper()}"  # set for a program that has its namespace
        # To become root in one; the first that works here.
        self.ways = (
            ("unshare", option),
            ("unshare", "--user", "--map-root-user", option),
            ("sudo", "-n", "-E", "unshare", option),
        )

    @functools.cache
    def way_inside(self):
        """Raises Missing where there is none."""
        os.environ["PATH"] += ":/usr/sbin:/sbin"
        for program in ("unshare", *self.programs):
            if shutil.which(program) is None:
                raise requirements.Missing(f"there is no {program} here (./dev test installs it)")
        words = []
        for way in self.ways:
            if shutil.which(way[0]) is None:
                continue
            done = subprocess.run([*way, "sh", "-c", self.probe], capture_output=True, text=True)
            if done.returncode == 0:
                return way
            words.append(f"{' '.join(way)}: {done.stderr.strip()}")
        raise requirements.Missing(
            f"no {self.kind} namespace can be had here (run this as root, or allow user namespaces: sysctl "
            "kernel.apparmor_restrict_unprivileged_userns=0): " + "; ".join(words)
        )

    def command_inside(self, *command):
        """The command, run in a new namespace. Raises Missing."""
        return [*self.way_inside(), "env", f"{self.inside}=1", *command]

    def main_guard(self, main):
        if self.inside in os.environ:
            main()
            return
        requirements.main_guard(self.go_inside, self.way_inside)

    def go_inside(self):
        command = self.command_inside(sys.executable, "-B", *sys.argv)
        os.execvp(command[0], command)
