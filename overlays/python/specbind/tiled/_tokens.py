"""Tokens of a session, in memory and in files that only their owner can read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import cast
from urllib.parse import quote_plus

from ._folders import cache_folder

__all__ = ["TokenFiles", "tokens_of"]

_NAMES = ("access_token", "refresh_token", "id_token")
_LONGEST = 64 * 1024


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
        found: dict[str, str] = {}
        for name in _NAMES:
            try:
                with (self.folder / name).open(encoding="utf-8") as file:
                    text = file.read(_LONGEST + 1).strip()
            except (OSError, UnicodeDecodeError):
                continue
            if text and len(text) <= _LONGEST:
                found[name] = text
        return found

    def write(self, tokens: dict[str, str]) -> None:
        """Put tokens in place of those that are there. Each file has mode 0600 from its first byte on."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in _NAMES:
            if name not in tokens:
                (self.folder / name).unlink(missing_ok=True)
                continue
            handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=f".{name}-")  # made with mode 0600
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(tokens[name])
                Path(temporary).replace(self.folder / name)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise

    def clear(self) -> None:
        """Remove all tokens."""
        for name in _NAMES:
            (self.folder / name).unlink(missing_ok=True)


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
