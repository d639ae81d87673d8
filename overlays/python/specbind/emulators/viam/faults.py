"""Faults on request: an emulated platform that misbehaves in the same way each time.

    viam = Viam(faults="unavailable:TagsByFilter:2, wait:any:0.1:*, truncate:file:0.5")
    viam.faults.add("cut:ExportTabularData")

A fault is `KIND:CALL`, `KIND:CALL:TIMES`, or for the kinds with a value `KIND:CALL:VALUE` or `KIND:CALL:VALUE:TIMES`.
TIMES is a number, or `*` for always; it is 1 where it is left out. A call plays the first fault that means it and is
not used up.

| kind            | value          | what happens                                                              |
|-----------------|----------------|---------------------------------------------------------------------------|
| a status        |                | the call ends with it, and nothing is done: `unavailable`, `internal`,    |
|                 |                | `resource-exhausted` and so on; a file is answered with status 503        |
| `late-STATUS`   |                | the call is served, and ends with this status: `late-unavailable`         |
| `cut`           |                | the call is broken off before anything is done                            |
| `lose`          |                | the call is served, and broken off before its answer is whole             |
| `drop`          |                | the whole connection is cut before anything is done                       |
| `hang`          |                | no answer; the connection stays open                                      |
| `wait`          | seconds        | the call begins later                                                     |
| `truncate`      | share, 0 to 1  | a file ends after this share of the bytes that were announced             |
| `slow`          | bytes a second | a file is no faster; `k`, `M` and `G` may follow                          |
| `no-range`      |                | a range of a file is answered with the whole of it                        |
| `changed`       |                | a file has another ETag                                                   |

CALL is the name of an rpc, such as `BinaryDataByFilter`, or `file` for downloads, or `any` for all rpcs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grpclib.const import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FILE", "Fault", "Faults"]

FILE = "file"
_FILE_FAULTS = frozenset({"truncate", "slow", "no-range", "changed"})
_BOTH = frozenset({"drop", "hang", "wait"})
_CALL_FAULTS = frozenset({"cut", "lose"})
_WITH_VALUE = frozenset({"truncate", "slow", "wait"})
_STATUSES = {status.name.lower().replace("_", "-"): status for status in Status if status is not Status.OK}
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
_ALWAYS = -1
_LONGEST = 3600


@dataclass
class Fault:
    """One fault: what it does, to which call, and how often still (below 0: always)."""

    kind: str
    call: str
    value: float = 0.0
    times: int = 1

    @property
    def status(self) -> Status | None:
        """The status that it ends a call with."""
        return _STATUSES.get(self.kind.removeprefix("late-"))

    @property
    def is_late(self) -> bool:
        """Whether the call is served before it goes wrong."""
        return self.kind == "lose" or self.kind.startswith("late-")

    @classmethod
    def parse(cls, text: str, calls: Iterable[str]) -> Fault:
        """Read one fault. Raises ValueError for what is none."""
        kind, _, rest = text.strip().partition(":")
        members = rest.split(":")
        call = members.pop(0)
        known = _FILE_FAULTS | _BOTH | _CALL_FAULTS
        if kind not in known and kind.removeprefix("late-") not in _STATUSES:
            named = ", ".join([*sorted(known), *_STATUSES])
            raise ValueError(f"{text!r}: no fault is called {kind!r}; there are {named}, and late- with a status")
        if not call:
            raise ValueError(f"{text!r}: a fault names a call, as in unavailable:TagsByFilter")
        if call not in (FILE, "any", *calls):
            raise ValueError(f"{text!r}: no call is called {call!r}; there are the rpcs, file and any")
        if kind in _FILE_FAULTS and call != FILE:
            raise ValueError(f"{text!r}: {kind} is for file only")
        if call == FILE and (kind in _CALL_FAULTS or kind.startswith("late-")):
            raise ValueError(f"{text!r}: {kind} is for rpcs only")
        value = _value(kind, members.pop(0) if members else "", text) if kind in _WITH_VALUE else 0.0
        times = members.pop(0) if members else "1"
        if members or not (times == "*" or (times.isascii() and times.isdecimal() and len(times) < 10)):
            raise ValueError(f"{text!r}: a fault ends with a number of times, or *")
        return cls(kind, call, value, _ALWAYS if times == "*" else int(times))


def _value(kind: str, text: str, fault: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kMG]?)", text, re.ASCII)
    value = float(match[1]) * _UNITS[match[2]] if match else -1.0
    least, most, wanted = {
        "slow": (1, float("inf"), "bytes a second, such as 500k"),
        "wait": (0, _LONGEST, f"seconds, at most {_LONGEST}"),
    }.get(kind, (0, 1, "a share from 0 to 1"))
    if not least <= value <= most:
        raise ValueError(f"{fault!r}: {kind} needs {wanted}")
    return value


class Faults:
    """The faults of a platform, and which were played.

    Args:
        text: faults, with commas between them.
        calls: names of the rpcs.

    Attributes:
        played: kind and call of each fault that was played, in order.
    """

    def __init__(self, text: str, calls: Iterable[str]) -> None:
        self.played: list[tuple[str, str]] = []
        self._calls = frozenset(calls)
        self._faults: list[Fault] = []
        self.add(text)

    def add(self, text: str) -> None:
        """Add faults, with commas between them. Raises ValueError for what is none."""
        self._faults += [Fault.parse(part, self._calls) for part in text.split(",") if part.strip()]

    def clear(self) -> None:
        """Behave well from now on."""
        self._faults.clear()

    def take(self, call: str) -> Fault | None:
        """The fault that a call plays, and count it."""
        for fault in self._faults:
            if fault.times and (fault.call == call or (fault.call == "any" and call != FILE)):
                fault.times -= fault.times > 0
                self.played.append((fault.kind, call))
                return fault
        return None
