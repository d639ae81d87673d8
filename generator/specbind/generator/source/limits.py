"""Bounds against inputs that are made to exhaust the reader. Real documents stay far below all of them."""

from __future__ import annotations

__all__ = ["MAX_ALIASED_VALUES", "MAX_BYTES", "MAX_DEPTH", "MAX_FILES", "MAX_QUERIED_VALUES", "MAX_REFERENCE_HOPS"]

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of one document with all files that it refers to. The largest public document known has 13 MiB."""

MAX_DEPTH = 400
"""Nested JSON or YAML values. Public documents stay below 40."""

MAX_ALIASED_VALUES = 1_000_000
"""Values that YAML aliases may add to a document when written out."""

MAX_FILES = 10_000
"""Files of one document."""

MAX_REFERENCE_HOPS = 100
"""References that lead to references."""

MAX_QUERIED_VALUES = 10_000_000
"""Values that the targets of overlays may look at. The largest public document known has less than a million."""
