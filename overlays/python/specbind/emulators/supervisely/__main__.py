"""`python -m specbind.emulators.supervisely`."""

from __future__ import annotations

import argparse
import sys

from . import configure, main

parser = argparse.ArgumentParser(
    prog="python -m specbind.emulators.supervisely", description="Emulate a Supervisely server."
)
configure(parser)
sys.exit(main(parser.parse_args()))
