"""Contract cases: what each operation sends and how its answers are read, as JSON that no language has to itself."""

from __future__ import annotations

from .derive import derive, dump
from .model import Vectors, load

__all__ = ["Vectors", "derive", "dump", "load"]
