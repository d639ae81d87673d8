"""Types of Petstore, group 1."""

from __future__ import annotations

from datetime import datetime as DateTime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

# _runtime.model imports msgspec and the standard library only, never aiohttp: models stay cheap to import
from .._runtime.enums import OpenStr
from .._runtime.files import File
from .._runtime.model import UNSET, Model, UnsetType
from .._runtime.unions import ShapedUnion, UnknownVariant, Variant


class PetState(OpenStr):
    """State of a pet.  Unknown values are kept: PetState("new") is a member that compares equal to "new"."""

    AVAILABLE = "available"
    SOLD = "sold"


class Cat(Model, kw_only=True, rename={"pet_type": "petType"}):
    """A cat.  (schema Cat)"""

    pet_type: Literal["cat"]
    lives: int | UnsetType = UNSET
    """Lives left. Default: 9."""
    friend: Pet | UnsetType | None = UNSET
    state: PetState | UnsetType = UNSET
    born: DateTime | UnsetType = UNSET


class Dog(Model, kw_only=True, rename={"pet_type": "petType"}):
    """A dog."""

    pet_type: Literal["dog"]
    bark: str | UnsetType = UNSET


class NewPet(Model, kw_only=True):
    """Multipart body of addPet"""

    name: str
    photo: File
    extra: dict[str, Any] | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET


class Problem(Model, kw_only=True):
    """Error body."""

    error: str


# A union that msgspec refuses (two Structs): a class whose decode hook picks the variant. Checkers see the union.
if TYPE_CHECKING:
    Pet: TypeAlias = Cat | Dog | UnknownVariant
else:
    Pet = ShapedUnion(
        "Pet",
        lambda: (
            Variant(Cat, tags=("cat",)),  # tags: discriminator values
            Variant(Dog, tags=("dog",)),
        ),
        discriminator="petType",  # wire name; "" = by shape
    )
# by shape: Variant(Cat, required=("petType",), known=("petType", "lives")): wire names that must / may be there;
# scalars and lists are variants too: Variant(str), Variant(list[int]). ShapedUnion tries, in order: JSON kind,
# then required members, then most known members, then msgspec.convert; the first that converts wins, and if none does it
# raises with what each variant said. With a discriminator and an unknown tag: UnknownVariant(tag, value) which
# encodes back to `value`.
