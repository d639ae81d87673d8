"""Declared answers, and how one is found for an answer that came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .payloads import Codec, Json, Typed, is_json, is_msgpack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .parameters import Header

__all__ = ["Choice", "Replies", "Reply", "media_name", "media_text", "names", "select_codec"]

_MOST_CHOICES = 64
_WITHOUT_BODY = frozenset({204, 205, 304})


class Reply:
    """One declared answer.

    Args:
        status: "200", "4XX" or "default".
        codecs: its media types; none for an answer without content.
        error: whether it is raised.
        headers: its declared headers.
    """

    __slots__ = ("codecs", "error", "headers", "status")

    def __init__(self, status: str, *codecs: Codec, error: bool = False, headers: tuple[Header, ...] = ()) -> None:
        self.status = status.upper() if status != "default" else status
        self.codecs = codecs
        self.error = error
        self.headers = headers


class Choice:
    """How answers of one status and one Content-Type are read.

    Once one was read, `read` is the short way for the next: the bare decoder, for lists and for contents without
    `needle`.
    """

    __slots__ = ("codec", "error", "failure", "needle", "problem", "read", "stream")

    def __init__(self, codec: Codec | None, *, error: bool, problem: str = "") -> None:
        self.codec = codec
        self.error = error
        self.problem = problem
        self.stream = codec is not None and codec.stream and not error
        self.failure = codec if isinstance(codec, Typed) and codec.failure is not None and not error else None
        self.needle = None if self.failure is None else self.failure.needle
        self.read: Callable[[bytes], Any] | None = None


class Replies:
    """The declared answers of an operation, and which of them an answer is.

    Attributes:
        choices: what was found before, by status and Content-Type.
    """

    __slots__ = ("_by_status", "_declared", "choices")

    def __init__(self, declared: tuple[Reply, ...]) -> None:
        self._declared = declared
        self._by_status = {reply.status: reply for reply in declared}
        self.choices: dict[tuple[int, str | None], Choice] = {}

    def choose(self, status: int, content_type: str | None) -> Choice:
        """Say how an answer of this status and Content-Type is read."""
        choice = self.choices.get((status, content_type))
        if choice is None:
            choice = self._find(status, content_type)
            if len(self.choices) < _MOST_CHOICES:  # a server may invent media types without end
                self.choices[status, content_type] = choice
        return choice

    def headers(self, status: int) -> dict[str, Header]:
        """Give all declared headers by their names in small letters; those of the status go before others."""
        found: dict[str, Header] = {}
        own = self._reply(status)
        for reply in (*([own] if own is not None else []), *self._declared):
            for header in reply.headers:
                found.setdefault(header.name.lower(), header)
        return found

    def codecs(self, status: int) -> tuple[Codec, ...]:
        """Give the codecs that are declared for a status."""
        reply = self._reply(status)
        return () if reply is None else reply.codecs

    def _find(self, status: int, content_type: str | None) -> Choice:
        reply = self._reply(status)
        error = reply.error if reply is not None else not 200 <= status <= 299
        codec: Codec | None = None
        problem = ""
        if reply is None:
            if not error and any(other.codecs for other in self._declared if not other.error):
                problem = f"the answer has the status {status}, which is not declared"
        elif reply.codecs and status not in _WITHOUT_BODY:
            codec = select_codec(reply.codecs, content_type)
            if codec is None and not error:
                said = (content_type or "without a media type")[:100]
                problem = f"the answer is {said!r} and {names(reply.codecs)} is declared"
        return Choice(codec, error=error, problem=problem)

    def _reply(self, status: int) -> Reply | None:
        found = self._by_status.get(str(status)) or self._by_status.get(f"{status // 100}XX")
        if found is None and "default" in self._by_status:
            found = self._by_status["default"]
            success = 200 <= status <= 299
            if not found.error and not success:
                return Reply("default", *found.codecs, error=True, headers=found.headers)
            if found.error and success:
                return None
        return found


def select_codec(codecs: tuple[Codec, ...], content_type: str | None) -> Codec | None:
    """Give the codec for an answer's Content-Type: exact, of the same format, a range, the only JSON one."""
    only_json = [codec for codec in codecs if isinstance(codec, Json)]
    if not content_type:
        return codecs[0] if len(codecs) == 1 else (only_json[0] if len(only_json) == 1 else None)
    media = media_name(content_type)
    declared = [(media_name(codec.media), codec) for codec in codecs]
    exact = [codec for name, codec in declared if name == media]
    if exact:
        wanted = media_text(content_type)
        return next((codec for codec in exact if media_text(codec.media) == wanted), exact[0])
    for same in (is_json, is_msgpack):
        if same(media):
            for name, codec in declared:
                if same(name):
                    return codec
    for name, codec in declared:
        if name.endswith("/*") and (name == "*/*" or media.startswith(name[:-1])):
            return codec
    if len(only_json) == 1 and (is_json(media) or media in {"text/plain", "application/octet-stream"}):
        return only_json[0]
    return None


def media_name(media: str) -> str:
    """Give a media type without its parameters, in small letters."""
    return media.partition(";")[0].strip().lower()


def media_text(media: str) -> str:
    """Give a media type with its parameters in one way of writing."""
    return ";".join(piece.strip() for piece in media.lower().split(";"))


def names(codecs: Sequence[Codec]) -> str:
    return " or ".join(codec.media for codec in codecs)
