"""What a comparison finds, and which operations it touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from msgspec import Struct

from .rules import Flow, Impact, Rule  # noqa: TC001  # msgspec reads annotations at run time

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

__all__ = ["Finding", "Log", "Node", "Site"]

Node: TypeAlias = "tuple[str, str, Flow]"
"""Where a comparison stands: two definitions and a flow, or `("", operation id, flow)`."""


class Finding(Struct, frozen=True, kw_only=True):
    """One change.

    `source` is its location in the new document, in the old one where `removed`; `flows` say which ways the value
    goes; `operations` are the ids of those that it touches, none where no operation does.
    """

    rule: Rule
    impact: Impact
    message: str
    source: str = ""
    removed: bool = False
    flows: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()


class Site(NamedTuple):
    """A place that both versions have: `label` names it for people, the sources are its locations."""

    node: Node
    label: str
    old: str = ""
    new: str = ""

    def inside(self, step: str, old: str = "", new: str = "") -> Site:
        """A place within; its locations default to those of the whole."""
        return Site(self.node, f"{self.label}{step}", old or self.old, new or self.new)


class Log:
    """Collects changes and how places lead to each other; `findings` joins what is the same change."""

    def __init__(self) -> None:
        self._found: dict[tuple[Rule, str, str, bool], dict[Node, None]] = {}
        self._users: dict[Node, dict[Node, None]] = {}

    def add(self, rule: Rule, site: Site, message: str, *, removed: bool = False, source: str = "") -> None:
        """Record a change at a site; `source` is given where it is not that of the site."""
        place = source or (site.old if removed else site.new)
        text = f"{site.label}: {message}" if site.label else message
        self._found.setdefault((rule, text, place, removed), {})[site.node] = None

    def leads(self, user: Node, used: Node) -> None:
        """Record that what is found at `used` touches `user`."""
        self._users.setdefault(used, {})[user] = None

    def places(self, rules: Container[Rule], *, removed: bool) -> set[str]:
        """Where changes by some rules stand, in the old document if `removed`."""
        return {place for rule, _, place, gone in self._found if rule in rules and gone is removed}

    def __len__(self) -> int:
        return len(self._found)

    def findings(self) -> tuple[Finding, ...]:
        """Every change once, heaviest first, then by code and place."""
        made = [
            Finding(
                rule=rule,
                impact=max(rule.impact(node[2]) for node in nodes),
                message=message,
                source=source,
                removed=removed,
                flows=tuple(sorted({node[2].value for node in nodes})),
                operations=self._operations(nodes),
            )
            for (rule, message, source, removed), nodes in self._found.items()
        ]
        return tuple(sorted(made, key=lambda item: (-item.impact, item.rule, item.source, item.message)))

    def _operations(self, nodes: Iterable[Node]) -> tuple[str, ...]:
        seen = dict.fromkeys(nodes)
        stack = list(seen)
        while stack:
            for user in self._users.get(stack.pop(), ()):
                if user not in seen:
                    seen[user] = None
                    stack.append(user)
        return tuple(sorted({name for old, name, _ in seen if not old and name}))
