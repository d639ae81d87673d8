"""`python -m specbind.emulators.viam`."""

from __future__ import annotations

import argparse
import sys

from . import configure, main

parser = argparse.ArgumentParser(prog="python -m specbind.emulators.viam", description="Emulate the Viam platform.")
configure(parser)
sys.exit(main(parser.parse_args()))
