"""What a server says beside its answer: metadata before and behind it."""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import TYPE_CHECKING

from multidict import MultiDict

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["Reply"]


class Reply:
    """Notes the metadata of the last call that is begun inside of it, also of one that fails.

        with Reply() as reply:
            receipt = await shop.buy(order)
        print(reply.trailers["cost"])

    Attributes:
        headers: metadata that came before the first answer; there as soon as it was read.
        trailers: metadata that came behind the last answer.
        attempts: how often the call was sent.

    Names are in lower case; values of names that end in `-bin` are bytes. A name may occur several times (`getall`).
    """

    def __init__(self) -> None:
        self.headers: MultiDict[str | bytes] = MultiDict()
        self.trailers: MultiDict[str | bytes] = MultiDict()
        self.attempts = 0
        self._tokens: list[Token[Reply | None]] = []

    def begin(self, attempt: int) -> None:
        """Forget what an attempt before said."""
        self.headers = MultiDict()
        self.trailers = MultiDict()
        self.attempts = attempt

    @staticmethod
    def current() -> Reply | None:
        """The innermost one that is entered, None outside of all."""
        return _CURRENT.get()

    def __enter__(self) -> Self:
        self._tokens.append(_CURRENT.set(self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _CURRENT.reset(self._tokens.pop())


_CURRENT: ContextVar[Reply | None] = ContextVar("specbind_reply", default=None)
