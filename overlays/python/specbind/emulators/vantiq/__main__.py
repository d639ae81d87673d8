"""`python -m specbind.emulators.vantiq`."""

from __future__ import annotations

import argparse
import sys

from . import configure, main

parser = argparse.ArgumentParser(prog="python -m specbind.emulators.vantiq", description="Emulate a Vantiq server.")
configure(parser)
sys.exit(main(parser.parse_args()))
