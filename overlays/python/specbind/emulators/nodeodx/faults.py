"""The calls of a node, by whose names it misbehaves on request.

    node = NodeOdx(faults="drop:upload:2, 503:info, truncate:download:0.5")
    node.faults.add("slow:download:1M")

`specbind.emulators.faults` lists the kinds. A call is one of info (of node or task), options, list, init, upload,
commit, new, output, download, cancel, remove, restart, or `any`.
"""

from __future__ import annotations

from specbind.emulators import faults

__all__ = ["CALLS", "Faults", "call_of"]

CALLS = (
    "info",
    "options",
    "list",
    "init",
    "upload",
    "commit",
    "new",
    "output",
    "download",
    "cancel",
    "remove",
    "restart",
)


class Faults(faults.Faults):
    """The faults of a node, and which were played.

    Args:
        text: faults, with commas between them.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text, CALLS, "download")


def call_of(method: str, path: str) -> str:
    """Name of the call that a request makes, empty for none."""
    parts = path.strip("/").split("/")
    if parts[:2] == ["task", "new"]:
        return parts[2] if len(parts) > 2 else "new"
    if parts[0] == "task" and method == "POST":
        return parts[-1]
    if parts[0] == "task" and len(parts) > 2:
        return parts[2]
    return parts[-1]
