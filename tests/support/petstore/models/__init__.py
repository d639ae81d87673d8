"""Types of Petstore, loaded on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["Cat", "Dog", "NewPet", "Pet", "PetState", "Problem"]
if TYPE_CHECKING:
    from .group_1 import Cat as Cat
    from .group_1 import Dog as Dog
    from .group_1 import NewPet as NewPet
    from .group_1 import Pet as Pet
    from .group_1 import PetState as PetState
    from .group_1 import Problem as Problem
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
