"""JSON of what is sent. Metadata are checked: a value that servers would keep as another one is told."""

from __future__ import annotations

import base64
import enum
import math
from collections.abc import Mapping, Sequence, Set
from datetime import date, time
from os import PathLike, fspath
from typing import Any, cast

import msgspec

from ._libraries import load
from ._patches import DELETE_KEY

__all__ = ["json_text", "plain_metadata", "plain_value"]

_DEPTH = 200
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
_BYTES = "data:application/octet-stream;base64,"


def json_text(value: object) -> bytes:
    """JSON of a value.

    Raises:
        TypeError: something in it has no JSON form.
    """
    return msgspec.json.encode(value, enc_hook=_plain)


def plain_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata as servers keep them.

    Tuples, sets and arrays become lists, times ISO 8601, bytes a `data:` URI in base64, paths their text.

    Raises:
        TypeError: they are no mapping, a key is no text, or a value has no JSON form.
        ValueError: a number is none of JSON (NaN, infinite), a whole number has more than 64 bits, or they are nested
            too deeply.
    """
    if not isinstance(metadata, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without types
        raise TypeError(f"metadata is a mapping of names to values, not {metadata!r:.80}")
    return cast("dict[str, Any]", plain_value(metadata))


def plain_value(value: object, path: str = "metadata", depth: int = 0) -> object:
    """A value of metadata as servers keep it; `DELETE_KEY` stays. Errors are those of `plain_metadata`."""
    if depth > _DEPTH:
        raise ValueError(f"metadata are nested more than {_DEPTH} deep")
    if value is None or value is DELETE_KEY or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):
        return plain_value(value.value, path, depth + 1)
    if isinstance(value, int | float):
        return _number(value, path)
    if isinstance(value, Mapping):
        return _mapping(cast("Mapping[object, object]", value), path, depth)
    text = _text(value)
    if text is not None:
        return text
    if isinstance(value, Sequence | Set):
        members = cast("Sequence[object] | Set[object]", value)
        return [plain_value(member, f"{path}[{number}]", depth + 1) for number, member in enumerate(members)]
    try:
        found = _of_numpy(value)
        return plain_value(msgspec.to_builtins(value) if found is None else found, path, depth + 1)
    except TypeError as error:
        raise TypeError(f"{path} is {value!r:.80}, which cannot be sent: it has no JSON form") from error


def _text(value: object) -> str | None:
    """The text of what is kept as one, None for anything else."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return _BYTES + base64.b64encode(cast("bytes", value)).decode()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(fspath(cast("PathLike[str]", value))) if isinstance(value, PathLike) else None


def _number(value: float, path: str) -> int | float:
    if isinstance(value, int):
        if not _SMALLEST <= value <= _LARGEST:
            raise ValueError(f"{path} is a whole number beyond 64 bits, which servers refuse; give it as text")
        return int(value)
    if not math.isfinite(value):
        raise ValueError(f"{path} is {value!r}, which servers would keep as null; give None or a text instead")
    return float(value)


def _mapping(value: Mapping[object, object], path: str, depth: int) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, member in value.items():
        if not isinstance(key, str):
            raise TypeError(f"a key of {path} is {key!r:.80}; keys of metadata are texts")
        found[str.__str__(key)] = plain_value(member, f"{path}[{key!r:.80}]", depth + 1)
    return found


def _of_numpy(value: object) -> object:
    """What a scalar or an array of numpy, or anything like it, holds; None for anything else.

    Raises:
        TypeError: it is a span of time, which would become a bare number.
    """
    anything: Any = value
    tolist = getattr(anything, "tolist", None)
    if not callable(tolist):
        return None
    kind = getattr(getattr(anything, "dtype", None), "kind", "")
    if kind == "m":
        raise TypeError("a span of time has no JSON form")
    return load("numpy").datetime_as_string(anything).tolist() if kind == "M" else tolist()


def _plain(value: object) -> object:
    anything: Any = value
    if isinstance(value, Mapping):
        return dict[Any, Any](anything)
    if isinstance(value, Set):
        return list[Any](anything)
    found = _of_numpy(value)
    if found is None:
        raise TypeError(f"{value!r:.80} cannot be sent: it has no JSON form")
    return found
