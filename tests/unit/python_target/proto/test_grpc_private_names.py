"""Names of grpclib, h2 and hpack that their documentation does not promise, and that the runtime uses.

A version that lacks one fails here by its name, rather than somewhere inside a call. The versions that pyproject.toml
allows stand there for this reason: whoever widens them runs this first.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpclib.client
import grpclib.config
import grpclib.protocol
import grpclib.server
import h2.connection
import hpack
import pytest

from specbind.generator.targets.python._runtime.grpc import grpclib_call

if TYPE_CHECKING:
    from collections.abc import Iterator


RUNTIME = Path(grpclib_call.__file__).parent

USED: dict[type, str] = {
    grpclib.client.Channel: "_scheme _authority _config _protocol __connect__ __dispatch__",
    grpclib.protocol.Connection: (
        "_connection _transport _config _close_by_ping_handler write_ready stream_close_waiter is_closing flush "
        "initialize ack headers_send_process data_send_process"
    ),
    grpclib.protocol.EventsProcessor: "connection handler streams processors close",
    grpclib.protocol.H2Protocol: "processor connection handler config h2_config",
    grpclib.protocol.Stream: (
        "_transport _h2_connection id buffer headers headers_received trailers trailers_received data_received "
        "window_updated init_stream closable reset_nowait recv_data connection"
    ),
    grpclib.server.Server: (
        "_mapping _codec _status_details_codec _config _h2_config _handlers __dispatch__ __gc_step__"
    ),
    grpclib.server.Stream: "_stream _dispatch",
    grpclib.config.Configuration: (
        "_keepalive_time _keepalive_timeout _http2_max_pings_without_data _http2_min_sent_ping_interval_without_data "
        "http2_connection_window_size http2_stream_window_size"
    ),
    h2.connection.H2Connection: "inbound_flow_control_window local_settings get_next_available_stream_id",
}
"""What is read or called."""

OVERRIDDEN: dict[type, str] = {
    grpclib.client.Channel: "_protocol_factory _create_connection close",
    grpclib.protocol.Connection: "close",
    grpclib.protocol.EventsProcessor: "process process_connection_terminated register",
    grpclib.protocol.H2Protocol: "connection_made data_received connection_lost",
    grpclib.protocol.Stream: "__terminated__ __ended__",
    grpclib.protocol.Buffer: "add eof unacked_size read",  # Inbox stands in its place
    grpclib.server.Server: "_protocol_factory",
    grpclib.server.Handler: "accept",
    h2.connection.H2Connection: "_receive_goaway_frame",
}
"""What is called by the library, and is ours there: under another name it would never be called."""

CALLED: list[tuple[Any, tuple[str, ...]]] = [
    (grpclib.protocol.Stream, ("connection", "h2_connection", "transport")),
    (grpclib.protocol.Connection, ("connection", "transport", "config")),
    (grpclib.protocol.EventsProcessor, ("handler", "connection")),
    (grpclib.protocol.EventsProcessor.register, ("self", "stream")),
    (grpclib.protocol.H2Protocol, ("handler", "config", "h2_config")),
    (grpclib.protocol.Buffer.add, ("self", "data", "ack_size")),
    (grpclib.server.Handler, ("mapping", "codec", "status_details_codec", "dispatch")),
    (grpclib.server.Handler.accept, ("self", "stream", "headers", "release_stream")),
    (h2.connection.H2Connection._receive_goaway_frame, ("self", "frame")),
]
"""Parameters in their order."""

OURS = {"__name__", "__cause__", "__members__", "__new__", "__rpcs__", "__proto__", "__struct_fields__"}
"""Names of Python and of the runtime itself."""


def known(owner: type) -> set[str]:
    """The names of a class: those of its body, its fields, and those that its methods set."""
    found = set(dir(owner))
    if dataclasses.is_dataclass(owner):
        found |= {field.name for field in dataclasses.fields(owner)}
    for each in owner.__mro__[:-1]:
        try:
            tree = ast.parse(inspect.getsource(each))
        except (OSError, TypeError):
            continue
        found |= {
            node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        }
    return found


def check(owner: type, name: str) -> None:
    """Fail by the name that is missing."""
    library = owner.__module__.partition(".")[0]
    assert name in known(owner), (
        f"{library} {version(library)} has no {owner.__qualname__}.{name}, which specbind's gRPC runtime relies on "
        f"though {library} does not promise it: use a version within the bounds of pyproject.toml, or mend "
        f"{RUNTIME.name}/ for this one"
    )


def each(table: dict[type, str]) -> list[Any]:
    return [
        pytest.param(owner, name, id=f"{owner.__module__}.{owner.__name__}.{name}")
        for owner, names in table.items()
        for name in names.split()
    ]


@pytest.mark.parametrize(("owner", "name"), each(USED))
def test_what_is_used_is_there(owner: type, name: str):
    check(owner, name)


@pytest.mark.parametrize(("owner", "name"), each(OVERRIDDEN))
def test_what_is_overridden_is_called_so_still(owner: type, name: str):
    check(owner, name)


@pytest.mark.parametrize(("called", "wanted"), CALLED, ids=[called.__qualname__ for called, _ in CALLED])
def test_parameters_stand_in_their_order(called: Any, wanted: tuple[str, ...]):
    names = tuple(inspect.signature(called).parameters)
    library = called.__module__.partition(".")[0]
    assert names[: len(wanted)] == wanted, (
        f"{called.__qualname__} of {library} {version(library)} takes {names}, the gRPC runtime gives {wanted}"
    )


def test_hpack_marks_and_logs_as_the_runtime_thinks():
    assert issubclass(hpack.NeverIndexedHeaderTuple, tuple)
    for name in ("hpack", "table"):
        module = __import__(f"hpack.{name}", fromlist=["log"])
        assert module.log.name == f"hpack.{name}", "its DEBUG records show header fields, and are dropped by this name"


def test_a_name_that_is_missing_is_told_with_the_version():
    with pytest.raises(AssertionError, match=r"grpclib \d\S* has no Channel\._gone, .*pyproject\.toml"):
        check(grpclib.client.Channel, "_gone")


def foreign_names(path: Path) -> Iterator[tuple[int, str]]:
    """Private names in a module of the runtime that it does not define itself."""
    tree = ast.parse(path.read_text("utf-8"))
    own: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                own.add(name)
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                own.add(name)
            case ast.AnnAssign(target=ast.Name(id=name)):
                own.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]):
                own.add(name)
            case _:
                pass
    for node in ast.walk(tree):
        found = node.attr if isinstance(node, ast.Attribute) else node.arg if isinstance(node, ast.keyword) else None
        if found is not None and found.startswith("_") and found not in own:
            yield getattr(node, "lineno", 0), found


def test_the_list_has_every_private_name_of_the_runtime():
    listed = {name for table in (USED, OVERRIDDEN) for names in table.values() for name in names.split()}
    missing = [
        f"{path.name}:{line} {name}"
        for path in sorted(RUNTIME.glob("grpclib_*.py"))
        for line, name in foreign_names(path)
        if name not in listed | OURS
    ]
    assert missing == []
