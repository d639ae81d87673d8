"""Options of a connection, in the forms that callers have them in."""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING, cast

from specbind.bindings._runtime import Timeout

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["certificates", "time_limits"]

_DEFAULT = {"connect": 5.0, "read": 30.0, "pool": None}


def time_limits(timeout: Timeout | Mapping[str, float | None] | float | None) -> Timeout:
    """Limits of time; `write` of a mapping counts as `read` where that is absent.

    Raises:
        ValueError: a number is not above 0, or a name is not known.
    """
    if isinstance(timeout, Timeout):
        return timeout
    if timeout is None:
        return Timeout(total=None, **_DEFAULT)
    if isinstance(timeout, int | float):
        return Timeout(total=None, connect=timeout, read=timeout, pool=None)
    own = getattr(timeout, "as_dict", None)  # httpx's
    given = cast("Mapping[str, float | None]", own() if callable(own) else timeout)
    found: dict[str, float | None] = dict(given)
    write = found.pop("write", None)
    unknown = sorted(set(found) - set(_DEFAULT))
    if unknown:
        raise ValueError(f"timeout knows connect, read, write and pool, not {', '.join(unknown)}")
    if write is not None:
        found.setdefault("read", write)
    return Timeout(total=None, **{**_DEFAULT, **found})


def certificates(verify: bool | str | os.PathLike[str] | ssl.SSLContext) -> ssl.SSLContext | bool:
    """What `ssl` of the client takes, for what `verify` says."""
    if isinstance(verify, bool | ssl.SSLContext):
        return verify
    path = os.fspath(verify)
    folder = os.path.isdir(path)  # noqa: PTH112 - as the standard library wants it
    return ssl.create_default_context(cafile=None if folder else path, capath=path if folder else None)
