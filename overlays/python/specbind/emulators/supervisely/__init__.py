"""An emulated Supervisely server: `specbind emulate supervisely`, or `python -m specbind.emulators.supervisely`.

Nothing of it is loaded before it is used, so that its options can be shown without the generated package.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from specbind.emulators.arguments import port, text

__all__ = ["Supervisely", "configure", "main", "run", "serve"]

if TYPE_CHECKING:
    import argparse

    from .program import run as run
    from .program import serve as serve
    from .server import Supervisely as Supervisely
else:

    def __getattr__(name: str) -> object:
        module = {"Supervisely": ".server", "run": ".program", "serve": ".program"}.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(module, __name__), name)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the program; their names are the arguments of `run`."""
    parser.add_argument("--port", type=port, default=8000, help="TCP port; 0 takes a free one (default: 8000)")
    parser.add_argument("--host", type=text, default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--token", default="", help="key that every call must bear (default: none)")
    parser.add_argument("--ranges", action="store_true", help="hand out files by ranges")
    parser.add_argument(
        "--faults",
        default="",
        metavar="SPEC",
        help="misbehave: KIND:CALL[:VALUE][:TIMES], with commas between, such as 500:projects.versions.commit,"
        "truncate:file-storage.download:0.5; the module specbind.emulators.faults lists the kinds",
    )


def main(options: argparse.Namespace) -> int:
    """Run with the options that `configure` declares; gives the exit status."""
    from .program import run as run_until_stopped  # noqa: PLC0415 - needs the generated package

    names = ("port", "host", "token", "ranges", "faults")
    try:
        return run_until_stopped(**{name: getattr(options, name) for name in names})
    except ValueError as error:
        print(f"The emulator cannot start: {error}", file=sys.stderr)  # noqa: T201 - a program
        return 2
