"""A snapshot that was read and checked, and can be asked for the parts of one image at a time.

The rows of the tables come in any order; what belongs together is found by an index on disk, so that memory does not
grow with the project.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TypeVar, cast

import msgspec

from specbind.core.tasks import raise_if_cancelled
from specbind.supervisely.exceptions import SnapshotError, UnsupportedSnapshotError
from specbind.supervisely.fields import as_list, as_object

from .archive import decompressed
from .checks import Checks
from .libraries import zstandard
from .limits import SnapshotLimits
from .rows import ALPHA
from .schema import (
    FIGURE,
    FORMATS,
    IMAGE,
    MANIFEST,
    META,
    PROJECT,
    TABLES,
    AlphaRow,
    DatasetRow,
    FigureRow,
    ImageRow,
    TagRow,
)
from .tables import read_rows
from .tarstream import TarStream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Staged", "stage"]

_ZSTD = b"\x28\xb5\x2f\xfd"
_DOCUMENTS = (PROJECT, META, MANIFEST)
_FILES = {f"{name}.parquet": name for name in TABLES}
_COMMIT = 10_000
_HEAD = 512
_SCHEMA = """
CREATE TABLE images (number INTEGER PRIMARY KEY, id INTEGER UNIQUE, dataset INTEGER, row BLOB);
CREATE TABLE figures (number INTEGER PRIMARY KEY, id INTEGER UNIQUE, image INTEGER, alpha INTEGER, row BLOB);
CREATE TABLE masks (id INTEGER PRIMARY KEY, row BLOB) WITHOUT ROWID;
CREATE TABLE tags (number INTEGER PRIMARY KEY, kind TEXT, owner INTEGER, tag INTEGER, row BLOB);
CREATE TABLE hashes (hash TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE links (link TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX image_of ON images (dataset, number);
CREATE INDEX figure_of ON figures (image);
CREATE INDEX tag_of ON tags (kind, owner);
"""
_ORPHANS = {
    "images": "SELECT COUNT(*) FROM images WHERE dataset NOT IN (SELECT id FROM known)",
    "figures": "SELECT COUNT(*) FROM figures WHERE image NOT IN (SELECT id FROM images)",
    "masks": "SELECT COUNT(*) FROM masks WHERE id NOT IN (SELECT id FROM figures)",
    "tags of images": "SELECT COUNT(*) FROM tags WHERE kind = 'item' AND owner NOT IN (SELECT id FROM images)",
    "tags of figures": "SELECT COUNT(*) FROM tags WHERE kind = 'figure' AND owner NOT IN (SELECT id FROM figures)",
}
_NO_MASK = "SELECT id FROM figures WHERE alpha AND id NOT IN (SELECT id FROM masks WHERE row IS NOT NULL) LIMIT 1"
R = TypeVar("R")


class Staged:
    """The content of a snapshot. Close it, or use it in a `with` statement.

    Attributes:
        project: what was told of the project.
        meta: its classes and tags.
        format: format of the snapshot.
        datasets: its datasets, parents first.
        images: number of images.
        rows: number of rows of each table.
        orphans: what is left out since that which it belongs to is missing: its kind, and how many.
    """

    def __init__(self, database: Path) -> None:
        self.project: dict[str, Any] = {}
        self.meta: dict[str, Any] = {}
        self.format = ""
        self.datasets: list[DatasetRow] = []
        self.images = 0
        self.rows: dict[str, int] = {}
        self.orphans: dict[str, int] = {}
        # one call at a time, but each in another thread
        self._base = sqlite3.connect(database, check_same_thread=False)
        self._base.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192;")
        self._base.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the index."""
        self._base.close()

    def images_of(self, dataset: int, after: int, most: int) -> list[tuple[int, ImageRow]]:
        """Images of a dataset with their numbers, those with a number above `after`."""
        query = "SELECT number, row FROM images WHERE dataset = ? AND number > ? ORDER BY number LIMIT ?"
        return [(number, _row(ImageRow, row)) for number, row in self._base.execute(query, (dataset, after, most))]

    def figures_of(self, image: int) -> list[FigureRow]:
        """Figures of an image."""
        query = "SELECT row FROM figures WHERE image = ? ORDER BY number"
        return [_row(FigureRow, row) for (row,) in self._base.execute(query, (image,))]

    def mask_of(self, figure: int) -> str | None:
        """Geometry of an alpha mask, as JSON."""
        found = self._base.execute("SELECT row FROM masks WHERE id = ?", (figure,)).fetchone()
        return None if found is None else found[0]

    def tags_of(self, kind: str, owner: int) -> list[TagRow]:
        """Tags of an image or a figure."""
        query = "SELECT row FROM tags WHERE kind = ? AND owner = ? ORDER BY number"
        return [_row(TagRow, row) for (row,) in self._base.execute(query, (kind, owner))]

    def repeated_tags(self, most: int = 20) -> list[tuple[str, int, int, int]]:
        """Tags that one image or figure bears more than once: kind, owner, tag and how often."""
        query = (
            "SELECT kind, owner, tag, COUNT(*) FROM tags GROUP BY kind, owner, tag HAVING COUNT(*) > 1 "
            "ORDER BY kind, owner LIMIT ?"
        )
        return list(self._base.execute(query, (most,)))

    def sources(self, kind: str, after: str, most: int) -> list[str]:
        """Hashes (`hashes`) or addresses (`links`) of the images, those after `after` in their order."""
        query = {
            "hashes": "SELECT hash FROM hashes WHERE hash > ? ORDER BY hash LIMIT ?",
            "links": "SELECT link FROM links WHERE link > ? ORDER BY link LIMIT ?",
        }[kind]
        return [text for (text,) in self._base.execute(query, (after, most))]

    # filling

    def fill(self, folder: Path, limits: SnapshotLimits) -> None:
        """Read the tables in `folder`, and check each row."""
        checks = Checks(self.meta)
        put = self._base.execute
        try:
            for image in self._rows(folder, "images", ImageRow, limits):
                checks.image(image)
                self._put_image(image)
            for figure in self._rows(folder, "figures", FigureRow, limits):
                checks.figure(figure)
                alpha = figure.geometry_type == ALPHA
                values = (figure.src_figure_id, figure.src_image_id, alpha, _blob(figure))
                put("INSERT INTO figures VALUES (NULL, ?, ?, ?, ?)", values)
            for mask in self._rows(folder, "alpha_geometries", AlphaRow, limits):
                put("INSERT INTO masks VALUES (?, ?)", (mask.src_figure_id, mask.geometry_json))
            for tag in self._rows(folder, "tags", TagRow, limits):
                self._put_tag(tag, checks)
            self._base.executescript(_INDEXES)
            self._base.commit()
            self.datasets = _parents_first(list(self._rows(folder, "datasets", DatasetRow, limits)))
            for dataset in self.datasets:
                checks.dataset(dataset)
            self._look()
        except (sqlite3.IntegrityError, OverflowError) as error:
            raise SnapshotError(f"the snapshot contradicts itself: {error}") from error
        except sqlite3.Error as error:
            raise OSError(f"the index of the snapshot cannot be written: {error}") from error

    def _put_image(self, image: ImageRow) -> None:
        put = self._base.execute
        put("INSERT INTO images VALUES (NULL, ?, ?, ?)", (image.src_image_id, image.src_dataset_id, _blob(image)))
        self.images += 1
        if image.link:
            put("INSERT OR IGNORE INTO links VALUES (?)", (image.link,))
        elif image.hash:
            put("INSERT OR IGNORE INTO hashes VALUES (?)", (image.hash,))

    def _put_tag(self, tag: TagRow, checks: Checks) -> None:
        if tag.owner_type in (IMAGE, FIGURE):
            checks.tag(tag)
            values = (tag.owner_type, tag.owner_id, tag.tag_id, _blob(tag))
            self._base.execute("INSERT INTO tags VALUES (NULL, ?, ?, ?, ?)", values)

    def _look(self) -> None:
        """Count what belongs to nothing, and find masks that are missing."""
        base = self._base
        base.execute("CREATE TEMP TABLE known (id INTEGER PRIMARY KEY)")
        base.executemany("INSERT INTO known VALUES (?)", [(dataset.src_dataset_id,) for dataset in self.datasets])
        for kind, query in _ORPHANS.items():
            (count,) = base.execute(query).fetchone()
            if count:
                self.orphans[kind] = count
        missing = base.execute(_NO_MASK).fetchone()
        if missing is not None:
            raise SnapshotError(f"the snapshot lacks the geometry of the alpha mask {missing[0]}")

    def _rows(self, folder: Path, name: str, row: type[Any], limits: SnapshotLimits) -> Iterator[Any]:
        path = folder / f"{name}.parquet"
        self.rows[name] = 0
        if not path.exists():
            return
        for number, found in enumerate(read_rows(path, row, limits), 1):
            self.rows[name] = number
            yield found
            if number % _COMMIT == 0:
                self._base.commit()
        path.unlink()


def stage(snapshot: Path, folder: Path, limits: SnapshotLimits | None = None) -> Staged:
    """Read and check a snapshot. `folder` is an empty folder for what is unpacked.

    Raises:
        UnsupportedSnapshotError: a pickle of an older client, or a format that is not known.
        SnapshotError: it is damaged, or passes a limit.
    """
    bounds = limits or SnapshotLimits()
    with snapshot.open("rb") as file:
        head = file.read(_HEAD)
        file.seek(0)
        if head.startswith(_ZSTD):
            try:
                tar = TarStream(decompressed(file, bounds), bounds.unpacked(snapshot.stat().st_size))
                documents = _extract(tar, folder, bounds)
            except zstandard().ZstdError as error:
                raise SnapshotError(f"the snapshot is damaged: {error}; download it again") from error
        elif head[257:262] == b"ustar":
            documents = _extract(TarStream(cast("BinaryIO", file), bounds), folder, bounds)
        else:
            raise _not_columnar(head)
    staged = Staged(folder / "index.sqlite")
    try:
        staged.format = _format(documents)
        staged.project, staged.meta = documents[PROJECT], documents[META]
        staged.fill(folder, bounds)
        _counted(documents[MANIFEST], staged.rows)
    except BaseException:
        staged.close()
        raise
    return staged


def _not_columnar(head: bytes) -> SnapshotError:
    if head[:1] == b"\x80":
        return UnsupportedSnapshotError(
            "the snapshot is a pickle, as older clients wrote it; loading one can run any code, so it is never done. "
            "Make a new version of the project, or convert it with the official client (Project.repack_snapshot)"
        )
    return SnapshotError("the snapshot is neither a tar nor a file of Zstandard: it is not one of a project of images")


def _extract(tar: TarStream, folder: Path, limits: SnapshotLimits) -> dict[str, dict[str, Any]]:
    """Copy the tables to files that are named here, and give the documents."""
    documents: dict[str, dict[str, Any]] = {}
    seen: set[str] = set()
    while (member := tar.next()) is not None:
        name = member.name
        if not member.file or (name not in _DOCUMENTS and name not in _FILES):
            continue
        if name in seen:
            raise SnapshotError(f"the snapshot has {name} more than once")
        seen.add(name)
        if name in _DOCUMENTS:
            documents[name] = _document(name, tar.content(limits.document))
        else:
            with (folder / f"{_FILES[name]}.parquet").open("wb") as target:
                tar.copy(target)
    tar.finish()
    missing = [name for name in _DOCUMENTS if name not in documents]
    if missing:
        raise SnapshotError(f"the snapshot lacks {', '.join(missing)}")
    _complete(documents[MANIFEST], seen)
    return documents


def _complete(manifest: dict[str, Any], seen: set[str]) -> None:
    for table in as_list(manifest.get("tables")):
        named = as_object(table).get("name")
        if isinstance(named, str) and named in TABLES and f"{named}.parquet" not in seen:
            raise SnapshotError(f"the snapshot lacks the table {named} that its manifest names")


def _counted(manifest: dict[str, Any], rows: dict[str, int]) -> None:
    """Compare the numbers of rows with those of the manifest, where it has them."""
    for table in map(as_object, as_list(manifest.get("tables"))):
        name, count = table.get("name"), table.get("row_count")
        if isinstance(name, str) and name in rows and isinstance(count, int) and count != rows[name]:
            message = f"the table {name} of the snapshot has {rows[name]} rows where its manifest says {count}"
            raise SnapshotError(f"{message}; download it again")


def _document(name: str, content: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SnapshotError(f"{name} of the snapshot is no JSON object: {error}") from error


def _format(documents: dict[str, dict[str, Any]]) -> str:
    found = documents[MANIFEST].get("schema_version")
    if found not in FORMATS:
        known = ", ".join(sorted(FORMATS))
        message = (
            f"the snapshot has the format {str(found)[:40]!r}; read are {known}. Restore it with the official client"
        )
        raise UnsupportedSnapshotError(message)
    kind = documents[PROJECT].get("type")
    if kind not in (None, "images"):
        message = (
            f"the snapshot is of a project of {str(kind)[:40]!r}; read are images. Restore it with the official client"
        )
        raise UnsupportedSnapshotError(message)
    return str(found)


def _parents_first(datasets: list[DatasetRow]) -> list[DatasetRow]:
    """Order datasets so that each comes after its parent. One whose parent is missing comes as if it had none."""
    by_id = {dataset.src_dataset_id: dataset for dataset in datasets}
    if len(by_id) != len(datasets):
        raise SnapshotError("the snapshot has two datasets of one id")
    children: dict[int | None, list[DatasetRow]] = {}
    for dataset in datasets:
        parent = dataset.parent_src_dataset_id
        children.setdefault(parent if parent in by_id else None, []).append(dataset)
    ordered: list[DatasetRow] = []
    waiting: list[int | None] = [None]
    while waiting:
        found = children.pop(waiting.pop(), [])
        ordered += found
        waiting += [dataset.src_dataset_id for dataset in reversed(found)]
    if children:
        raise SnapshotError("the datasets of the snapshot lie in each other in a circle")
    raise_if_cancelled()
    return ordered


def _blob(row: msgspec.Struct) -> bytes:
    return msgspec.msgpack.encode(row)


def _row(kind: type[R], blob: bytes) -> R:
    return msgspec.msgpack.decode(blob, type=kind)
