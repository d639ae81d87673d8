"""A cache of answers in an SQLite file.

    client = from_uri("https://tiled.example.org", cache=Cache())

It saves bytes, not round trips: every use asks the server whether the answer is still the same. An answer is kept under
its URL and the `Accept` header, so that JSON and MessagePack never meet.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from ._folders import cache_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

__all__ = ["Cache", "CachedResponse"]

_FORMAT = 0x73706232  # in the header of the file: it is ours, and has these tables
_BEFORE = 0x73706231  # with bodies beside the rest, so that each use wrote them anew
_KEPT = frozenset({"content-type", "etag", "content-encoding", "last-modified"})
_BUSY = 1.0
_NOTED = 1000
# Bodies stand apart, so that what is said of them is looked through and changed without them; the total of their sizes
# is kept by the file itself, since other processes change it too. No write-ahead log: homes on network file systems.
_TABLES = """
CREATE TABLE responses (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL, accept TEXT NOT NULL, status INTEGER NOT NULL, headers TEXT NOT NULL,
    size INTEGER NOT NULL, created REAL NOT NULL, used REAL NOT NULL, UNIQUE (url, accept)
);
CREATE INDEX responses_used ON responses (used);
CREATE TABLE bodies (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE total (size INTEGER NOT NULL);
INSERT INTO total VALUES (0);
CREATE TRIGGER responses_more AFTER INSERT ON responses BEGIN UPDATE total SET size = size + NEW.size; END;
CREATE TRIGGER responses_fewer AFTER DELETE ON responses BEGIN
    UPDATE total SET size = size - OLD.size;
    DELETE FROM bodies WHERE id = OLD.id;
END;
"""
_OPEN: weakref.WeakSet[Cache] = weakref.WeakSet()
_INHERITED: list[sqlite3.Connection] = []  # a forked child never closes them: what is under way is its parent's


class CacheRequest(Protocol):
    """What the cache looks at in a request."""

    @property
    def url(self) -> object: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


class CachedResponse(msgspec.Struct, frozen=True):
    """An answer as it is kept.

    Attributes:
        status_code: HTTP status.
        headers: those that a reader needs: media type and ETag.
        content: the body.
    """

    status_code: int
    headers: dict[str, str]
    content: bytes


class Cache:
    """Answers in an SQLite file, bounded, safe from any thread and in forked children.

    A file that another process holds for longer than a second, or that is broken, is an `sqlite3.Error` here. Clients
    go on without the cache then, and log one warning.

    Args:
        filepath: the file; by default `http_response_cache_v2.db` in Tiled's cache folder. It is readable by its owner
            only.
        capacity: bytes of all bodies; the least recently used go first.
        max_item_size: bytes of the largest body that is kept.
        readonly: never write.

    Raises:
        ValueError: `capacity` is not above `max_item_size`.
        RuntimeError: the file is an SQLite file of something else, and is left as it is.
        OSError: the file cannot be opened.
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str] | None = None,
        capacity: int = 500_000_000,
        max_item_size: int = 500_000,
        readonly: bool = False,
    ) -> None:
        if capacity <= max_item_size:
            raise ValueError(f"capacity ({capacity} bytes) must be above max_item_size ({max_item_size} bytes)")
        self._filepath = Path(filepath) if filepath is not None else cache_folder() / "http_response_cache_v2.db"
        self._capacity = capacity
        self._max_item_size = max_item_size
        self._readonly = readonly
        self._lock = threading.RLock()
        self._database: sqlite3.Connection | None = None
        self._process = 0
        self._closed = False
        self._used: dict[tuple[str, str], float] = {}
        with self._lock:
            self._open()
        _OPEN.add(self)

    @property
    def filepath(self) -> Path:
        """The file."""
        return self._filepath

    @property
    def readonly(self) -> bool:
        """Whether it is read and never changed."""
        return self._readonly

    @property
    def capacity(self) -> int:
        """Bytes of all bodies that are kept at most. A lower one takes hold at once."""
        return self._capacity

    @capacity.setter
    def capacity(self, capacity: int) -> None:
        if capacity <= self._max_item_size:
            raise ValueError(f"capacity ({capacity} bytes) must be above max_item_size ({self._max_item_size} bytes)")
        self._capacity = capacity
        if not self._readonly:
            with self._lock, self._open() as database:
                self._evict(database, 0)

    @property
    def max_item_size(self) -> int:
        """Bytes of the largest body that is kept."""
        return self._max_item_size

    @max_item_size.setter
    def max_item_size(self, size: int) -> None:
        if size >= self._capacity:
            raise ValueError(f"max_item_size ({size} bytes) must be below capacity ({self._capacity} bytes)")
        self._max_item_size = size

    def write_safe(self) -> bool:
        """Whether it may be written from this thread: always, unless it is read-only or closed."""
        return not self._readonly and not self._closed

    def get(self, request: CacheRequest) -> CachedResponse | None:
        """The answer that is kept for a request, None if there is none."""
        key = _key(request)
        with self._lock:
            row = (
                self._open()
                .execute(
                    "SELECT status, headers, body FROM responses JOIN bodies USING (id) WHERE url = ? AND accept = ?",
                    key,
                )
                .fetchone()
            )
            if row is None:
                return None
            if not self._readonly:
                self._note(key)
        status, headers, body = row
        return CachedResponse(status, msgspec.json.decode(headers, type=dict[str, str]), body)

    def set(self, request: CacheRequest, response: CachedResponse, content: bytes | None = None) -> bool:
        """Keep an answer in place of an older one. False where it is too large or the cache read-only.

        Args:
            request: what was asked for.
            response: the answer.
            content: the body, where it is not that of `response`.
        """
        body = response.content if content is None else bytes(content)
        size = len(body)
        if self._readonly or size > self._max_item_size:
            return False
        headers = {name: text for name, text in response.headers.items() if name.lower() in _KEPT}
        now = time.time()
        row = (*_key(request), response.status_code, msgspec.json.encode(headers).decode(), size, now, now)
        with self._lock, self._open() as database:
            self._delete(database, request)
            self._evict(database, size)
            made = database.execute("INSERT INTO responses VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", row)
            database.execute("INSERT INTO bodies VALUES (?, ?)", (made.lastrowid, body))
        return True

    def delete(self, request: CacheRequest) -> bool:
        """Drop what is kept for a request. False if there was nothing, or the cache is read-only."""
        if self._readonly:
            return False
        with self._lock, self._open() as database:
            return self._delete(database, request)

    def clear(self) -> None:
        """Drop everything. Raises RuntimeError for a read-only cache."""
        if self._readonly:
            raise RuntimeError("the cache is read-only")
        with self._lock, self._open() as database:
            database.execute("DELETE FROM responses")

    def count(self) -> int:
        """Number of answers that are kept."""
        return self._number("SELECT COUNT(*) FROM responses")

    def size(self) -> int:
        """Bytes of all bodies that are kept, without headers and the rest of the file."""
        return self._number("SELECT size FROM total")

    def close(self) -> None:
        """Close the file. May be called twice; every other call fails afterwards."""
        with self._lock:
            self._closed = True
            if self._database is not None and self._process == os.getpid():
                with contextlib.suppress(sqlite3.Error), self._database:  # only the order of what goes first is lost
                    self._write_used(self._database)
                self._database.close()
            self._database = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        database = getattr(self, "_database", None)
        if database is not None and self._process == os.getpid():
            database.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {str(self._filepath)!r}>"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self._filepath, self._capacity, self._max_item_size, self._readonly)

    def _number(self, query: str) -> int:
        with self._lock, self._open() as database:
            return int(database.execute(query).fetchone()[0])

    def _open(self) -> sqlite3.Connection:
        """The database of this process; a forked child opens its own."""
        if self._closed:
            raise RuntimeError("the cache is closed")
        if self._database is None or self._process != os.getpid():
            if self._database is not None:
                _INHERITED.append(self._database)
            self._database = _connected(self._filepath, self._readonly)
            self._process = os.getpid()
        return self._database

    def _delete(self, database: sqlite3.Connection, request: CacheRequest) -> bool:
        found = database.execute("DELETE FROM responses WHERE url = ? AND accept = ?", _key(request))
        return found.rowcount > 0

    def _note(self, key: tuple[str, str]) -> None:
        """Remember that it was used, to be written with the next change."""
        self._used[key] = time.time()
        if len(self._used) >= _NOTED:
            with self._open() as database:
                self._write_used(database)

    def _write_used(self, database: sqlite3.Connection) -> None:
        if self._used:
            used = [(when, *key) for key, when in self._used.items()]
            database.executemany("UPDATE responses SET used = ? WHERE url = ? AND accept = ?", used)
            self._used.clear()

    def _evict(self, database: sqlite3.Connection, room: int) -> None:
        """Drop the least recently used until `room` bytes more would fit."""
        size = int(database.execute("SELECT size FROM total").fetchone()[0])
        if size + room <= self._capacity:
            return
        self._write_used(database)
        for number, freed in database.execute("SELECT id, size FROM responses ORDER BY used").fetchall():
            database.execute("DELETE FROM responses WHERE id = ?", (number,))
            size -= freed
            if size + room <= self._capacity:
                return

    def _renew(self) -> None:
        """In a forked child: the lock may be held by a thread that is not there."""
        self._lock = threading.RLock()
        self._used.clear()


def _renew_all() -> None:
    for cache in list(_OPEN):
        cache._renew()  # noqa: SLF001 - of this module  # pyright: ignore[reportPrivateUsage]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)


def _key(request: CacheRequest) -> tuple[str, str]:
    return str(request.url), request.headers.get("Accept") or request.headers.get("accept") or ""


def _connected(path: Path, readonly: bool) -> sqlite3.Connection:
    if readonly:
        database = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False, timeout=_BUSY
        )
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        database = sqlite3.connect(path, check_same_thread=False, timeout=_BUSY)
    try:
        _prepare(database, path, readonly)
    except BaseException:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection, path: Path, readonly: bool) -> None:
    try:
        mark = int(database.execute("PRAGMA application_id").fetchone()[0])
        tables = database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise RuntimeError(f"{path} cannot be read as a cache ({error}); choose another file") from error
    if mark == _FORMAT:
        return
    if readonly or (tables and mark != _BEFORE):
        raise RuntimeError(f"{path} is no cache of this version; choose another file")
    old = "DROP TABLE IF EXISTS responses;" if mark == _BEFORE else ""
    try:
        with database:
            database.executescript(f"BEGIN IMMEDIATE;{old}{_TABLES}PRAGMA application_id = {_FORMAT};COMMIT;")
    except sqlite3.OperationalError:  # another process did that meanwhile
        if int(database.execute("PRAGMA application_id").fetchone()[0]) != _FORMAT:
            raise
