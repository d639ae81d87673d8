"""A download before it has its final name: reserved, locked, written at offsets, then renamed whole."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from .errors import NotEnoughSpaceError, TransferError
from .spans import Span, Spans

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PartFile", "SavedState", "Version"]

_NO_FALLOCATE = {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.ENODEV}
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)


class Version(msgspec.Struct, frozen=True):
    """What tells one version of a resource from another one."""

    etag: str = ""
    last_modified: str = ""
    total: int | None = None
    """Bytes of the whole resource."""
    validator: str = ""
    """What `If-Range` may carry: a strong ETag, or a date that is strong; empty when there is none."""

    def same(self, partial: Version) -> bool:
        """Whether a 206 speaks of the same bytes.

        When the request carried `validator`, the server has compared it, and may leave the date out of its answer
        (RFC 9110, 15.3.7): a date that is absent is unknown then, not another one. It must repeat the ETag.
        """
        if (self.etag, self.total) != (partial.etag, partial.total):
            return False
        return self.last_modified == partial.last_modified or bool(self.validator and not partial.last_modified)

    def resumable(self, *, weak: bool) -> bool:
        """Whether the rest may be asked for by itself."""
        return self.total is not None and bool(self.validator or (weak and (self.etag or self.last_modified)))


class SavedState(msgspec.Struct, frozen=True):
    """What stands beside a part file, so that a later run can go on."""

    version: Version
    spans: list[tuple[int, int]]


class PartFile:
    """Bytes beside their target, mode 0600. `write` may be called from several threads.

    Args:
        target: final path; its folder must exist.
        key: what the bytes come from. With a key the part file has a fixed name, is locked, and outlives a failure
            together with its state; without one it has a random name.
        name: what the fixed name is made of, by default the name of the target.

    Raises:
        TransferError: another download writes the same part file, or it is not a file of this user.
        OSError: the folder is missing or cannot be written.
    """

    def __init__(self, target: Path, key: str | None = None, name: str = "") -> None:
        self.target = target
        self.spans = Spans()
        self.version = Version()
        self._lock = threading.Lock()
        self._saving = threading.Lock()
        self._keep = key is not None
        whole = name or target.name
        name = os.fsencode(whole)[:100].decode(errors="ignore")
        if key is None:
            self._fd, path = tempfile.mkstemp(prefix=f".{name}.", suffix=".part", dir=target.parent)
            self.path = Path(path)
        else:
            digest = hashlib.sha256(os.fsencode(whole) + f"\n{key}".encode()).hexdigest()[:16]
            self.path = target.parent / f".{name}.{digest}.part"
            self._fd = _open_locked(self.path)
        self._state_path = self.path.with_name(f"{self.path.name}.json")
        if self._keep:
            self._load()

    def reserve(self, total: int) -> None:
        """Make sure that `total` bytes will fit, and lay them out in one piece where the file system can.

        Raises:
            NotEnoughSpaceError: they will not fit.
        """
        needed = total - self.spans.size
        free = shutil.disk_usage(self.target.parent).free
        if needed > free:
            raise self._full(needed)
        if total and hasattr(os, "posix_fallocate"):
            try:
                os.posix_fallocate(self._fd, 0, total)
            except OSError as error:
                if error.errno in _NO_SPACE:
                    raise self._full(needed) from error
                if error.errno not in _NO_FALLOCATE:
                    raise

    def write(self, offset: int, blocks: Sequence[bytes | memoryview]) -> None:
        """Write blocks one after another from `offset` on, and note them as done.

        Raises:
            NotEnoughSpaceError: the disk is full.
        """
        size = sum(map(len, blocks))
        with self._lock:
            if self._fd < 0:
                return  # given up meanwhile: nobody will read it
            try:
                _write_all(self._fd, offset, blocks)
            except OSError as error:
                if error.errno in _NO_SPACE:
                    raise self._full(size) from error
                raise
            self.spans.add(Span(offset, offset + size))

    def save(self) -> None:
        """Write down what is done, after it is safe on disk, so that a later run can go on."""
        if not self._keep:
            return
        with self._saving:
            with self._lock:
                if self._fd < 0:
                    return
                state = SavedState(self.version, [(span.start, span.end) for span in self.spans])
                fd = os.dup(self._fd)
            try:
                os.fsync(fd)  # long: others write on meanwhile
            finally:
                os.close(fd)
            temporary = self._state_path.with_name(f"{self._state_path.name}.new")
            temporary.unlink(missing_ok=True)
            with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 (a descriptor)
                file.write(msgspec.json.encode(state))
            temporary.replace(self._state_path)

    def reset(self) -> None:
        """Forget all bytes: another version begins."""
        with self._lock:
            os.ftruncate(self._fd, 0)
            self.spans = Spans()
            self.version = Version()
        self._state_path.unlink(missing_ok=True)

    def publish(self, total: int) -> None:
        """Give the bytes their final name; from here on they are safe against a crash."""
        mode = _usual_mode(self.target)
        with self._lock:
            os.ftruncate(self._fd, total)
            os.fsync(self._fd)
            if sys.platform == "win32":  # an open file cannot be renamed there
                self._close()
            else:
                os.fchmod(self._fd, mode)
            self.path.replace(self.target)
            self._close()
        _sync_folder(self.target.parent)
        self._state_path.unlink(missing_ok=True)

    def give_up(self, *, keep: bool) -> None:
        """Close without publishing. The bytes stay only when they are kept for a later run."""
        with self._lock:
            if self._fd < 0:
                return
        if keep:
            self.save()
        with self._lock:
            if not (keep and self._keep):
                if sys.platform == "win32":
                    self._close()
                self.path.unlink(missing_ok=True)
                self._state_path.unlink(missing_ok=True)
            self._close()

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _load(self) -> None:
        """Take over what an earlier run has left, if its state and its bytes belong together."""
        try:
            state = msgspec.json.decode(self._state_path.read_bytes(), type=SavedState)
        except (OSError, msgspec.DecodeError):
            return
        spans = Spans(Span(*pair) for pair in state.spans if 0 <= pair[0] < pair[1])
        total = state.version.total
        if spans.end <= os.fstat(self._fd).st_size and (total is None or spans.end <= total):
            self.spans, self.version = spans, state.version

    def _full(self, needed: int) -> NotEnoughSpaceError:
        free = shutil.disk_usage(self.target.parent).free
        message = f"{self.target} needs {needed} more bytes, but only {free} are free"
        return NotEnoughSpaceError(message, needed=needed, free=free)


def _write_all(fd: int, offset: int, blocks: Sequence[bytes | memoryview]) -> None:
    if hasattr(os, "pwritev"):
        written = os.pwritev(fd, blocks, offset)
        if written == sum(map(len, blocks)):
            return
        rest = memoryview(b"".join(blocks))[written:]
        offset += written
    else:
        rest = memoryview(b"".join(blocks))
    os.lseek(fd, offset, os.SEEK_SET)
    while rest:
        rest = rest[os.write(fd, rest) :]


def _open_locked(path: Path) -> int:
    """Open a part file that this process alone writes."""
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | _NOFOLLOW | _BINARY, 0o600)
        try:
            _lock(fd, path)
            there = os.fstat(fd)
            _check_ours(there, path)
            # a run that ended meanwhile may have renamed the file that was opened: then it is the finished one
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(path.stat(), there):
                    return fd
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)


def _check_ours(there: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(there.st_mode) or (sys.platform != "win32" and there.st_uid != os.geteuid()):
        message = f"{path} is not a file of this user; remove it, or download to another folder"
        raise TransferError(message)


def _lock(fd: int, path: Path) -> None:
    if sys.platform == "win32":
        return
    import fcntl  # noqa: PLC0415 (not on Windows)

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        message = f"another download is writing {path}; wait for it, or choose another target"
        raise TransferError(message) from error


def _usual_mode(target: Path) -> int:
    """Permissions that a file made here normally has, or those of the file to be replaced."""
    with contextlib.suppress(FileNotFoundError):
        return stat.S_IMODE(target.stat().st_mode)
    if sys.platform == "linux":  # a file without a name: whoever is killed now leaves nothing behind
        with contextlib.suppress(OSError):
            fd = os.open(target.parent, os.O_RDWR | os.O_TMPFILE, 0o666)
            try:
                return stat.S_IMODE(os.fstat(fd).st_mode)
            finally:
                os.close(fd)
    probe = Path(tempfile.mkdtemp(prefix=".mode-", dir=target.parent))
    try:
        (probe / "file").touch(mode=0o666)
        return stat.S_IMODE((probe / "file").stat().st_mode)
    finally:
        shutil.rmtree(probe)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself safe; not every system can."""
    if sys.platform == "win32":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(fd)
    finally:
        os.close(fd)
