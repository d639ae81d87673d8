"""Loaded at the start of a watched Python: notes what it does to the world in the file WATCH_LOG, as JSON lines."""

import os
import sys

_log = os.open(os.environ["WATCH_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
_CALLS = {"os.symlink", "os.link", "os.system", "socket.connect", "socket.bind", "socket.getaddrinfo", "urllib.Request"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _watch(event: str, arguments: tuple) -> None:
    if event == "open":
        if isinstance(arguments[0], int):
            return
        how = "write" if (arguments[2] or 0) & _WRITING else "read"
        _note(how, os.path.abspath(os.fsdecode(arguments[0])))  # noqa: PTH100  # nothing may be imported in here
    elif event in {"os.mkdir", "os.rename"}:
        _note("write", os.path.abspath(os.fsdecode(arguments[1 if event == "os.rename" else 0])))  # noqa: PTH100
    elif event == "subprocess.Popen":
        _note("program", os.fsdecode(arguments[0]))
    elif event in _CALLS:
        _note(event, repr(arguments))


def _note(what: str, detail: str) -> None:
    os.write(_log, f"{what}\t{detail!r}\n".encode())


sys.addaudithook(_watch)
