"""What generated models import: cheap, never the network side."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from .enums import OpenFloat, OpenInt, OpenStr, is_known
from .files import File
from .unions import ShapedUnion, UnknownVariant, Variant

__all__ = [
    "UNSET",
    "File",
    "Model",
    "OpenFloat",
    "OpenInt",
    "OpenStr",
    "ShapedUnion",
    "UnknownVariant",
    "UnsetType",
    "Variant",
    "is_known",
]


class Model(Struct):
    """Base of every generated type. It has no members of its own: they would collide with those of a spec."""
