"""Which places of two documents answer to each other, by what was compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from specbind.generator.diagnostics import Diagnostics

__all__ = ["Owners"]


class Owners:
    """Places of two documents in groups: those that were compared with each other, directly or through a third.

    Attributes:
        old: the group of every place of the old document, by its JSON pointer.
        new: the same for the new one.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._above: dict[tuple[int, str], tuple[int, str]] = {}
        for before, after in pairs:
            one, other = self._first((0, before)), self._first((1, after))
            if one != other:
                self._above[one] = other
        numbers: dict[tuple[int, str], int] = {}
        self._places: dict[int, tuple[list[str], list[str]]] = {}
        self.old: dict[str, int] = {}
        self.new: dict[str, int] = {}
        for key in list(self._above):
            number = numbers.setdefault(self._first(key), len(numbers))
            (self.old, self.new)[key[0]][key[1]] = number
            self._places.setdefault(number, ([], []))[key[0]].append(key[1])

    def _first(self, key: tuple[int, str]) -> tuple[int, str]:
        self._above.setdefault(key, key)
        while (above := self._above[key]) != key:
            self._above[key] = self._above[above]  # shorter for whoever comes next
            key = above
        return key

    def several(self, group: int) -> bool:
        """Whether a group has more than one place in either document, as where a reference was written out."""
        return any(len(places) > 1 for places in self._places[group])

    def answers(self, group: int, path: str, document: Diagnostics, *, side: int) -> bool:
        """Whether one of the group's places in a document, 0 or 1, has a schema at this path, or paths say nothing."""
        return not path or self.several(group) or any(document.holds(at + path) for at in self._places[group][side])
