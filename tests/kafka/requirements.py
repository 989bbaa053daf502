"""What tests with a real broker need of this machine: Java, the Kafka jars (by Maven), a Python client."""

import fcntl
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
JARS = HERE.parents[1] / "build" / "kafka-jars"
SKIPPED = 77


class Missing(Exception):
    """Something that this machine lacks; the text says what."""


def jars():
    """The folder of the broker's jars, fetched once for all presets and programs. Raises Missing."""
    JARS.mkdir(parents=True, exist_ok=True)
    with open(JARS / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = (HERE / "pom.xml").read_text(encoding="utf-8")
        complete = JARS / "complete"
        if complete.exists() and complete.read_text(encoding="utf-8") == wanted:
            return JARS
        fetch()
        complete.write_text(wanted, encoding="utf-8")
    return JARS


def fetch():
    for jar in JARS.glob("*.jar"):
        jar.unlink()
    command = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
    done = subprocess.run([*command, f"-DoutputDirectory={JARS}"], capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing("Maven could not fetch the Kafka broker: " + (done.stdout + done.stderr).strip()[-500:])


def check():
    """Raises Missing where a broker cannot be had here."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise Missing(f"there is no {program} here (./dev test installs it)")
    try:
        import confluent_kafka  # noqa: F401
    except ImportError as error:
        raise Missing("there is no python3-confluent-kafka here (./dev test installs it)") from error
    jars()


def main_guard(main, needs=check):
    """Runs a test program: exit 77 (skipped) where something is missing, but 1 where CI=true."""
    try:
        needs()
    except Missing as missing:
        print(f"skipped: {missing}", flush=True)
        sys.exit(1 if os.environ.get("CI") == "true" else SKIPPED)
    main()


if __name__ == "__main__":
    main_guard(lambda: print(f"the broker's jars are in {JARS}"))
