"""The attempts of one call: its deadline, its credentials, and whether a failure is the last one."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any, TypeVar

from grpclib.const import Status
from multidict import MultiDict

from ..errors import Error
from .grpclib_errors import RpcConnectError, RpcDeadlineError, RpcError, RpcLostError, RpcUnauthorizedError, pushback_of
from .reply import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from .options import Settings
    from .retries import RpcThrottle
    from .rpc import Metadata, Rpc

__all__ = ["Attempts", "is_final_handshake"]

T = TypeVar("T")


class Attempts:
    """One call, however often it is sent."""

    def __init__(
        self,
        rpc: Rpc[Any, Any],
        settings: Settings,
        throttle: RpcThrottle | None,
        metadata: Metadata | None,
        timeout: float | None,
    ) -> None:
        self.rpc = rpc
        self.reply = Reply.current() or Reply()
        self.deadline: float | None = None
        """On the clock of the event loop; it counts from the first attempt."""
        self._timeout = settings.timeout if timeout is None else timeout
        self._settings = settings
        self._throttle = throttle
        self._own = metadata
        self.signed: Mapping[str, str] = {}
        """What credentials gave to the last attempt."""
        self._renewed = False
        self._number = 0
        self._failures = 0
        self._idempotent = rpc.idempotent or rpc in settings.idempotent or rpc.path in settings.idempotent

    async def begin(self) -> MultiDict[str | bytes]:
        """Note another attempt and give its metadata, what is nearer to the call before what is not."""
        self._number += 1
        if self._number == 1 and self._timeout is not None:
            self.deadline = asyncio.get_running_loop().time() + self._timeout
        self.reply.begin(self._number)
        credentials = self._settings.credentials
        if credentials is not None:
            self.signed = await self._bounded(credentials.metadata())
        merged: MultiDict[str | bytes] = MultiDict()
        for layer in (self._settings.metadata, self.signed, self._own):
            for name in layer or ():
                merged.popall(name, None)
            for name, value in (layer or {}).items():
                merged.add(name, value)
        return merged

    def succeeded(self) -> None:
        """Note the end of a good call."""
        if self._throttle is not None:
            self._throttle.succeeded()

    async def again(self, error: RpcError, *, repeatable: bool = True) -> None:
        """Wait until the call may be sent again. Raises the error where it is final.

        Args:
            error: why the attempt failed.
            repeatable: whether nothing was answered, and what was sent can be sent again.
        """
        error.attempt = self._number
        credentials = self._settings.credentials
        if isinstance(error, RpcUnauthorizedError) and credentials is not None and not self._renewed and repeatable:
            self._renewed = True
            await self._bounded(credentials.refresh(self.signed))
            return
        wait = self._wait(error) if repeatable else None
        if wait is None:
            raise error
        await asyncio.sleep(wait)

    async def _bounded(self, step: Awaitable[T]) -> T:
        """What the credentials do, until the deadline."""
        scope = asyncio.timeout_at(self.deadline)
        try:
            async with scope:
                return await step
        except TimeoutError:
            if not scope.expired():
                raise
            message = "the deadline was over before the call had its credentials"
            raise RpcDeadlineError(Status.DEADLINE_EXCEEDED, message, path=self.rpc.path) from None
        except Error as error:
            error.operation = error.operation or self.rpc.path
            raise

    def _wait(self, error: RpcError) -> float | None:
        """Seconds before another attempt, None where there is none."""
        retries = self._settings.retries
        if retries is None or self._throttle is None or isinstance(error, RpcDeadlineError):
            return None
        if is_final_handshake(error.__cause__):
            return None
        unsent = isinstance(error, RpcConnectError) or (isinstance(error, RpcLostError) and error.unseen)
        if not unsent and not (self._idempotent and error.code == "UNAVAILABLE"):
            return None
        self._failures += 1
        wait = retries.wait(self._failures, pushback_of(error))
        if not self._throttle.failed() or wait is None:
            return None
        late = self.deadline is not None and asyncio.get_running_loop().time() + wait >= self.deadline
        return None if late else wait


def is_final_handshake(error: BaseException | None) -> bool:
    """Whether a handshake of TLS would fail in a second as it did now: no TLS, other versions, a refused certificate.

    One that breaks off, and a server that has a fault of its own, may do better.
    """
    if not isinstance(error, ssl.SSLError) or isinstance(error, (ssl.SSLEOFError, ssl.SSLSyscallError)):
        return False
    return not any(reason in str(error) for reason in _PASSING)


_PASSING = ("UNEXPECTED_EOF", "ALERT_INTERNAL_ERROR", "ALERT_USER_CANCELLED", "TLS/SSL connection has been closed")
