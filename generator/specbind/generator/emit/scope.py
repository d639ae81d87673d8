"""Names: who has which name in a scope, and which symbols of other modules a module uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from .text import Identifier, identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["ImportedName", "ModuleScope", "NameScope", "Symbol"]


class NameScope:
    """Gives each asker a name of its own.

    The fixed rule: the first asker gets the name, later ones get it with `_2`, `_3`, ... in the order of asking; a
    reserved name gets `_` first.
    `collided` is told of every name that was not given as wanted (wanted, given). With `fold`, names that differ only
    in case collide too (file names).
    """

    def __init__(
        self,
        reserved: Iterable[str] = (),
        collided: Callable[[str, str], None] | None = None,
        *,
        fold: bool = False,
    ) -> None:
        self._fold = fold
        self._reserved = {self._key(name) for name in reserved}
        self._taken = set(self._reserved)
        self._next: dict[str, int] = {}
        self._collided = collided

    def _key(self, name: str) -> str:
        return name.casefold() if self._fold else name

    def __contains__(self, name: str) -> bool:
        return self._key(name) in self._taken

    def take(self, wanted: Identifier) -> Identifier:
        """`wanted`, or the next free name made of it."""
        if self._key(wanted) in self._reserved:
            given = identifier(f"{wanted}_")
            if self._collided:
                self._collided(wanted, given)
            return self.take(given) if self._key(given) in self._taken else self._taken_now(given)
        given = wanted
        number = self._next.get(self._key(wanted), 2)
        while self._key(given) in self._taken:
            given = identifier(f"{wanted}_{number}")
            number += 1
        if given != wanted:
            self._next[self._key(wanted)] = number
            if self._collided:
                self._collided(wanted, given)
        return self._taken_now(given)

    def _taken_now(self, given: Identifier) -> Identifier:
        self._taken.add(self._key(given))
        return given


class Symbol(Struct, frozen=True, order=True):
    """Something that a module has to import: `name` from `module`. `local` is the name wanted for it here."""

    module: str
    name: str
    local: str = ""
    typing_only: bool = False


class ImportedName(Struct, frozen=True, order=True):
    """One import that a module needs: `from module import name as local`."""

    module: str
    name: str
    local: str
    typing_only: bool


class ModuleScope:
    """The symbols that one output module uses. Imports are a consequence of `use`, never a list kept by hand.

    `taken` are the module's own top-level names, `shadowed` the names of members of its types, which hide a name from
    outside inside the type.
    """

    def __init__(self, taken: Iterable[str] = (), shadowed: Iterable[str] = ()) -> None:
        self._names = set(taken) | set(shadowed)
        self._given: dict[tuple[str, str], Identifier] = {}
        self._runtime: dict[tuple[str, str], bool] = {}

    def __contains__(self, wanted: str | Symbol) -> bool:
        """Whether a name is taken, or a symbol in use."""
        return wanted in self._names if isinstance(wanted, str) else (wanted.module, wanted.name) in self._given

    def use(self, symbol: Symbol) -> Identifier:
        """The local name of the symbol; from now on the module imports it."""
        key = (symbol.module, symbol.name)
        if key not in self._given:
            local = symbol.local or symbol.name
            while local in self._names:
                local += "_"
            self._names.add(local)
            self._given[key] = identifier(local)
            self._runtime[key] = False
        if not symbol.typing_only:
            self._runtime[key] = True
        return self._given[key]

    def imports(self) -> list[ImportedName]:
        """What the module imports, sorted."""
        return sorted(
            ImportedName(module, name, local, not self._runtime[module, name])
            for (module, name), local in self._given.items()
        )
