"""`python -m specbind.emulators.nodeodx`."""

from __future__ import annotations

import argparse
import sys

from . import configure, main

parser = argparse.ArgumentParser(prog="python -m specbind.emulators.nodeodx", description="Emulate a NodeODX node.")
configure(parser)
sys.exit(main(parser.parse_args()))
