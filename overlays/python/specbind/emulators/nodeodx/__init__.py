"""An emulated NodeODX node: `specbind emulate nodeodx`, or `python -m specbind.emulators.nodeodx`.

Nothing of it is loaded before it is used, so that its options can be shown without the generated package.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from specbind.emulators.arguments import count, port, positive, text

__all__ = ["Faults", "NodeOdx", "configure", "main", "run", "serve"]

if TYPE_CHECKING:
    import argparse

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
    parser.add_argument("--port", type=port, default=3000, help="TCP port; 0 takes a free one (default: 3000)")
    parser.add_argument("--host", type=text, default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--token", default="", help="token that every call must bear (default: none)")
    parser.add_argument("--speed", type=positive, default=1.0, help="10 lets a task take 1 s, not 10 s (default: 1)")
    parser.add_argument("--max-images", type=count, default=None, help="images of a task (default: no limit)")
    parser.add_argument("--parallel-tasks", type=count, default=1, help="tasks that run at the same time (default: 1)")
    parser.add_argument("--ranges", action="store_true", help="hand out archives by ranges, as a proxy does")
    parser.add_argument("--webhook", default="", metavar="URL", help="address told of every task that has ended")
    parser.add_argument(
        "--faults",
        default="",
        metavar="SPEC",
        help="misbehave: KIND:CALL[:VALUE][:TIMES], with commas between, such as drop:upload:2,503:info,"
        "truncate:download:0.5,slow:download:1M:*; 503 does nothing, late-500, late-502, late-503 and late-429 answer "
        "so after the request was served; the module specbind.emulators.faults lists the kinds",
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
