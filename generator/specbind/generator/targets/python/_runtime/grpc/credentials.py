"""Credentials of rpcs: what they send as metadata, and how they are renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ..credentials import Bearer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..credentials import TokenSource

__all__ = ["RpcCredentials", "RpcToken"]


class RpcCredentials(Protocol):
    """What signs calls. Both methods may run for many calls at once and should do their work once for all of them."""

    async def metadata(self) -> Mapping[str, str]:
        """Give the metadata of the next call, as `{"authorization": "Bearer ..."}`."""
        ...

    async def refresh(self, stale: Mapping[str, str]) -> None:
        """Get a new credential after UNAUTHENTICATED, unless somebody did since `stale` was sent."""
        ...


class RpcToken:
    """A token in the metadata.

    Args:
        token: its text, or a (possibly async) callable that gives it or an AccessToken. A callable is asked again
            shortly before the token ends and once after UNAUTHENTICATED; calls at the same time share one question.
        name: name of the metadata.
        prefix: what stands before the token.
    """

    def __init__(self, token: TokenSource, *, name: str = "authorization", prefix: str = "Bearer ") -> None:
        self._token = _Token(token)
        self._name = name
        self._prefix = prefix

    async def metadata(self) -> Mapping[str, str]:
        """Give the metadata of the next call."""
        return {self._name: self._prefix + await self._token.current()}

    async def refresh(self, stale: Mapping[str, str]) -> None:
        """Ask the callable again unless the token is another one by now. A fixed text stays."""
        await self._token.replace(stale.get(self._name, "").removeprefix(self._prefix))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name} ***>"


class _Token(Bearer):
    async def current(self) -> str:
        await self.ready()
        return self._text()

    async def replace(self, stale: str) -> None:
        if self.refreshable:
            await self.refresh(stale)
