"""An emulated Viam platform: `specbind emulate viam`, or `python -m specbind.emulators.viam`.

Nothing of it is loaded before it is used, so that its options can be shown without the generated package.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from specbind.emulators.arguments import count, port, positive, text

__all__ = [
    "API_KEY",
    "API_KEY_ID",
    "FLEET",
    "ORGANIZATION_ID",
    "PART_ID",
    "Address",
    "Faults",
    "Part",
    "Viam",
    "configure",
    "main",
    "run",
    "serve",
]

if TYPE_CHECKING:
    import argparse

    from .faults import Faults as Faults
    from .fleet import FLEET as FLEET
    from .fleet import ORGANIZATION_ID as ORGANIZATION_ID
    from .fleet import PART_ID as PART_ID
    from .fleet import Part as Part
    from .program import Address as Address
    from .program import run as run
    from .program import serve as serve
    from .server import API_KEY as API_KEY
    from .server import API_KEY_ID as API_KEY_ID
    from .server import Viam as Viam
else:
    _PLACES = {
        "API_KEY": ".server",
        "API_KEY_ID": ".server",
        "FLEET": ".fleet",
        "ORGANIZATION_ID": ".fleet",
        "PART_ID": ".fleet",
        "Address": ".program",
        "Faults": ".faults",
        "Part": ".fleet",
        "Viam": ".server",
        "run": ".program",
        "serve": ".program",
    }

    def __getattr__(name: str) -> object:
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_PLACES[name], __name__), name)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the program; their names are the arguments of `run`."""
    parser.add_argument("--port", type=port, default=8080, help="TCP port of gRPC; 0 takes a free one (default: 8080)")
    parser.add_argument("--host", type=text, default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--files-port", type=port, default=0, help="TCP port of the files (default: a free one)")
    parser.add_argument("--api-key-id", type=text, default=None, help="identifier of the API key (default: printed)")
    parser.add_argument("--api-key", type=text, default=None, help="the API key (default: printed)")
    parser.add_argument("--page-size", type=count, default=50, help="results where no number is asked (default: 50)")
    parser.add_argument("--count", choices=("all", "page"), default="all", help="what is counted (default: all)")
    parser.add_argument(
        "--token-seconds", type=positive, default=3600.0, help="how long a login is good (default: 3600)"
    )
    parser.add_argument(
        "--max-message", type=count, default=32 << 20, metavar="BYTES", help="largest message (default: 32 MiB)"
    )
    parser.add_argument(
        "--faults",
        default="",
        metavar="SPEC",
        help="misbehave: KIND:CALL[:VALUE][:TIMES], with commas between, such as unavailable:TagsByFilter:2,"
        "cut:ExportTabularData,wait:any:0.2:*,truncate:file:0.5; the module specbind.emulators.viam.faults lists the "
        "kinds",
    )


def main(options: argparse.Namespace) -> int:
    """Run with the options that `configure` declares; gives the exit status."""
    try:
        from .program import run as run_until_stopped  # noqa: PLC0415 - needs the generated package and grpclib
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "grpclib":
            raise
        print("The emulator cannot start: it needs grpclib, as of specbind[grpc]", file=sys.stderr)  # noqa: T201 - a program
        return 2
    names = (
        "port",
        "host",
        "files_port",
        "api_key_id",
        "api_key",
        "page_size",
        "count",
        "token_seconds",
        "max_message",
        "faults",
    )
    stated = {name: value for name in names if (value := getattr(options, name)) is not None}
    try:
        return run_until_stopped(**stated)
    except ValueError as error:
        print(f"The emulator cannot start: {error}", file=sys.stderr)  # noqa: T201 - a program
        return 2
