"""Files to sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code

from . import json_text, yaml_text
from .error import ReadError
from .limits import MAX_BYTES
from .model import Source
from .pointer import tokens
from .text import decode

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Repeated", "load", "parse"]

Repeated = list[tuple[Code, str, str]]
"""Findings that do not stop reading: code, message, pointer."""

_OPERATION_DEPTH = 3


def load(path: Path, *, limit: int = MAX_BYTES) -> tuple[Source, Repeated]:
    """Read and parse one file of at most `limit` bytes. Raises ReadError."""
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except IsADirectoryError:
        message = "this is a folder, and it holds no protos"
        hint = "give the path of a document, or a folder of .proto files"
        raise ReadError(Code.UNREADABLE, message, hint=hint) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ReadError(
            Code.UNREADABLE, f"cannot read the file: {reason}", hint="give the path of a spec file"
        ) from None
    except ValueError:  # a NUL in the name
        raise ReadError(Code.UNREADABLE, "cannot read the file: not a file name") from None
    if len(content) > limit:
        raise ReadError(Code.TOO_LARGE, f"the input has more than {limit:,} bytes")
    return parse(path, content)


def parse(path: Path, content: bytes) -> tuple[Source, Repeated]:
    """Parse the bytes of a file as JSON where they look like it, else as YAML. Raises ReadError."""
    text = decode(content)
    stripped = text.lstrip()
    if not stripped:
        raise ReadError(Code.EMPTY, "the file is empty")
    if path.suffix.lower() == ".json" or stripped[0] in "{[":
        try:
            return _json(path, content, text)
        except ReadError as failure:
            # Flow style YAML also begins with a bracket.
            if failure.code is not Code.SYNTAX or path.suffix.lower() == ".json":
                raise
    return _yaml(path, content, text)


def _json(path: Path, content: bytes, text: str) -> tuple[Source, Repeated]:
    try:
        value = json_text.parse(text)
        found = [_twice(pointer) for pointer, _ in json_text.repeated_keys(text, value)]
    except RecursionError:
        raise json_text.too_deep(text) from None
    return Source(path, content, text, value, None), found


def _yaml(path: Path, content: bytes, text: str) -> tuple[Source, Repeated]:
    document = yaml_text.parse(text)
    found = [_twice(pointer) for pointer, _ in document.repeated]
    if document.more >= 0:
        found.append((Code.SEVERAL_DOCUMENTS, "the file holds several YAML documents; only the first is read", ""))
    return Source(path, content, text, document.value, document.marks), found


def _twice(pointer: str) -> tuple[Code, str, str]:
    """Near the root a key is an operation or holds some, so the earlier ones are lost."""
    parts = tokens(pointer)
    far = len(parts) > _OPERATION_DEPTH or (len(parts) > 1 and parts[0] not in ("paths", "webhooks"))
    code = Code.REPEATED_MEMBER if far else Code.DUPLICATE_KEY
    return code, "this key stands twice in one mapping; the last value counts", pointer
