"""Text of our own async source on its way into a face: the only place where it becomes code."""

from __future__ import annotations

import re
import textwrap

from specbind.generator.emit.text import Code, identifier, written

__all__ = ["docstring", "names", "source"]

_ASYNC_BLOCK = re.compile(r"\basync (?=with\b|for\b|def\b)")
_AWAIT_CALL = re.compile(r"\bawait (?=[\w.]+[(\[])")
_ASYNC_CALLBACK = re.compile(r"[;,] may be asynchronous\b")


def source(text: str) -> Code:
    """Python that was written with `ast.unparse` from the async source, or by the plan."""
    return written(text)


def names(values: list[str]) -> Code:
    """The items of `__all__`."""
    return written(", ".join(f'"{identifier(value)}"' for value in values))


def docstring(text: str, module: str, indent: int) -> Code:
    """A docstring of the async source, with its examples made synchronous, indented by `indent` columns."""
    sync = _ASYNC_CALLBACK.sub("", _AWAIT_CALL.sub("", _ASYNC_BLOCK.sub("", text))).replace(
        module, module.removesuffix(".aio")
    )
    safe = sync.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if safe.endswith('"'):
        safe = safe[:-1] + '\\"'
    if "\n" not in safe:
        return written(f'"""{safe}"""')
    body = textwrap.indent(safe, " " * indent).lstrip()
    return written(f'"""{body}\n{" " * indent}"""')
