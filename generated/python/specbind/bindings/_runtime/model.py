"""What generated models import: cheap, never the network side."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field

from .enums import OpenFloat, OpenInt, OpenStr, is_known
from .files import File
from .int_text import Int64Text, UInt64Text
from .open_model import OpenModel, no_members, replace
from .unions import ShapedUnion, UnknownVariant, Variant

__all__ = [
    "UNSET",
    "File",
    "Int64Text",
    "Model",
    "OpenFloat",
    "OpenInt",
    "OpenModel",
    "OpenStr",
    "ShapedUnion",
    "UInt64Text",
    "UnknownVariant",
    "UnsetType",
    "Variant",
    "field",
    "is_known",
    "no_members",
    "replace",
]


class Model(Struct):
    """Base of every generated type. It has no members of its own: they would collide with those of a spec."""
