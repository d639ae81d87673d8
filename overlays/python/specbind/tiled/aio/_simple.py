"""A server of one's own for as long as a client lives."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import weakref
from typing import IO, TYPE_CHECKING, Any, cast

import msgspec

from specbind.core import arguments

from ._constructors import from_context
from .context import Context

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .container import Container

__all__ = ["simple"]

# Runs with the Python that has the server. Code of the current folder is none of its business, so that goes off the
# path first, also for processes that the server starts. Its settings come by the first line of standard input, since
# arguments of a process are read by everybody on the machine. It ends at the next line, when standard input does, which
# is when its owner has ended, or when it is told to by a signal.
_SERVER = """
import sys
if sys.path[:1] == [""]:
    del sys.path[0]
import json, os, signal
os.environ["PYTHONSAFEPATH"] = "1"
told = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
def end(*_):
    raise SystemExit
signal.signal(signal.SIGTERM, end)
try:
    from tiled.server.simple import SimpleTiledServer
    server = SimpleTiledServer(**json.loads(sys.stdin.readline()))
except BaseException as error:
    print(json.dumps({"error": f"{type(error).__name__}: {error}"[:2000]}), file=told, flush=True)
    os._exit(1)
try:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    found = {"port": server.port, "api_key": server.api_key, "directory": str(server.directory)}
    print(json.dumps(found), file=told, flush=True)
    sys.stdin.readline()
finally:
    server.close()
"""
_START = 90.0
_STOP = 5.0
_LONGEST = 65536
_TAIL = 2000
_RUNNING: weakref.WeakSet[subprocess.Popen[bytes]] = weakref.WeakSet()


def _let_go() -> None:
    """In a forked child: close its ends of the pipes, which would keep servers of the parent up."""
    for process in list(_RUNNING):
        _close_pipes(process)
    _RUNNING.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


class _Started(msgspec.Struct):
    port: int = 0
    api_key: str = ""
    directory: str = ""
    error: str = ""


async def simple(
    directory: str | os.PathLike[str] | None = None,
    api_key: str | None = None,
    port: int = 0,
    readable_storage: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | None = None,
    quiet: bool = False,
    *,
    python: str | os.PathLike[str] | None = None,
) -> Container:
    """Start a Tiled server for one user on this machine, in a process of its own, and give its root.

    For trying things out. It listens on the loopback interface, and stops when the client is closed, when nothing
    refers to its context any more, or when this program ends, however it ends. A forked child of this program may use
    it as long as its parent keeps it, and does not stop it.

    Args:
        directory: where the server keeps data and logs; by default a folder that is removed when the server stops.
        api_key: its API key; by default a random one, to be had as `client.context.api_key`.
        port: where it listens; 0 for any that is free.
        readable_storage: folders of files that may be registered.
        quiet: do not print the address.
        python: the Python that has `tiled[server]`, where that is another one than this.

    Raises:
        RuntimeError: `tiled[server]` is not installed, or the server did not start; the message says why.
        ValueError: an argument does not fit.
    """
    settings: dict[str, Any] = {"port": arguments.whole("port", port, least=0, most=65535)}
    if directory is not None:
        settings["directory"] = str(arguments.path("directory", directory).resolve())
    if api_key is not None:
        if not arguments.text("api_key", api_key).isalnum():
            raise ValueError("api_key has letters and digits, and no other characters")
        settings["api_key"] = api_key
    if readable_storage is not None:
        single = isinstance(readable_storage, str | os.PathLike)
        listed = cast("Iterable[object]", [readable_storage] if single else readable_storage)
        settings["readable_storage"] = [str(arguments.path("readable_storage", each).resolve()) for each in listed]
    program = sys.executable if python is None else str(arguments.path("python", python))
    process, started = await _start(program, settings)
    folder = started.directory if directory is None else ""
    context = Context(f"http://127.0.0.1:{started.port}", api_key=started.api_key, trust_env=False)
    context._stop = weakref.finalize(context, _stop, process, os.getpid(), folder)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    try:
        await context.about()
        found = cast("Container", await from_context(context))
    except BaseException:
        await context.close()
        raise
    if not quiet:
        sys.stdout.write(f"{context.base_url}\n")
    return found


async def _start(program: str, settings: dict[str, Any]) -> tuple[subprocess.Popen[bytes], _Started]:
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(  # noqa: S603, ASYNC220 - an own program; it is waited for in a thread
                [program, "-c", _SERVER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                bufsize=0,  # no buffer whose lock another thread could hold while this process is forked
                start_new_session=True,  # Ctrl-C is for the program, not for its server
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # the same on Windows
            )
        except OSError as error:
            raise RuntimeError(f"{program} cannot be run: {error.strerror}") from error
        _RUNNING.add(process)
        try:
            line = await asyncio.wait_for(asyncio.to_thread(_talk, process, settings), _START)
        except TimeoutError:
            process.kill()
            _stop(process, os.getpid())
            raise RuntimeError(f"the server did not start within {_START:g} s{_tail(said, settings)}") from None
        except BaseException:
            process.kill()  # which ends the thread, too
            _stop(process, os.getpid())
            raise
        try:
            started = msgspec.json.decode(line, type=_Started)
        except msgspec.DecodeError:
            started = _Started(error="it ended without a word")
        if not started.error and started.port:
            return process, started
        _stop(process, os.getpid())
        if started.error.startswith("ModuleNotFoundError"):
            raise RuntimeError(
                f"{program} has no server of Tiled ({started.error}): install 'tiled[server]', or name a Python "
                "that has it as python="
            )
        raise RuntimeError(f"the server did not start: {started.error}{_tail(said, settings)}")


def _talk(process: subprocess.Popen[bytes], settings: dict[str, Any]) -> bytes:
    told, heard = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    with contextlib.suppress(OSError):  # it has ended; what it said is read
        told.write(msgspec.json.encode(settings) + b"\n")
    return heard.readline(_LONGEST)


def _tail(said: IO[bytes], settings: dict[str, Any]) -> str:
    """What the server wrote at last, without its key."""
    said.seek(max(0, said.seek(0, os.SEEK_END) - _TAIL))
    text = said.read(_TAIL).decode(errors="replace").strip()
    key = settings.get("api_key")
    text = text.replace(str(key), "***") if key else text
    return f"; it said: {text}" if text else ""


def _stop(process: subprocess.Popen[bytes], owner: int, folder: str = "") -> None:
    """End the server and wait for it, so that its folder is gone afterwards; a forked child of the owner does not.

    One that does not listen is ended by a signal, then by force; `folder` is removed here then, as it cannot do that.
    """
    if os.getpid() != owner:
        return
    if process.stdin is not None:
        with contextlib.suppress(OSError, ValueError):
            process.stdin.write(b"stop\n")  # a process that was forked elsewhere may hold the pipe
    _close_pipes(process)
    for force in (process.terminate, process.kill):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP)
            return
        force()
    process.wait()
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
