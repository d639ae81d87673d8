"""Cuts the types into modules of about fifty, so that using a few does not load all.

A module is a union of strongly connected components in topological order: a type and those it depends on in a circle
stand together, and imports between modules make no cycle (docs/design/groups.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .graph import components, references, types_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model import Definition

__all__ = ["GROUP_SIZE", "cut_groups"]

GROUP_SIZE = 50


def cut_groups(definitions: Sequence[Definition]) -> list[list[Definition]]:
    """The definitions in groups, each after the groups that it needs."""
    by_id = {definition.id: definition for definition in definitions}
    edges = {definition.id: tuple(dict.fromkeys(references(types_of(definition)))) for definition in definitions}
    groups: list[list[Definition]] = []
    for component in components(edges):
        if not groups or len(groups[-1]) >= GROUP_SIZE or len(groups[-1]) + len(component) > 2 * GROUP_SIZE:
            groups.append([])
        groups[-1].extend(by_id[name] for name in component)
    return groups
