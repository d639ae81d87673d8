"""Faults on request: an emulated server that misbehaves in the same way each time.

    faults = Faults("drop:upload:2, 503:info, truncate:download:0.5", ("info", "upload", "download"), "download")
    faults.add("slow:download:1M")

A fault is `KIND:CALL`, `KIND:CALL:TIMES`, or for the kinds with a value `KIND:CALL:VALUE` or `KIND:CALL:VALUE:TIMES`.
TIMES is a number, or `*` for always; it is 1 where it is left out. A request plays the first fault that means its call
and is not used up.

| kind          | value          | what happens                                                                |
|---------------|----------------|-----------------------------------------------------------------------------|
| `drop`        |                | the connection is cut before anything is done                               |
| `lose`        |                | the request is served, and the connection cut in place of the answer        |
| 400 to 599    |                | this status with an HTML page, and nothing is done                          |
| `late-STATUS` |                | the request is served, and answered with this status, 400 to 599: `late-502` |
|               |                | as by a proxy that has lost the node, `late-429`, `late-500`, `late-503`    |
| `error`       |                | status 200 and the error `connect ETIMEDOUT`, as some proxies say it        |
| `hang`        |                | no answer; the connection stays open                                        |
| `truncate`    | share, 0 to 1  | a download is cut after this share of the bytes that were announced         |
| `growing`     | share, 0 to 1  | only this share of the archive is there yet, and the answer looks whole     |
| `slow`        | bytes a second | a download is no faster; `k`, `M` and `G` may follow                        |
| `wrong-range` |                | a range is answered with the bytes beside it                                |
| `no-range`    |                | a range is answered with the whole file                                     |
| `changed`     |                | the archive has another ETag                                                |

CALL is one of those of the server, or `any`.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]

__all__ = ["DOWNLOAD_FAULTS", "Fault", "Faults", "Serve"]

_PLAIN = frozenset({"drop", "lose", "error", "hang"})
DOWNLOAD_FAULTS = frozenset({"truncate", "growing", "slow", "wrong-range", "no-range", "changed"})
_WITH_VALUE = frozenset({"truncate", "growing", "slow"})
_STATUS = re.compile(r"(late-)?([45]\d\d)", re.ASCII)
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
_ALWAYS = -1


@dataclass
class Fault:
    """One fault: what it does, to which call, and how often still (below 0: always)."""

    kind: str
    call: str
    value: float = 0.0
    times: int = 1

    @classmethod
    def parse(cls, text: str, calls: Sequence[str], download: str) -> Fault:
        """Read one fault. Raises ValueError for what is none.

        Args:
            text: the fault.
            calls: calls of the server.
            download: the one that gives a file.
        """
        kind, _, rest = text.strip().partition(":")
        members = rest.split(":")
        call = members.pop(0)
        if kind not in _PLAIN | DOWNLOAD_FAULTS and not _STATUS.fullmatch(kind):
            kinds = ", ".join(sorted(_PLAIN | DOWNLOAD_FAULTS))
            raise ValueError(f"{text!r}: no fault is called {kind!r}; there are {kinds} and 400 to 599")
        if not call:
            raise ValueError(f"{text!r}: a fault names a call, as in {kind}:{_example(kind, calls, download)}")
        if call not in (*calls, "any"):
            raise ValueError(f"{text!r}: no call is called {call!r}; there are {', '.join(calls)} and any")
        if kind in DOWNLOAD_FAULTS and call != download:
            raise ValueError(f"{text!r}: {kind} is for {download} only")
        value = 0.0
        if kind in _WITH_VALUE:
            value = _value(kind, members.pop(0) if members else "", text)
        times = members.pop(0) if members else "1"
        if members or not (times == "*" or (times.isascii() and times.isdecimal())):
            raise ValueError(f"{text!r}: a fault ends with a number of times, or *")
        return cls(kind, call, value, _ALWAYS if times == "*" else int(times))


def _example(kind: str, calls: Sequence[str], download: str) -> str:
    value = {"slow": ":1M"}.get(kind, ":0.5") if kind in _WITH_VALUE else ""
    return (
        f"{download}{value}"
        if kind in DOWNLOAD_FAULTS
        else next((call for call in calls if "upload" in call), calls[0])
    )


def _value(kind: str, text: str, fault: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kMG]?)", text, re.ASCII)
    value = float(match[1]) * _UNITS[match[2]] if match else -1.0
    if value < 0 or (kind == "slow" and value < 1) or (kind != "slow" and value > 1):
        wanted = "bytes a second, such as 500k" if kind == "slow" else "a share from 0 to 1"
        raise ValueError(f"{fault!r}: {kind} needs {wanted}")
    return value


class Faults:
    """The faults of a server, and which were played.

    Args:
        text: faults, with commas between them.
        calls: calls of the server.
        download: the one that gives a file.

    Attributes:
        played: kind and call of each fault that was played, in order.
    """

    def __init__(self, text: str, calls: Sequence[str], download: str) -> None:
        self._calls = calls
        self._download = download
        self.played: list[tuple[str, str]] = []
        self._faults: list[Fault] = []
        self.add(text)

    def add(self, text: str) -> None:
        """Add faults, with commas between them. Raises ValueError for what is none."""
        self._faults += [Fault.parse(part, self._calls, self._download) for part in text.split(",") if part.strip()]

    def clear(self) -> None:
        """Behave well from now on."""
        self._faults.clear()

    def take(self, call: str) -> Fault | None:
        """The fault that a request plays, and count it."""
        for fault in self._faults:
            if fault.times and fault.call in (call, "any"):
                fault.times -= fault.times > 0
                self.played.append((fault.kind, call))
                return fault
        return None

    async def play(self, fault: Fault, request: web.Request, serve: Serve) -> web.StreamResponse:
        """Answer a request with a fault that is not one of downloads."""
        match fault.kind:
            case "drop":
                return _cut(request)
            case "lose":
                await serve(request)
                return _cut(request)
            case "error":
                return web.json_response({"error": "connect ETIMEDOUT"})
            case "hang":
                await asyncio.Event().wait()
            case _:
                late, _, status = fault.kind.rpartition("-")
                if late:
                    await serve(request)
                return _page(int(status))
        raise AssertionError  # the event never comes


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _page(status: int) -> web.StreamResponse:
    return web.Response(status=status, text=f"<html><body>{status}</body></html>", content_type="text/html")
