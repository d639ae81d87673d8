"""The emulated platform: the generated services with one state behind them."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from grpclib.events import RecvRequest, listen
from grpclib.exceptions import GRPCError

from specbind.bindings._runtime.grpc.grpclib_server import grpclib_server
from specbind.core import arguments

from .auth import Auth, ExternalAuth, Keys
from .binary import BinaryCalls
from .datasets import DatasetCalls, Datasets
from .exports import Exports
from .faults import Faults
from .files import Files
from .fleet import FLEET
from .labels import LabelCalls
from .pipelines import Pipelines
from .queries import QueryCalls
from .sequences import SequenceCalls
from .state import State, now
from .tabular import TabularCalls
from .uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from datetime import datetime

    from grpclib.server import Server, Stream

    from .faults import Fault
    from .fleet import Part

__all__ = ["API_KEY", "API_KEY_ID", "Viam"]

API_KEY_ID = "11111111-2222-4333-8444-555555555555"
"""Identifier of the API key, unless another one is stated."""

API_KEY = "emulated-api-key"  # a word that everybody may know
"""The API key, unless another one is stated."""

_WANTED = "a fault that was asked for"
_BESIDE = 64 << 10
_LOGIN = "/proto.rpc.v1.AuthService/Authenticate"


class DataCalls(TabularCalls, BinaryCalls, LabelCalls, QueryCalls, SequenceCalls, DatasetCalls):
    """The data service, whose calls stand in modules of their own by subject."""

    def __init__(self, state: State, files: Files) -> None:
        self._state = state
        self._files = files


class Viam:
    """A platform with one API key and a few machines, which forgets everything when it is closed.

    Args:
        api_key_id: identifier of the API key.
        api_key: the API key.
        page_size: results of a page where a call asks for no number.
        count: what `count` of a page of data is: that of `all` that passes, or of the `page` alone.
        token_seconds: how long the token of a login is good.
        max_message: most bytes of a message that is answered or read.
        faults: faults to play; see `faults`.
        parts: the machine parts that are known.
        clock: the time, in UTC.

    Raises:
        TypeError: an argument is of another type; the message names it.
        ValueError: a number is not above 0, a text is empty, or `faults` cannot be read.
    """

    def __init__(
        self,
        *,
        api_key_id: str = API_KEY_ID,
        api_key: str = API_KEY,
        page_size: int = 50,
        count: Literal["all", "page"] = "all",
        token_seconds: float = 3600.0,
        max_message: int = 32 << 20,
        faults: str = "",
        parts: Sequence[Part] = FLEET,
        clock: Callable[[], datetime] = now,
    ) -> None:
        if not arguments.text("api_key_id", api_key_id) or not arguments.text("api_key", api_key):
            raise ValueError("api_key_id and api_key cannot be empty")
        arguments.whole("page_size", page_size, least=1)
        if count not in {"all", "page"}:
            raise ValueError(f"count is all or page, not {count!r:.40}")
        arguments.whole("max_message", max_message, least=1)
        arguments.number("token_seconds", token_seconds, unit="seconds", positive=True)
        data = DataCalls.__rpcs__ + Uploads.__rpcs__ + Datasets.__rpcs__ + Pipelines.__rpcs__
        calls = data + Auth.__rpcs__ + ExternalAuth.__rpcs__
        self.faults = Faults(arguments.text("faults", faults), (rpc.path.rpartition("/")[2] for rpc, _ in calls))
        self.keys = Keys(api_key_id, api_key, token_seconds, clock)
        self._folder = tempfile.TemporaryDirectory(prefix="viam-emulator-", ignore_cleanup_errors=True)
        self.state = State(
            Path(self._folder.name),
            parts=parts,
            page_size=page_size,
            count=count,
            max_message=max_message,
            clock=clock,
        )
        self.files = Files(self.state, self.keys, self.faults)
        self._exports = Exports(self.state, self.files)

    def server(self) -> Server:
        """The gRPC server, not opened yet."""
        server = grpclib_server(
            DataCalls(self.state, self.files),
            Uploads(self.state),
            Datasets(self.state, self._exports),
            Pipelines(self.state),
            Auth(self.keys),
            ExternalAuth(self.keys),
            # what stands beside the bytes has a place, too: how long they are is checked by the calls
            max_receive_size=self.state.max_message + _BESIDE,
        )
        listen(server, RecvRequest, self._receive)
        return server

    async def close(self) -> None:
        """Stop what runs and delete all files."""
        await self._exports.close()
        self._folder.cleanup()

    async def _receive(self, event: RecvRequest) -> None:
        """Play a fault, then let in who has a token. It is asked before every call."""
        fault = self.faults.take(event.method_name.rpartition("/")[2])
        if fault is not None:
            await _play(fault, event)
        if event.method_name != _LOGIN:
            self.keys.check(str(event.metadata.get("authorization", "")))


async def _play(fault: Fault, event: RecvRequest) -> None:
    serve = event.method_func
    if fault.is_late:
        event.method_func = _Spoiled(fault, serve)
    elif fault.status is not None:
        raise GRPCError(fault.status, _WANTED)
    elif fault.kind == "wait":
        await asyncio.sleep(fault.value)
    elif fault.kind == "hang":
        await asyncio.Event().wait()
    elif fault.kind == "drop":
        vars(event.peer)["_transport"].abort()  # grpclib has no word for it
    elif fault.kind == "cut":
        event.method_func = _cut


async def _cut(stream: Stream[Any, Any]) -> None:
    await stream.cancel()


class _Spoiled:
    """Serves a call, and spoils its end."""

    def __init__(self, fault: Fault, serve: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        self._fault = fault
        self._serve = serve

    async def __call__(self, stream: Stream[Any, Any]) -> None:
        await self._serve(_SpoiledStream(self._fault, stream))


class _SpoiledStream:
    """A stream that ends otherwise than it is told to."""

    def __init__(self, fault: Fault, stream: Stream[Any, Any]) -> None:
        self._fault = fault
        self._to = stream

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a stream has
        return getattr(self._to, name)

    async def send_trailing_metadata(self, **_: object) -> None:
        if self._fault.status is None:
            await self._to.cancel()
        else:
            await self._to.send_trailing_metadata(status=self._fault.status, status_message=_WANTED)
