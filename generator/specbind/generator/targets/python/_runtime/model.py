"""What every group of generated models imports: cheap, never the network side."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field

__all__ = ["UNSET", "Model", "UnsetType", "field"]


class Model(Struct):
    """Base of every generated type. It has no members of its own: they would collide with those of a spec."""
