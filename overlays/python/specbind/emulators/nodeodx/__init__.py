"""An emulated NodeODX node: `specbind emulate nodeodx`, or `python -m specbind.emulators.nodeodx`.

Nothing of it is loaded before it is used, so that its options can be shown without the generated package.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING

__all__ = ["Faults", "NodeOdx", "configure", "main", "run", "serve"]

if TYPE_CHECKING:
    from .faults import Faults as Faults
    from .program import run as run
    from .program import serve as serve
    from .server import NodeOdx as NodeOdx
else:

    def __getattr__(name: str) -> object:
        module = {"Faults": ".faults", "NodeOdx": ".server", "run": ".program", "serve": ".program"}.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(module, __name__), name)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the program; their names are the arguments of `run`."""
    parser.add_argument("--port", type=_port, default=3000, help="TCP port; 0 takes a free one (default: 3000)")
    parser.add_argument("--host", type=_host, default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--token", default="", help="token that every call must bear (default: none)")
    parser.add_argument("--speed", type=_positive, default=1.0, help="10 lets a task take 1 s, not 10 s (default: 1)")
    parser.add_argument("--max-images", type=_count, default=None, help="images of a task (default: no limit)")
    parser.add_argument("--parallel-tasks", type=_count, default=1, help="tasks that run at the same time (default: 1)")
    parser.add_argument("--ranges", action="store_true", help="hand out archives by ranges, as a proxy does")
    parser.add_argument("--webhook", default="", metavar="URL", help="address told of every task that has ended")
    parser.add_argument(
        "--faults",
        default="",
        metavar="SPEC",
        help="misbehave: KIND:CALL[:VALUE][:TIMES], with commas between, such as drop:upload:2,503:info,"
        "truncate:download:0.5,slow:download:1M:*; 503 does nothing, late-500, late-502, late-503 and late-429 answer "
        "so after the request was served; the module specbind.emulators.nodeodx.faults lists the kinds",
    )


def main(options: argparse.Namespace) -> int:
    """Run with the options that `configure` declares; gives the exit status."""
    from .program import run as run_until_stopped  # noqa: PLC0415 - needs the generated package

    names = ("port", "host", "token", "speed", "max_images", "parallel_tasks", "ranges", "webhook", "faults")
    try:
        return run_until_stopped(**{name: getattr(options, name) for name in names})
    except ValueError as error:
        print(f"The emulator cannot start: {error}", file=sys.stderr)  # noqa: T201 - a program
        return 2


def _port(text: str) -> int:
    return _whole(text, 0, 65535, "a port is a number from 0 to 65535")


def _host(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("an address is needed; 0.0.0.0 means all of them")
    return text


def _count(text: str) -> int:
    return _whole(text, 1, sys.maxsize, "a whole number of at least 1 is wanted")


def _whole(text: str, least: int, most: int, wanted: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{wanted}, not {text!r}")
    return number


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"a number above 0 is wanted, not {text!r}")
    return value
