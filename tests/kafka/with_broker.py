"""Runs a test program with a real broker beside it: `with_broker.py PROGRAM [ARGUMENT…]`.

The program finds the broker in SHOAL_TEST_BOOTSTRAP; its exit code is this program's.
"""

import os
import subprocess
import sys

import requirements
from broker import Broker


def main():
    with Broker() as broker:
        environment = {**os.environ, "SHOAL_TEST_BOOTSTRAP": broker.bootstrap}
        sys.exit(subprocess.run(sys.argv[1:], env=environment).returncode)


if __name__ == "__main__":
    requirements.main_guard(main)
