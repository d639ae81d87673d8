"""Names that are free, and entities that are found by their name."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from specbind.supervisely.exceptions import ApiAnswerError, SuperviselyError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

__all__ = ["free_name", "single"]

T = TypeVar("T")
_TRIES = 1000


def single(found: Sequence[T], name: str) -> T | None:
    """The one entry, None when there is none. Raises ApiAnswerError for several."""
    if len(found) > 1:
        raise ApiAnswerError(f"the server gives {len(found)} entries of the name {name[:200]!r}; take one by its id")
    return found[0] if found else None


async def free_name(name: str, find: Callable[[str], Awaitable[object]]) -> str:
    """The name, or with `_001` and so on after it, so that nothing has it yet."""
    wanted = name
    for number in range(1, _TRIES):
        if await find(wanted) is None:
            return wanted
        wanted = f"{name}_{number:03d}"
    raise SuperviselyError(f"the name {name[:200]!r} is taken, with all numbers up to {_TRIES}; give another one")
