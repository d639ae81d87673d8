"""An emulated Vantiq server: `specbind emulate vantiq`, or `python -m specbind.emulators.vantiq`.

Nothing of it is loaded before it is used, so that its options can be shown without the generated package.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from specbind.emulators.arguments import port, positive, text

__all__ = ["VantiqServer", "configure", "main", "run", "serve"]

if TYPE_CHECKING:
    from .program import run as run
    from .program import serve as serve
    from .server import VantiqServer as VantiqServer
else:

    def __getattr__(name: str) -> object:
        module = {"VantiqServer": ".server", "run": ".program", "serve": ".program"}.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(module, __name__), name)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the program; their names are the arguments of `run`."""
    parser.add_argument("--port", type=port, default=8080, help="TCP port; 0 takes a free one (default: 8080)")
    parser.add_argument("--host", type=text, default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument(
        "--user",
        type=_user,
        action="append",
        default=None,
        metavar="NAME:PASSWORD",
        help="a user; may be given several times, and the first may act as others (default: admin:secret)",
    )
    parser.add_argument("--token", default="", help="an access token of the first user (default: none)")
    parser.add_argument("--lifetime", type=positive, default=3600.0, help="seconds a token is good for (default: 3600)")


def main(options: argparse.Namespace) -> int:
    """Run with the options that `configure` declares; gives the exit status."""
    from .program import run as run_until_stopped  # noqa: PLC0415 - needs the generated package

    users = dict(options.user) if options.user else None
    try:
        return run_until_stopped(options.port, options.host, users, options.token, options.lifetime)
    except ValueError as error:
        print(f"The emulator cannot start: {error}", file=sys.stderr)  # noqa: T201 - a program
        return 2


def _user(text: str) -> tuple[str, str]:
    name, _, password = text.partition(":")
    if not name or not password:
        raise argparse.ArgumentTypeError(f"a user is NAME:PASSWORD, not {text!r}")
    return name, password
