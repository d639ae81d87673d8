"""Where a file may be put: beside nothing, or in place of a plain file."""

from __future__ import annotations

import errno
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check_target"]


def check_target(path: Path) -> None:
    """Make sure that a file may be put at `path`: nothing stands there, or a plain file, which is replaced.

    A link is refused too, wherever it leads: it would itself be replaced, and `/dev/stdout` is one.

    Raises:
        IsADirectoryError: a folder stands there.
        FileExistsError: a device, a pipe, a socket or a link stands there.
        OSError: it cannot be found out, as below a plain file.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "this is a folder; give the path of a file in it", str(path))
    if stat.S_ISLNK(mode):
        raise FileExistsError(errno.EEXIST, "this is a link; give the path of a file", str(path))
    raise FileExistsError(errno.EEXIST, "this is no plain file, and is not replaced; give another path", str(path))
