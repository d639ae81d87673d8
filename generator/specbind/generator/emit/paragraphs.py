"""Prose of a spec laid out in lines, for comments of any language. Lines are still text of the spec."""

from __future__ import annotations

import re
import textwrap

from .text import Code, SpecText, written

__all__ = ["clean_lines", "markdown", "wrapped"]

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_SPACED = re.compile(r"[^\S ]|  ")
_MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~!])")


def clean_lines(text: str) -> list[str]:
    """Lines without trailing blanks, tabs as blanks, at most one empty line in a row."""
    lines: list[str] = []
    for raw in _LINE_BREAK.split(text.strip()):
        line = raw.replace("\t", "    ").rstrip()
        if line or (lines and lines[-1]):
            lines.append(line)
    return lines


def wrapped(line: str, width: int) -> list[str]:
    """A line cut at blanks; Markdown that a cut would break (tables, code, headings) stays whole."""
    if len(line) <= width or line.lstrip().startswith(("|", "#", "`", ">")):
        return [line]
    lead = line[: len(line) - len(line.lstrip())]
    mark = re.match(r"\s*(?:[-*+]|\d+\.) ", line)
    rest = " " * len(mark.group()) if mark else lead
    words = line[len(lead) :].split(" ")
    if _SPACED.search(line, len(lead)) or len(lead) + len(words[0]) > width:
        return textwrap.wrap(
            line, width, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
        ) or [line]
    return _filled(words, lead, rest, width)


def _filled(words: list[str], lead: str, rest: str, width: int) -> list[str]:
    """What textwrap makes of words that single blanks separate, in a fraction of its time: most prose is so."""
    lines: list[str] = []
    current = lead + words[0]
    for word in words[1:]:
        if len(current) + 1 + len(word) <= width:
            current = f"{current} {word}"
        else:
            lines.append(current)
            current = rest + word
    return [*lines, current]


def markdown(text: SpecText) -> Code:
    """Plain text for one line of Markdown: no markup of the spec survives, and no address becomes a link."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text.reveal()).split())
    return written(_MARKDOWN_SIGNS.sub(r"\\\1", line[:300]).replace("://", ":\u200b//").replace("www.", "www\u200b."))
