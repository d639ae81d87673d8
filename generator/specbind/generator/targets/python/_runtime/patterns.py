"""Patterns of a spec that can be tried against hostile names without cost.

The regular expressions of a spec may take exponential time. Applied are those only that are a row of single items:
characters, classes, `.`, `\\d`, `\\w`, `\\s` and their opposites, each with an optional quantifier, between `^` and `$`
or without them; no groups, no alternatives, no references, and few quantifiers that repeat without end.
"""

from __future__ import annotations

import re

__all__ = ["LONGEST_NAME", "safe_pattern"]

LONGEST_NAME = 256
"""Characters of a name to which patterns are applied."""
_LONGEST_PATTERN = 200
_LARGEST_COUNT = 256
_ITEM = r"""(?x)
    (?P<item> \[\^? (?:\\[dDwWsStnrfv\\\]\[^$.|?*+(){}/-] | [^\\\]\[])+ \]   # a class
            | \\[dDwWsStnrfv\\\]\[^$.|?*+(){}/-]                             # an escape
            | \.
            | [^\\\]\[^$.|?*+(){}] )                                         # a character
    (?P<count> [*+?] | \{\d{1,4}(?:,\d{0,4})?\} )?
    """
"""Compiled on first use: few documents have patterns."""


def safe_pattern(pattern: str) -> re.Pattern[str] | None:
    """Give an expression whose `search` takes at most quadratic time in a bounded name, None where there is none."""
    if len(pattern) > _LONGEST_PATTERN:
        return None
    begins = pattern.startswith("^")
    body = pattern[1:] if begins else pattern
    ends = body.endswith("$") and not body.endswith("\\$")
    body = body[:-1] if ends else body
    item = re.compile(_ITEM)
    repeated = place = 0
    written: list[str] = []
    while place < len(body):
        found = item.match(body, place)
        if found is None:
            return None
        count = found["count"] or ""
        if any(int(number) > _LARGEST_COUNT for number in re.findall(r"\d+", count)):
            return None
        repeated += count not in {"", "?"} and not re.fullmatch(r"\{\d+\}", count)
        written.append(found["item"].replace(r"\/", "/") + count)
        place = found.end()
    if repeated > (2 if begins else 1):
        return None
    text = "".join(written)
    try:
        # `$` of Python also matches before a line break at the end
        return re.compile(("^" if begins else "") + text + (r"\Z" if ends else ""), re.ASCII)
    except (re.error, OverflowError):
        return None
