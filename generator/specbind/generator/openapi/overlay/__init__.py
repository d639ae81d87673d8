"""Overlay documents (OpenAPI Initiative, version 1.0): changes to a raw document before it is read."""

from .apply import apply_overlays
from .edits import Edits

__all__ = ["Edits", "apply_overlays"]
