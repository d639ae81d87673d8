"""The Jinja environment of every target: nothing undefined, nothing printed but `Code`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined

from .text import Code, UnsafeTextError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["make_environment"]


def make_environment(templates: Path, filters: Mapping[str, Callable[..., Code]]) -> Environment:
    """An environment over a folder of templates.

    `filters` are the target's writers: they take plan values and return Code. Jinja's own string filters return plain
    strings, so that their output is refused as well.
    """
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        finalize=_only_code,
        autoescape=False,  # noqa: S701  # the output is source code; _only_code is the guard
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(filters)
    return environment


def _only_code(value: object) -> Code:
    if isinstance(value, Code):
        return value
    if isinstance(value, Undefined):
        str(value)  # raises, naming what is missing
    raise UnsafeTextError(f"a template tried to print {type(value).__name__} {value!r:.60}")
