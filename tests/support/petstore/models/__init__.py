"""Types of Petstore, loaded on first use."""

from __future__ import annotations
from typing import TYPE_CHECKING

__all__ = ["Cat", "Dog", "NewPet", "Pet", "PetState", "Problem"]
if TYPE_CHECKING:
    from .group_1 import Cat as Cat, Dog as Dog, NewPet as NewPet, Pet as Pet, PetState as PetState, Problem as Problem
else:
    from .._runtime.lazy import lazy

    __getattr__, __dir__ = lazy(
        __name__,
        {
            "Cat": "group_1",
            "Dog": "group_1",
            "NewPet": "group_1",
            "Pet": "group_1",
            "PetState": "group_1",
            "Problem": "group_1",
        },
    )
