"""A version has all that the project has, or is not made; a restored one has all that its snapshot has, or says so."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from specbind.bindings._runtime import File
from specbind.emulators.supervisely.content import Content
from specbind.emulators.supervisely.world import page_of
from specbind.supervisely import ApiAnswerError, SnapshotError
from specbind.supervisely.snapshot import SnapshotWriter
from specbind.supervisely.snapshot import rows as rows_of
from specbind.supervisely.snapshot.schema import AlphaRow, DatasetRow, FigureRow, ImageRow, TagRow

from .conftest import png

if TYPE_CHECKING:
    from pathlib import Path

    from specbind.supervisely import ProjectInfo
    from specbind.supervisely.aio import Api

    from .conftest import Emulated

SERVER = "specbind.emulators.supervisely.server.page_of"


@pytest.mark.parametrize("kind", ["dataset", "figure", "image"])
@pytest.mark.parametrize("wrong", ["fewer", "twice"])
async def test_lists_that_are_not_whole_make_no_version(
    api: Api, project: ProjectInfo, monkeypatch: pytest.MonkeyPatch, kind: str, wrong: str
) -> None:
    def page(found: Any, body: Any) -> dict[str, Any]:
        made: dict[str, Any] = page_of(found, body)
        mine = {"dataset": "parentId", "figure": "geometryType", "image": "hash"}[kind]
        if made["entities"] and mine in made["entities"][0]:
            last = [made["entities"][0]] if wrong == "twice" else []
            made["entities"] = made["entities"][:-1] + last
        return made

    monkeypatch.setattr(SERVER, page)
    with pytest.raises(ApiAnswerError, match=r"twice|\d of \d"):
        await api.project.version.create(project.id)
    assert await api.project.version.get_list(project.id) == []


async def test_a_project_that_changed_while_it_was_read_is_told(
    api: Api,
    emulator: Emulated,
    project: ProjectInfo,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    figures = Content.figures

    def changing(self: Content, asked: dict[str, Any]) -> list[dict[str, Any]]:
        emulator.world.touch(project.id)
        return figures(self, asked)

    with caplog.at_level(logging.WARNING):
        await api.project.version.create(project.id)
        assert "was changed while" not in caplog.text
        emulator.world.touch(project.id)
        monkeypatch.setattr(Content, "figures", changing)
        await api.project.version.create(project.id)
    assert "was changed while" in caplog.text


def snapshot(tmp_path: Path, emulator: Emulated, rows: list[Any]) -> str:
    folder = tmp_path / "tables"
    folder.mkdir()
    with SnapshotWriter(folder) as writer:
        meta: dict[str, Any] = {
            "classes": [{"id": 5, "title": "c", "shape": "any", "color": "#000000"}],
            "tags": [{"id": 9, "name": "t", "value_type": "none", "color": "#000000"}],
        }
        writer.describe({"name": "x", "type": "images"}, meta)
        stored = emulator.content.store(png(1))
        writer.add([DatasetRow(src_dataset_id=1, name="d")])
        writer.add([ImageRow(src_image_id=1, src_dataset_id=1, name="i", hash=stored)])
        writer.add(rows)
        writer.finish(tmp_path / "version.bin")
    return str(tmp_path / "version.bin")


def figure(image: int = 1, kind: str = "polygon", **members: Any) -> FigureRow:
    return FigureRow(**{"src_figure_id": 1, "src_image_id": image, "class_id": 5, "geometry_type": kind, **members})


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([figure(image=77)], "1 figures that belong to nothing"),
        ([ImageRow(src_image_id=2, src_dataset_id=8, name="i", hash="h")], "1 images that belong to nothing"),
        ([TagRow(owner_type="item", owner_id=99, tag_id=9)], "1 tags of images that belong to nothing"),
        ([TagRow(owner_type="figure", owner_id=99, tag_id=9)], "1 tags of figures that belong to nothing"),
        ([AlphaRow(src_figure_id=4, geometry_json="{}")], "1 masks that belong to nothing"),
    ],
)
async def test_what_belongs_to_nothing_is_told(
    api: Api,
    emulator: Emulated,
    project: ProjectInfo,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    rows: list[Any],
    told: str,
) -> None:
    version_id = await api.project.version.create(project.id)
    path = snapshot(tmp_path, emulator, rows)
    with caplog.at_level(logging.WARNING):
        assert await api.project.version.restore(project.id, version_id, local_binary_path=path)
    assert told in caplog.text


@pytest.mark.parametrize(
    "rows",
    [
        [figure(kind="alpha_mask")],
        [ImageRow(src_image_id=1, src_dataset_id=1, name="j", hash="h")],
        [figure(class_id=6)],
        [figure(geometry_json="{")],
        [figure(meta="{")],
        [figure(custom_data="{")],
        [TagRow(owner_type="item", owner_id=1, tag_id=8)],
        [TagRow(owner_type="item", owner_id=1, tag_id=9, value_json="{")],
        [ImageRow(src_image_id=2, src_dataset_id=1, name="j")],
        [ImageRow(src_image_id=2, src_dataset_id=1, name="j", hash="h", meta="{")],
        [DatasetRow(src_dataset_id=2, name="e", custom_data="{")],
    ],
    ids=range(11),
)
async def test_a_snapshot_that_contradicts_itself_makes_no_project(
    api: Api, emulator: Emulated, project: ProjectInfo, tmp_path: Path, rows: list[Any]
) -> None:
    version_id = await api.project.version.create(project.id)
    path = snapshot(tmp_path, emulator, rows)
    with pytest.raises(SnapshotError):
        await api.project.version.restore(project.id, version_id, local_binary_path=path)
    assert len(emulator.world.find("project")) == 1


async def test_masks_are_asked_for_by_their_size(
    api: Api, emulator: Emulated, project: ProjectInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    masks = [each for each in emulator.world.find("figure") if each["geometryType"] == "alpha_mask"]
    image = masks[0]["entityId"]
    asked: list[int] = []
    for number in range(40):
        (made,) = emulator.content.add_figures(
            {"figures": [{"entityId": image, "classId": masks[0]["classId"], "geometryType": "alpha_mask"}]}
        )
        emulator.content.set_mask(made["id"], {"bitmap": {"data": "x" * 1_500_000, "origin": [number, 2]}})
    serve = type(emulator).download_geometries

    async def counted(self: Any, *, body: Any) -> Any:
        asked.append(len(body.ids))
        return await serve(self, body=body)

    monkeypatch.setattr(type(emulator), "download_geometries", counted)
    assert await api.project.version.create(project.id)
    assert sum(asked) == 48
    assert max(asked) < 20
    assert sum(each <= 4 for each in asked) > 10


async def test_one_mask_of_an_answer_is_in_memory_at_a_time(
    api: Api, emulator: Emulated, project: ProjectInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: list[int] = []
    read, written = 0, 0
    row, add = rows_of.alpha_row, SnapshotWriter.add

    def counted(figure: int, geometry: bytes) -> AlphaRow:
        nonlocal read
        read += 1
        alive.append(read - written)
        return row(figure, geometry)

    def write(self: SnapshotWriter, rows: list[Any]) -> None:
        nonlocal written
        written += sum(isinstance(each, AlphaRow) for each in rows)
        add(self, rows)

    monkeypatch.setattr(rows_of, "alpha_row", counted)
    monkeypatch.setattr(SnapshotWriter, "add", write)
    assert await api.project.version.create(project.id)
    assert emulator.calls.count("figures.bulk.download.geometry") < len(alive)
    assert alive == [1] * 8


HEAD = b'--b\r\nContent-Disposition: form-data; name="%d"\r\n'


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (HEAD + b"\r\n{}", "malformed or ends early"),
        (HEAD + b"\r\n{}\r\n--b\r\n", "no name"),
        (b"x" * 200_000, "malformed or ends early"),
        (b"x\n" * 9, "malformed or ends early"),
        (HEAD + b"Content-Type: multipart/mixed; boundary=c\r\n\r\n{}\r\n--b--\r\n", "multipart body itself"),
        (HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n", "base64"),
        (HEAD + b"\r\n{}\r\n" + HEAD + b"\r\n{}\r\n--b--\r\n", "twice"),
        (HEAD + b"\r\n\xff\r\n--b--\r\n", "no text"),
        (HEAD.replace(b"%d", b"0%d") + b"\r\n{}\r\n--b--\r\n", "unasked"),
        (b"--b\r\n\r\n{}\r\n--b--\r\n", "no name"),
        (b"--b--\r\n", "did not give"),
    ],
)
async def test_an_answer_with_masks_that_is_not_whole_makes_no_version(
    api: Api, emulator: Emulated, project: ProjectInfo, monkeypatch: pytest.MonkeyPatch, body: bytes, told: str
) -> None:
    async def answer(_: Any, *, body: Any) -> File:
        return File(made(body.ids[0]), content_type="multipart/form-data; boundary=b")

    def made(figure: int) -> bytes:
        return body.replace(b"%d", str(figure).encode())

    monkeypatch.setattr(type(emulator), "download_geometries", answer)
    with pytest.raises(ApiAnswerError, match=told):
        await api.project.version.create(project.id)


async def test_a_mask_that_could_not_be_restored_makes_no_version(
    api: Api, project: ProjectInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("specbind.supervisely.aio._collect._LARGEST", 10)
    with pytest.raises(ApiAnswerError, match="more than 10 bytes"):
        await api.project.version.create(project.id)


def test_a_table_with_other_rows_than_the_manifest_says_is_refused(
    emulator: Emulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from specbind.supervisely.snapshot import stage, tables  # noqa: PLC0415 - beside what is changed in it

    close = tables.TableWriter.close
    monkeypatch.setattr(tables.TableWriter, "close", lambda self: 2 * close(self))
    path = tmp_path / snapshot(tmp_path, emulator, [])
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(SnapshotError, match="manifest says 2"):
        stage(path, folder)
