"""Bytes and where they came from: files, JSON and YAML with places, references, limits."""

from .error import ReadError
from .limits import MAX_BYTES, MAX_DEPTH
from .load import load, parse
from .model import Source
from .report import Report, locate
from .workspace import MISSING, Missing, Workspace

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MISSING",
    "Missing",
    "ReadError",
    "Report",
    "Source",
    "Workspace",
    "load",
    "locate",
    "parse",
]
