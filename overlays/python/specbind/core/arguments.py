"""Arguments of callers who have no type checker: a wrong one is told by its name before anything is sent."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["callback", "mapping", "number", "optional_text", "path", "paths", "text", "whole"]

C = TypeVar("C", bound="Callable[..., object] | None")


def number(name: str, value: object, *, unit: str, positive: bool = False) -> float:
    """A finite number from 0 on, or above 0.

    Args:
        name: name of the argument.
        value: what was given for it.
        unit: what the number counts, for the message.
        positive: whether 0 is refused.

    Raises:
        TypeError: it is no number.
        ValueError: it is negative, infinite or not a number, or 0 where that makes no sense.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is a number of {unit}, not {_shown(value)}")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found) or found < 0 or (positive and not found):
        least = "above 0" if positive else "from 0 on"
        raise ValueError(f"{name} is a finite number of {unit} {least}, not {_shown(value)}")
    return found


def whole(name: str, value: object, *, least: int | None = None, most: int | None = None) -> int:
    """A whole number within limits.

    Args:
        name: name of the argument.
        value: what was given for it.
        least: smallest number allowed, None for any.
        most: largest number allowed, None for any.

    Raises:
        TypeError: it is no whole number.
        ValueError: it lies outside of the limits.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} is a whole number, not {_shown(value)}")
    found = int(value)
    if (least is not None and found < least) or (most is not None and found > most):
        limits = f"from {least} on" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} is a whole number {limits}, not {_shown(value)}")
    return found


def text(name: str, value: object) -> str:
    """A text. Raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError(f"{name} is a str, not {_shown(value)}")
    return value


def optional_text(name: str, value: object) -> str | None:
    """A text or None. Raises TypeError for anything else."""
    return None if value is None else text(name, value)


def mapping(name: str, value: object) -> None:
    """Raise TypeError for what is no mapping."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} is a mapping of names to values, not {_shown(value)}")


def path(name: str, value: object) -> Path:
    """A path. Raises TypeError for anything else, ValueError for an empty one."""
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{name} is a path, not {_shown(value)}")
    shown = _shown(cast("object", value))
    found = os.fspath(cast("str | os.PathLike[str]", value))
    if not isinstance(found, str):  # pyright: ignore[reportUnnecessaryIsInstance] - paths of bytes exist
        raise TypeError(f"{name} is a path, not {shown}")
    if not found or "\0" in found:
        raise ValueError(f"{name} is a path, not {shown}")
    return Path(found)


def paths(name: str, value: object) -> None:
    """Raise TypeError for what is no list of paths, such as one path."""
    if isinstance(value, str | bytes | os.PathLike):
        raise TypeError(f"{name} is a list of paths, not one path: write [path]")
    if not isinstance(value, Iterable):
        raise TypeError(f"{name} is a list of paths, not {_shown(value)}")


def callback(name: str, value: C) -> C:
    """Something to call, or None. Raises TypeError for anything else."""
    if value is not None and not callable(value):
        raise TypeError(f"{name} is a function, not {_shown(value)}")
    return value


def _shown(value: object) -> str:
    """A value for a message: bounded, since it may be anything."""
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
