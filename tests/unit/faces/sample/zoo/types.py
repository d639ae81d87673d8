"""What both sides share."""

from __future__ import annotations

from enum import Enum


class Mood(Enum):
    """How it feels."""

    CALM = 1


class ZooError(Exception):
    """Something went wrong."""
