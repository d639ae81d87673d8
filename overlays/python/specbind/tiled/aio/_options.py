"""Options of a connection, in the forms that callers have them in."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from specbind.bindings._runtime import Timeout
from specbind.core import arguments

if TYPE_CHECKING:
    import os
    from pathlib import Path

__all__ = ["certificates", "header_pairs", "refuse_older", "time_limits", "truth"]

_DEFAULT = {"connect": 5.0, "read": 30.0, "pool": None}
_OLDER = {
    "username": "give ask=, or Context.password_grant and configure_auth",
    "auth_provider": "answer the question of the login by ask=, or name it in Context.password_grant",
    "prompt_for_reauthentication": "a session that has ended is a CannotRefreshAuthentication, and nobody is asked",
}


def time_limits(timeout: Timeout | Mapping[str, float | None] | float | None) -> Timeout:
    """Limits of time; `write` of a mapping counts as `read` where that is absent.

    Raises:
        TypeError: it is no such thing, or a limit is no number.
        ValueError: a number is not above 0, or a name is not known.
    """
    if isinstance(timeout, Timeout):
        return timeout
    if timeout is None:
        return Timeout(total=None, **_DEFAULT)
    if isinstance(timeout, int | float) and not isinstance(timeout, bool):
        seconds = arguments.number("timeout", timeout, unit="seconds", positive=True)
        return Timeout(total=None, connect=seconds, read=seconds, pool=None)
    own = getattr(timeout, "as_dict", None)  # httpx's
    given = own() if callable(own) else timeout
    if not isinstance(given, Mapping):
        raise TypeError(f"timeout is a number of seconds, a Timeout, a mapping or None, not {timeout!r:.80}")
    limits = cast("Mapping[object, object]", given)
    found = {str(name): _limit(str(name), value) for name, value in limits.items()}
    write = found.pop("write", None)
    unknown = sorted(set(found) - set(_DEFAULT))
    if unknown:
        raise ValueError(f"timeout knows connect, read, write and pool, not {', '.join(unknown)}")
    if write is not None:
        found.setdefault("read", write)
    return Timeout(total=None, **{**_DEFAULT, **found})


def _limit(name: str, value: object) -> float | None:
    return None if value is None else arguments.number(f"{name} of timeout", value, unit="seconds", positive=True)


def certificates(verify: bool | str | os.PathLike[str] | ssl.SSLContext) -> ssl.SSLContext | bool:
    """What `ssl` of the client takes, for what `verify` says.

    Raises:
        TypeError: it is no such thing.
        ValueError: there is no such file, or no certificate in it.
    """
    if isinstance(verify, bool | ssl.SSLContext):
        return verify
    path: Path = arguments.path("verify", verify)
    folder = path.is_dir()
    try:
        return ssl.create_default_context(cafile=None if folder else str(path), capath=str(path) if folder else None)
    except OSError as error:  # an SSLError is one
        raise ValueError(f"verify: {path} has no certificates that can be read: {error}") from error


def header_pairs(headers: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Headers of the caller. Their values are not in a message: they may be secrets.

    Raises:
        TypeError: they are no mapping of texts to texts.
        ValueError: there is a control character in one.
    """
    if headers is None:
        return ()
    if not isinstance(headers, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may be untyped
        raise TypeError(f"headers is a mapping of names to texts, not {type(headers).__name__}")
    for name, value in cast("Mapping[object, object]", headers).items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f"the header {name!r:.80} is no text with a text, but has a {type(value).__name__}")
        if not name or any(ord(character) < 32 and character != "\t" for character in name + value):
            raise ValueError(f"the header {name!r:.80} is empty or has a control character in it")
    return tuple(headers.items())


def truth(name: str, value: object) -> bool:
    """True or False. Raises TypeError for anything else."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} is True or False, not {value!r:.80}")
    return value


def refuse_older(auth: object, **older: object) -> None:
    """Warn of arguments that have no effect any more, as the official client does.

    Raises:
        TypeError: `auth` is given, which is an object of another HTTP library.
    """
    if auth is not None:
        raise TypeError(
            "auth= of the official client is an object of httpx, which is not used here: give api_key=, headers= with "
            "an Authorization of your own, or a context with configure_auth"
        )
    for name, value in older.items():
        if value is not None:
            warnings.warn(f"{name} has no effect: {_OLDER[name]}", UserWarning, stacklevel=3)
