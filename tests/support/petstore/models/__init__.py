"""Types of Petstore, loaded on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "Anything",
    "Cat",
    "Closed",
    "CountHeaders",
    "Dog",
    "Headers",
    "Labels",
    "NewPet",
    "Pet",
    "PetState",
    "Problem",
    "Tick",
]
if TYPE_CHECKING:
    from .group_1 import Cat as Cat
    from .group_1 import Dog as Dog
    from .group_1 import NewPet as NewPet
    from .group_1 import Pet as Pet
    from .group_1 import PetState as PetState
    from .group_1 import Problem as Problem
    from .group_2 import Anything as Anything
    from .group_2 import Closed as Closed
    from .group_2 import CountHeaders as CountHeaders
    from .group_2 import Headers as Headers
    from .group_2 import Labels as Labels
    from .group_2 import Tick as Tick
else:
    from .._runtime.lazy import lazy

    __getattr__, __dir__ = lazy(
        __name__,
        {
            "Anything": "group_2",
            "Cat": "group_1",
            "Closed": "group_2",
            "CountHeaders": "group_2",
            "Dog": "group_1",
            "Headers": "group_2",
            "Labels": "group_2",
            "NewPet": "group_1",
            "Pet": "group_1",
            "PetState": "group_1",
            "Problem": "group_1",
            "Tick": "group_2",
        },
    )
