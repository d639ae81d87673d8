"""Measures one library: reads `kind direction` from stdin and answers with CPU seconds of one call.

It runs in the environment of that library, so it imports nothing else.
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

BUDGET = 0.15
HERE = Path(__file__).resolve().parent
KINDS = {
    "query": "Query",
    "images": "Images",
    "readings": "Readings",
    "points": "Points",
    "numbers": "Numbers",
    "file": "File",
    "events": "Events",
}


def calls(peer: str, name: str, content: bytes, folder: Path) -> tuple[Callable[[], object], Callable[[], object]]:
    """Decode and encode, as the library does it."""
    cls: Any
    if peer == "google":
        sys.path.insert(0, str(HERE.parents[2]))
        support = importlib.import_module("tests.support.compiled")
        factory = importlib.import_module("google.protobuf.message_factory")
        pool = support.google_pool(support.compiled([HERE.parent / "messages.proto"], [HERE.parent]))
        cls = factory.GetMessageClass(pool.FindMessageTypeByName(f"bench.v1.{name}"))
    if peer == "specbind":
        sys.path.insert(0, str(folder / peer))
        cls = getattr(importlib.import_module("made.bench.v1"), name)
    if peer in {"google", "specbind"}:
        message = cls.FromString(content)
        return lambda: cls.FromString(content), message.SerializeToString
    sys.path.insert(0, str(HERE if peer == "betterproto-1.2.5" else folder / peer))
    module = importlib.import_module("betterproto1" if peer == "betterproto-1.2.5" else "made.bench.v1")
    cls = getattr(module, name)
    message = cls().parse(content)
    return lambda: cls().parse(content), lambda: bytes(message)


def measured(call: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    start = time.process_time()
    call()
    times = max(1, int(BUDGET / 5 / max(time.process_time() - start, 1e-7)))
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        for _ in range(times):
            call()
        best = min(best, (time.process_time() - start) / times)
    return best


def main() -> None:
    """Answer until the pipe closes."""
    peer, folder = sys.argv[1], Path(sys.argv[2])
    found = {kind: calls(peer, name, (folder / kind).read_bytes(), folder) for kind, name in KINDS.items()}
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        kind, direction = line.split()
        sys.stdout.write(f"{measured(found[kind][direction == 'encode'])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
