"""A comparison as text for people, JSON for tools, or Markdown for a pull request."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from specbind.generator.diagnostics import printable

from .rules import Impact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from specbind.generator.diagnostics import Place

    from .compare import Comparison
    from .findings import Finding

__all__ = ["FORMATS", "render"]

_OPERATIONS_SHOWN = 5
_ROWS_SHOWN = 200
_HEADINGS = {
    Impact.BREAKING: "Breaks on the wire",
    Impact.SOURCE: "Breaks code that uses the package",
    Impact.ADDITION: "Additions",
    Impact.NOTE: "Notes",
}


def render(comparison: Comparison, places: Mapping[Finding, Place], form: str) -> str:
    """The comparison in one of `FORMATS`, ending in a line break. `places` are those of every finding."""
    return FORMATS[form](comparison, places) + "\n"


def _summary(comparison: Comparison) -> str:
    if not comparison.findings:
        return "no changes; suggested version bump: none"
    counts = Counter(found.impact for found in comparison.findings)
    words = ", ".join(f"{counts[impact]} {impact.word}" for impact in sorted(Impact, reverse=True) if counts[impact])
    return f"{words}; suggested version bump: {comparison.bump}"


def _text(comparison: Comparison, places: Mapping[Finding, Place]) -> str:
    lines: list[str] = []
    for found, *others in _alike(comparison.findings):
        place = places[found]
        lines.append(f"{place}  {found.impact.word} {found.rule}  {printable(found.message)}")
        if place.pointer:
            rest = f", and {len(others)} more place{'s' * (len(others) > 1)}" if others else ""
            lines.append(f"    at {printable(place.pointer)}{rest}")
        if operations := _operations(found, *others):
            lines.append(f"    in {printable(operations)}")
        if found.rule.hint and found.impact >= Impact.SOURCE:
            lines.append(f"    hint: {found.rule.hint}")
    lines.append(_summary(comparison))
    return "\n".join(lines)


def _alike(findings: Iterable[Finding]) -> list[list[Finding]]:
    """The same change in many places, such as a header of every call, together."""
    groups: dict[tuple[Impact, str, str], list[Finding]] = {}
    for found in findings:
        groups.setdefault((found.impact, found.rule, found.message), []).append(found)
    return list(groups.values())


def _operations(*findings: Finding) -> str:
    names = sorted({name for found in findings for name in found.operations})
    more = len(names) - _OPERATIONS_SHOWN
    return ", ".join(names[:_OPERATIONS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _json(comparison: Comparison, places: Mapping[Finding, Place]) -> str:
    changes = [
        {
            "code": str(found.rule),
            "impact": found.impact.word,
            "message": found.message,
            "meaning": found.rule.meaning,
            "hint": found.rule.hint,
            "flows": found.flows,
            "operations": found.operations,
            "document": "old" if found.removed else "new",
            "file": places[found].file,
            "line": places[found].line,
            "column": places[found].column,
            "pointer": places[found].pointer,
        }
        for found in comparison.findings
    ]
    counts = Counter(found.impact.word for found in comparison.findings)
    whole = {
        "old_version": comparison.old_version,
        "new_version": comparison.new_version,
        "bump": comparison.bump,
        "counts": {impact.word: counts[impact.word] for impact in sorted(Impact, reverse=True)},
        "changes": changes,
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()


def _markdown(comparison: Comparison, places: Mapping[Finding, Place]) -> str:
    lines = [f"**{_summary(comparison)}**"]
    for impact, heading in _HEADINGS.items():
        found = [item for item in comparison.findings if item.impact is impact]
        if not found:
            continue
        lines += ["", f"### {heading}", "", "| code | change | operations | place |", "|---|---|---|---|"]
        for item in found[:_ROWS_SHOWN]:
            cells = (_code(item.message), _code(_operations(item)), _code(str(places[item])))
            lines.append(f"| {item.rule} | {' | '.join(cells)} |")
        if len(found) > _ROWS_SHOWN:
            lines.append(f"\n... and {len(found) - _ROWS_SHOWN} more")
    return "\n".join(lines)


def _code(text: str) -> str:
    """Text of a spec as an HTML code element: no Markdown, no markup and no table cell can begin in it."""
    shown = printable(text)
    if not shown:
        return ""
    plain = "".join(letter if letter.isalnum() or letter in " -,:;=/.'" else f"&#{ord(letter)};" for letter in shown)
    return f"<code>{plain}</code>"


FORMATS: dict[str, Callable[[Comparison, Mapping[Finding, Place]], str]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
}
"""How a comparison is printed, by name."""
