"""Parameters and headers compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from specbind.generator.ir.model import Presence

from .members import compare_defaults, compare_presence
from .rules import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.generator.ir.model import Parameter

    from .findings import Site
    from .types import TypeComparison

__all__ = ["compare_parameters", "path_names"]

_NAME = re.compile(r"\{([^{}]*)\}")


def path_names(old: str, new: str) -> dict[str, str]:
    """Old names of path parameters and the new ones at the same place."""
    before, after = _NAME.findall(old), _NAME.findall(new)
    return dict(zip(before, after, strict=True)) if len(before) == len(after) else {}


def compare_parameters(
    types: TypeComparison,
    old: Sequence[Parameter],
    new: Sequence[Parameter],
    site: Site,
    *,
    noun: str = "parameter",
    renamed: dict[str, str] | None = None,
) -> None:
    """Compare what stands in path, query, headers and cookies. `renamed` are names of path parameters, old to new."""
    names = renamed or {}
    after = {_key(parameter): parameter for parameter in new}
    before = {_key(parameter, names): parameter for parameter in old}
    gone = [parameter for key, parameter in before.items() if key not in after]
    added = [parameter for key, parameter in after.items() if key not in before]
    for key, parameter in before.items():
        if key in after:
            _compare(types, parameter, after[key], _within(site, parameter, after[key], noun))
    for parameter in gone:
        moved = next((other for other in added if other.wire == parameter.wire), None)
        if moved is not None:
            added.remove(moved)
            words = f"was in {parameter.location}, is in {moved.location}"
            types.log.add(Rule.PARAMETER_MOVED, _within(site, parameter, moved, noun), words)
            _compare(types, parameter, moved, _within(site, parameter, moved, noun), moved=True)
        else:
            within = _within(site, parameter, parameter, noun)
            types.log.add(Rule.PARAMETER_REMOVED, within, f"the {noun} is gone", removed=True)
    for parameter in added:
        required = parameter.presence is Presence.REQUIRED
        rule = Rule.PARAMETER_ADDED_REQUIRED if required else Rule.PARAMETER_ADDED
        words = f"the {noun} is new{', and required' if required else ''}"
        types.log.add(rule, _within(site, parameter, parameter, noun), words)


def _key(parameter: Parameter, renamed: dict[str, str] | None = None) -> tuple[str, str]:
    name = parameter.wire
    if parameter.location == "path":
        name = (renamed or {}).get(name, name)
    elif parameter.location == "header":
        name = name.lower()
    return parameter.location, name


def _within(site: Site, old: Parameter, new: Parameter, noun: str) -> Site:
    where = f"{new.location} {noun}" if noun == "parameter" else noun
    return site.inside(f"{' ' if site.label else ''}{where} {new.wire}", old.source, new.source)


def _compare(types: TypeComparison, old: Parameter, new: Parameter, site: Site, *, moved: bool = False) -> None:
    log = types.log
    if old.wire.lower() != new.wire.lower():
        log.add(Rule.PARAMETER_RENAMED, site, f"was called {old.wire}")
    if not moved and (old.style, old.explode, old.media) != (new.style, new.explode, new.media):
        log.add(Rule.PARAMETER_STYLE, site, f"was written as {_style(old)}, is as {_style(new)}")
    if old.allow_empty and not new.allow_empty:
        log.add(Rule.EMPTY_REFUSED, site, "may no longer be empty")
    if old.allow_reserved != new.allow_reserved or (new.allow_empty and not old.allow_empty):
        log.add(Rule.PARAMETER_ENCODING, site, "allowReserved or allowEmptyValue has changed")
    if old.deprecated != new.deprecated:
        log.add(Rule.DEPRECATED if new.deprecated else Rule.UNDEPRECATED, site, "its use")
    compare_presence(log, old.presence, new.presence, site)
    compare_defaults(log, old, new, site)
    types.compare(old.type, new.type, site)


def _style(parameter: Parameter) -> str:
    return parameter.media or f"{parameter.style}{', exploded' if parameter.explode else ''}"
