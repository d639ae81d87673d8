"""Tokens of a session, in memory and in files that only their owner can read."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import quote_plus

import msgspec

from ._folders import cache_folder
from ._views import DictView

try:
    import fcntl
except ImportError:  # Windows; there the order of reads and writes has to do
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["Kept", "TokenFiles", "TokenView", "tokens_of"]

_NAMES = ("access_token", "refresh_token", "id_token")  # an access token that was read is never newer than the rest
_REFRESH = "refresh_token"
_NOTE = "identity_provider"
_LOCK = ".lock"
_LONGEST = 64 * 1024
_PATIENCE, _PAUSE = 0.1, 0.005
"""Seconds: how long a lock is waited for, on event loops too, and between tries. It is held for some small files."""
_handles: set[int] = set()
"""Lock files that are open. A forked child closes its copies: one of them would hold the lock for good."""


class TokenView(DictView[str, str]):
    """Tokens by their names. They are not in its text, which ends up in notebooks and logs."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}=***' for name in self)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ANN401, ARG002 - IPython's printer
        printer.text(repr(self))


class Kept(NamedTuple):
    """What stands in the files: tokens, and token endpoint and client id of the identity provider that gave them."""

    tokens: dict[str, str]
    provider: tuple[str, str] | None


class _Note(msgspec.Struct, frozen=True):
    """Says who gave a refresh token. The digest ties it to that one: other clients replace tokens, and not this."""

    token_endpoint: str
    client_id: str
    refresh_token_sha256: str


class TokenFiles:
    """The folder of the tokens for one server, the same that the official client uses.

    Args:
        api_uri: address of the API; the folder is named after it.
        folder: the folder itself, for another place.
    """

    def __init__(self, api_uri: str, folder: Path | None = None) -> None:
        self.folder = folder or cache_folder() / "tokens" / quote_plus(api_uri)

    def read(self) -> dict[str, str]:
        """The tokens that are there; files that cannot be read count as absent."""
        return self.load().tokens

    def load(self) -> Kept:
        """The tokens that are there, all of one login, and who gave them."""
        with self._locked():
            return self._load()

    def write(self, tokens: dict[str, str], provider: tuple[str, str] | None = None) -> None:
        """Put tokens in place of those that are there. Each file has mode 0600 from its first byte on.

        A refresh token that has a note goes before the note does: no write that stops half-way leaves it alone.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        refresh_token = tokens.get(_REFRESH)
        texts = {name: tokens[name] for name in _NAMES if name in tokens}
        if provider is not None and refresh_token is not None:
            texts[_NOTE] = msgspec.json.encode(_Note(*provider, _digest(refresh_token))).decode()
        with self._locked():
            if os.path.lexists(self.folder / _NOTE):
                (self.folder / _REFRESH).unlink(missing_ok=True)
            for name in (_NOTE, *reversed(_NAMES)):
                if name in texts:
                    self._replace(name, texts[name])
                else:
                    (self.folder / name).unlink(missing_ok=True)

    def clear(self, only: str | None = None) -> None:
        """Remove all tokens; with `only`, if that refresh token, or none, is still the one that is kept."""
        if not self.folder.is_dir():
            return
        with self._locked():
            if only is not None and (self._text(_REFRESH) or only) != only:
                return
            for name in (*_NAMES, _NOTE):
                (self.folder / name).unlink(missing_ok=True)

    def _load(self) -> Kept:
        found = {name: text for name in _NAMES if (text := self._text(name))}
        if not os.path.lexists(self.folder / _NOTE):
            return Kept(found, None)
        try:
            note = msgspec.json.decode(self._text(_NOTE), type=_Note)
        except (msgspec.DecodeError, UnicodeEncodeError):
            found.pop(_REFRESH, None)  # nobody knows who gave it, so it is shown to nobody
            return Kept(found, None)
        # the digest of another one: the official client has put tokens of the server there, `write` leaves no such pair
        fits = note.refresh_token_sha256 == _digest(found.get(_REFRESH, ""))
        return Kept(found, (note.token_endpoint, note.client_id) if fits else None)

    def _text(self, name: str) -> str:
        try:
            with (self.folder / name).open(encoding="utf-8") as file:
                text = file.read(_LONGEST + 1).strip()
        except (OSError, UnicodeDecodeError):
            return ""
        return text if len(text) <= _LONGEST else ""

    def _replace(self, name: str, text: str) -> None:
        handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=f".{name}-")  # made with mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(temporary).replace(self.folder / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    @contextlib.contextmanager
    def _locked(self) -> Generator[None, None, None]:
        """Keep other processes out. One that has stopped half-way, or a folder that cannot lock, is not waited for."""
        try:
            handle = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:  # no such folder, or one that may only be read
            yield
            return
        _handles.add(handle)
        try:
            _lock(handle)
            yield
        finally:
            if handle in _handles:  # not in a child that was forked meanwhile
                _handles.discard(handle)
                os.close(handle)  # which lets go of the lock


def _close_copies() -> None:
    while _handles:
        with contextlib.suppress(OSError):
            os.close(_handles.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_copies)


def _lock(handle: int) -> None:
    until = time.monotonic() + _PATIENCE
    while fcntl is not None and time.monotonic() < until:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE)
        except OSError:
            return
        else:
            return


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def tokens_of(answer: object) -> dict[str, str]:
    """The tokens in the answer of a login or a refresh.

    Raises:
        ValueError: there is no access token in it.
    """
    members = cast("dict[str, object]", answer) if isinstance(answer, dict) else {}
    found = {name: text for name in _NAMES if isinstance(text := members.get(name), str) and text}
    if "access_token" not in found:
        raise ValueError("the answer has no access token in it")
    return found
