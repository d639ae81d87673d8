"""Archives that are damaged, hostile or of another kind."""

from __future__ import annotations

import io
import pickle
import shutil
import tarfile
import tracemalloc
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pyarrow
import pytest
import zstandard
from pyarrow import parquet

from specbind.bindings._runtime import File
from specbind.supervisely import SnapshotError, SnapshotLimits, UnsupportedSnapshotError
from specbind.supervisely.snapshot import pack, stage, unpack
from specbind.supervisely.snapshot.schema import AlphaRow
from specbind.supervisely.snapshot.tables import read_rows

from .conftest import make_project

if TYPE_CHECKING:
    from pathlib import Path

    from specbind.supervisely import ProjectInfo
    from specbind.supervisely.aio import Api

    from .conftest import Emulated

MANIFEST = b'{"schema_version": "v2.1.0", "tables": []}'
DOCUMENTS = {"project_info.json": b'{"name": "p"}', "project_meta.json": b'{"classes": [], "tags": []}'}


def tar(members: dict[str, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def table(rows: dict[str, list[object]]) -> bytes:
    out = io.BytesIO()
    parquet.write_table(pyarrow.table(rows), out)
    return out.getvalue()


def staged(tmp_path: Path, content: bytes, limits: SnapshotLimits | None = None) -> None:
    (tmp_path / "version.bin").write_bytes(content)
    folder = tmp_path / "folder"
    folder.mkdir()
    with stage(tmp_path / "version.bin", folder, limits):
        pass


def test_what_is_packed_comes_back(tmp_path: Path) -> None:
    content = bytes(range(256)) * 5000
    (tmp_path / "a").write_bytes(content)
    packed = pack(tmp_path / "a", tmp_path / "b")
    assert packed.size == (tmp_path / "b").stat().st_size
    unpack(tmp_path / "b", tmp_path / "c")
    assert (tmp_path / "c").read_bytes() == content


def test_the_archive_says_how_much_it_unpacks_to(tmp_path: Path) -> None:
    """The official client unpacks in one go, and needs that number."""
    (tmp_path / "a").write_bytes(b"x" * 100_000)
    pack(tmp_path / "a", tmp_path / "b")
    archive = (tmp_path / "b").read_bytes()
    size = zstandard.get_frame_parameters(archive).content_size
    with tarfile.open(fileobj=io.BytesIO(zstandard.decompress(archive))) as found:
        assert found.getnames() == ["version.bin"]
    assert size == len(zstandard.decompress(archive))


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_archives_of_any_writer_are_read(tmp_path: Path, form: int) -> None:
    (tmp_path / "b").write_bytes(zstandard.compress(tar({"other": b"1" * 700, "./version.bin": b"22"}, form)))
    unpack(tmp_path / "b", tmp_path / "c")
    assert (tmp_path / "c").read_bytes() == b"22"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "too early"),
        (b"text", "damaged"),
        (zstandard.compress(b"x" * 600), "damaged"),
        (zstandard.compress(tar({"other": b"1"})), "no version.bin"),
        (zstandard.compress(tar({"version.bin": b"1" * 2000})[:1000]), "too early"),
        (zstandard.compress(tar({"version.bin": b"1" * 100_000}))[:-20], "damaged|too early"),
        (zstandard.compress(tar({f"{number}": b"" for number in range(500)})), "more than 64 entries"),
        (zstandard.compress(tar({"version.bin/" + "long" * 40_000: b""})), "extended header"),
    ],
)
def test_what_is_no_archive_of_a_version_is_told(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "b").write_bytes(content)
    with pytest.raises(SnapshotError, match=message):
        unpack(tmp_path / "b", tmp_path / "c")


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(zstandard.compress(tar({"version.bin": bytes(5_000_000)})))
    with pytest.raises(SnapshotError, match="SnapshotLimits"):
        unpack(tmp_path / "b", tmp_path / "c", SnapshotLimits(snapshot=1_000_000))
    assert not (tmp_path / "c").exists()


class Bomb:
    """What a pickle can do."""

    def __reduce__(self) -> tuple[object, ...]:
        return (pytest.fail, ("a pickle was loaded",))


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_pickles_are_never_loaded(tmp_path: Path, protocol: int) -> None:
    with pytest.raises(UnsupportedSnapshotError, match=r"pickle.*repack_snapshot"):
        staged(tmp_path, pickle.dumps(Bomb(), protocol))


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "neither a tar"),
        ({"other": b""}, "lacks project_info.json"),
        (DOCUMENTS, "lacks manifest.json"),
        ({**DOCUMENTS, "manifest.json": b"[]"}, "no JSON object"),
        ({**DOCUMENTS, "manifest.json": b"{"}, "no JSON object"),
        ({**DOCUMENTS, "manifest.json": b'{"schema_version": "v9"}'}, "format 'v9'"),
        ({**DOCUMENTS, "manifest.json": MANIFEST, "project_info.json": b'{"type": "videos"}'}, "'videos'"),
        (
            {**DOCUMENTS, "manifest.json": b'{"schema_version":"v2.1.0","tables":[{"name":"images"}]}'},
            "lacks the table",
        ),
        ({**DOCUMENTS, "manifest.json": MANIFEST, "images.parquet": b"PAR1"}, "images.parquet"),
        (
            {**DOCUMENTS, "manifest.json": MANIFEST, "images.parquet": table({"src_image_id": ["x"], "name": ["n"]})},
            "cannot be read",
        ),
        (
            {
                **DOCUMENTS,
                "manifest.json": MANIFEST,
                "datasets.parquet": table(
                    {"src_dataset_id": [1, 2], "parent_src_dataset_id": [2, 1], "name": ["a", "b"]}
                ),
            },
            "in a circle",
        ),
        (
            {
                **DOCUMENTS,
                "manifest.json": MANIFEST,
                "datasets.parquet": table({"src_dataset_id": [1, 1], "name": ["a", "b"]}),
            },
            "two datasets of one id",
        ),
        (
            {
                **DOCUMENTS,
                "manifest.json": MANIFEST,
                "alpha_geometries.parquet": table({"src_figure_id": [1, 1], "geometry_json": ["{}", "{}"]}),
            },
            "contradicts itself",
        ),
    ],
)
def test_what_is_no_snapshot_is_told(tmp_path: Path, members: dict[str, bytes], message: str) -> None:
    with pytest.raises(SnapshotError, match=message):
        staged(tmp_path, tar(members))


def test_names_in_a_snapshot_are_never_paths(tmp_path: Path) -> None:
    evil = {"../evil": b"1", "/tmp/evil-of-specbind": b"1", "a/../../images.parquet": b"1"}  # noqa: S108 - never written
    staged(tmp_path, tar({**DOCUMENTS, "manifest.json": MANIFEST, **evil}))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "version.bin"]
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["index.sqlite"]


def test_links_and_devices_in_a_snapshot_are_passed_over(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        link = tarfile.TarInfo("images.parquet")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        for name, content in {**DOCUMENTS, "manifest.json": MANIFEST}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    staged(tmp_path, out.getvalue())


def test_tables_and_documents_are_bounded(tmp_path: Path) -> None:
    rows = table({"src_dataset_id": list(range(100)), "name": ["n"] * 100})
    members = {**DOCUMENTS, "manifest.json": MANIFEST, "datasets.parquet": rows}
    with pytest.raises(SnapshotError, match="SnapshotLimits"):
        staged(tmp_path, tar(members), SnapshotLimits(rows=99))
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(SnapshotError, match="SnapshotLimits"):
        staged(other, tar(members), SnapshotLimits(document=10))


def test_a_table_that_unpacks_to_very_much_takes_little_memory(tmp_path: Path) -> None:
    out = io.BytesIO()
    rows = pyarrow.table({"src_figure_id": range(900), "geometry_json": [f'"{"x" * 300_000}"'] * 900})
    parquet.write_table(rows, out, compression="zstd")
    del rows
    pool = pyarrow.default_memory_pool()
    before, tracer = pool.bytes_allocated(), tracemalloc
    (tmp_path / "masks.parquet").write_bytes(out.getvalue())
    tracer.start()
    found = most = 0
    for row in read_rows(tmp_path / "masks.parquet", AlphaRow, SnapshotLimits()):
        found += len(row.geometry_json or "")
        most = max(most, pool.bytes_allocated() - before)
    peak = tracer.get_traced_memory()[1]
    tracer.stop()
    assert found == 900 * 300_002
    assert peak < 20 << 20
    assert most < 20 << 20


def test_values_that_are_written_as_what_differs_are_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    encodings = {"name": "DELTA_BYTE_ARRAY", "src_dataset_id": "PLAIN"}
    rows = pyarrow.table({"src_dataset_id": range(900), "name": ["x" * 300_000] * 900})
    parquet.write_table(rows, out, use_dictionary=False, column_encoding=encodings)
    members = {**DOCUMENTS, "manifest.json": MANIFEST, "datasets.parquet": out.getvalue()}
    with pytest.raises(SnapshotError, match="cannot be read"):
        staged(tmp_path, tar(members))


def test_values_and_tables_are_bounded(tmp_path: Path) -> None:
    members = {
        **DOCUMENTS,
        "manifest.json": MANIFEST,
        "datasets.parquet": table({"src_dataset_id": [1, 2], "name": ["n" * 5000, "n" * 5000]}),
    }
    for number, limits in enumerate((SnapshotLimits(value=4999), SnapshotLimits(table=10_000))):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(SnapshotError, match="SnapshotLimits"):
            staged(folder, tar(members), limits)


def test_an_archive_that_unpacks_to_very_many_times_its_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(zstandard.compress(tar({"version.bin": bytes(65 << 20)})))
    with pytest.raises(SnapshotError, match="SnapshotLimits"):
        unpack(tmp_path / "b", tmp_path / "c")
    (tmp_path / "version.bin").write_bytes(zstandard.compress(tar({**DOCUMENTS, "other": bytes(65 << 20)})))
    (tmp_path / "folder").mkdir()
    with pytest.raises(SnapshotError, match="SnapshotLimits"), stage(tmp_path / "version.bin", tmp_path / "folder"):
        pass


def test_a_snapshot_for_which_the_disk_has_no_place_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"x" * 1000)
    pack(tmp_path / "a", tmp_path / "b")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=999))
    with pytest.raises(OSError, match="the disk has 999"):
        unpack(tmp_path / "b", tmp_path / "c")


def test_the_checksum_at_the_end_of_an_archive_is_compared(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(range(256)) * 500)
    pack(tmp_path / "a", tmp_path / "b")
    content = bytearray((tmp_path / "b").read_bytes())
    content[-1] ^= 1
    (tmp_path / "b").write_bytes(content)
    with pytest.raises(SnapshotError, match="damaged"):
        unpack(tmp_path / "b", tmp_path / "c")


def test_a_snapshot_that_is_compressed_as_a_whole_is_read(tmp_path: Path) -> None:
    staged(tmp_path, zstandard.compress(tar({**DOCUMENTS, "manifest.json": MANIFEST})))


@pytest.mark.parametrize("kind", ["videos", "volumes", "point_clouds", "meshes"])
async def test_other_types_are_told_before_anything_is_reserved(api: Api, emulator: Emulated, kind: str) -> None:
    project = make_project(emulator, kind=kind)
    with pytest.raises(UnsupportedSnapshotError, match=f"'{kind}'.*official client"):
        await api.project.version.create(project.id)
    with pytest.raises(UnsupportedSnapshotError, match=kind):
        await api.project.version.restore(project.id, 1)
    assert set(emulator.calls) == {"projects.info"}


async def test_a_version_of_an_older_client_is_told_before_a_project_is_made(
    api: Api, emulator: Emulated, project: ProjectInfo
) -> None:
    version_id = await api.project.version.create(project.id)
    path = (await api.project.version.get_map(project.id))[str(version_id)]["path"]
    old = zstandard.compress(tar({"version.bin": pickle.dumps(Bomb())}))
    await emulator.storage.put(emulator.world.team_id, path, File(old))
    projects = len(emulator.world.find("project"))
    with pytest.raises(UnsupportedSnapshotError, match="pickle"):
        await api.project.version.restore(project.id, version_id)
    assert len(emulator.world.find("project")) == projects
