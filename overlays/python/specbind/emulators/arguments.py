"""Texts of the command line as values: what the options of all emulators share."""

from __future__ import annotations

import argparse
import sys

__all__ = ["count", "port", "positive", "text"]


def port(value: str) -> int:
    """A TCP port from 0 to 65535."""
    return _whole(value, 0, 65535, "a port is a number from 0 to 65535")


def count(value: str) -> int:
    """A whole number of at least 1."""
    return _whole(value, 1, sys.maxsize, "a whole number of at least 1 is wanted")


def text(value: str) -> str:
    """A text that is not blank."""
    if not value.strip():
        raise argparse.ArgumentTypeError("something has to stand here; as an address, 0.0.0.0 means all of them")
    return value


def positive(value: str) -> float:
    """A finite number above 0."""
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"a number above 0 is wanted, not {value!r}")
    return number


def _whole(value: str, least: int, most: int, wanted: str) -> int:
    number = int(value) if value.isascii() and value.isdecimal() and len(value) < 20 else least - 1
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{wanted}, not {value!r}")
    return number
