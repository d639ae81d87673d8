"""A project made from a snapshot, a bounded part of it in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from specbind.bindings.supervisely import models
from specbind.core.tasks import in_thread
from specbind.supervisely.exceptions import ApiAnswerError, SnapshotError
from specbind.supervisely.fields import as_list, as_object
from specbind.supervisely.snapshot import SnapshotLimits, stage
from specbind.supervisely.snapshot.rows import ALPHA, loaded
from specbind.supervisely.snapshot.schema import FIGURE, IMAGE

from ._existing import Existing
from ._multipart import pairs
from ._wire import translated

if TYPE_CHECKING:
    from pathlib import Path

    from specbind.supervisely.snapshot import Staged
    from specbind.supervisely.snapshot.schema import DatasetRow, FigureRow, ImageRow, TagRow
    from specbind.supervisely.types import ProjectInfo

    from .api import Api

__all__ = ["Restoring", "restore"]

_IMAGES = 200
_FIGURES = 200
_TAGS = 300
_BYTES = 3 << 20

Mapping_: TypeAlias = "dict[int, int]"


class Restoring(NamedTuple):
    """What is to be made of a snapshot."""

    workspace_id: int
    name: str
    description: str
    source_id: int
    version_num: int
    skip_missed: bool
    limits: SnapshotLimits


async def restore(api: Api, wanted: Restoring, folder: Path, snapshot: Path) -> ProjectInfo:
    """Make a project. Nothing is sent before the whole snapshot was read and checked.

    Raises:
        SnapshotError: the snapshot is damaged, or contradicts itself.
        SuperviselyError: a call failed; a note of the error names a project that was begun.
    """
    staged = await in_thread(stage, snapshot, folder, wanted.limits)
    try:
        return await _Rebuild(api, wanted, staged).run()
    finally:
        await in_thread(staged.close)


class _Ids:
    """Ids of a snapshot and what they are in the new project; matched by name, never by place."""

    def __init__(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        self._classes = self._matched(old, new, "classes", "title")
        self.tags = self._matched(old, new, "tags", "name")
        self._by_title = {entry.get("title"): entry.get("id") for entry in new["classes"]}

    @staticmethod
    def _matched(old: dict[str, Any], new: dict[str, Any], part: str, key: str) -> Mapping_:
        ids = {entry.get(key): entry.get("id") for entry in new[part]}
        found: Mapping_ = {}
        for entry in as_list(old.get(part)):
            now = ids.get(entry.get(key))
            if not isinstance(now, int):
                raise ApiAnswerError(
                    f"the server did not take over {part} {str(entry.get(key))[:100]!r} of the snapshot"
                )
            if isinstance(entry.get("id"), int):
                found[entry["id"]] = now
        return found

    def class_of(self, figure: FigureRow) -> int:
        found = self._classes.get(figure.class_id or 0) or self._by_title.get(figure.class_name)
        if not isinstance(found, int):
            message = (
                f"figure {figure.src_figure_id} of the snapshot has a class that its meta lacks: {figure.class_id}"
            )
            raise SnapshotError(message)
        return found

    def tag_of(self, tag: TagRow) -> int:
        found = self.tags.get(tag.tag_id or 0)
        if found is None:
            raise SnapshotError(
                f"the snapshot has a tag on {tag.owner_type} {tag.owner_id} that its meta lacks: {tag.tag_id}"
            )
        return found


class _Rebuild:
    """The making of one project."""

    def __init__(self, api: Api, wanted: Restoring, staged: Staged) -> None:
        self._api = api
        self._wanted = wanted
        self._staged = staged
        self._wire = api._wire  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - within this package, not for callers
        self._client = self._wire.client()
        self._existing = Existing(api, staged) if wanted.skip_missed else None
        self._project = 0
        self._skipped = 0
        self._made: Mapping_ = {}

    async def run(self) -> ProjectInfo:
        """Make it; gives what the server says of it at the end."""
        for part in ("classes", "tags"):
            entries = as_list(self._staged.meta.get(part))
            if part not in self._staged.meta or not all(isinstance(entry, dict) for entry in entries):
                raise SnapshotError(f"the meta of the snapshot has no list of {part}")
        for kind, count in self._staged.orphans.items():
            self._api.logger.warning("the snapshot has %d %s that belong to nothing; they are left out", count, kind)
        if self._existing is not None:
            workspace = await self._api.workspace.get_info_by_id(self._wanted.workspace_id)
            await self._existing.look(None if workspace is None else workspace.team_id)
        info = await self._create()
        self._project = info.id
        try:
            ids = await self._describe(info)
            for row in self._staged.datasets:
                await self._dataset(row, ids)
            found = await self._api.project.get_info_by_id(info.id)
        except BaseException as error:
            error.add_note(f"project {info.id} was begun and is not whole; remove it, or look what it has")
            raise
        if self._skipped:
            self._api.logger.warning("project %d lacks %d images whose bytes are gone", info.id, self._skipped)
        return found or info

    async def _create(self) -> ProjectInfo:
        old = self._staged.project
        text = old.get("description")
        description = (
            f"{self._wanted.description}\n\n{text}" if self._wanted.description and text else self._wanted.description
        )
        readme = old.get("readme")
        return await self._api.project.create(
            self._wanted.workspace_id,
            self._wanted.name,
            description=description or (text if isinstance(text, str) else ""),
            change_name_if_conflict=True,
            readme=readme if isinstance(readme, str) else None,
        )

    async def _describe(self, info: ProjectInfo) -> _Ids:
        """Custom data, classes, tags and settings."""
        old = self._staged.project
        custom = {**(info.custom_data or {}), **as_object(old.get("custom_data"))}
        custom["restored_from"] = {"project_id": self._wanted.source_id, "version_num": self._wanted.version_num}
        await self._api.project.update_custom_data(info.id, custom, silent=True)
        meta = self._staged.meta
        new = await self._api.project.update_meta(info.id, meta)
        ids = _Ids(meta, new)
        settings = dict(as_object(old.get("settings")))
        settings.pop("labelingInterface", None)  # it came with the meta
        group = settings.get("groupImagesByTagId")
        if group is not None:
            settings["groupImagesByTagId"] = ids.tags.get(group) if isinstance(group, int) else None
        if not settings.get("allowDuplicateTags"):
            settings |= await self._duplicates()
        if settings:
            await self._api.project.update_settings(info.id, settings)
        return ids

    async def _duplicates(self) -> dict[str, Any]:
        repeated = await in_thread(self._staged.repeated_tags)
        for kind, owner, tag, count in repeated:
            self._api.logger.warning("tag %s stands %d times on %s %d of the snapshot", tag, count, kind, owner)
        return {"allowDuplicateTags": True} if repeated else {}

    async def _dataset(self, row: DatasetRow, ids: _Ids) -> None:
        parent = None if row.parent_src_dataset_id is None else self._made.get(row.parent_src_dataset_id)
        if row.parent_src_dataset_id is not None and parent is None:
            self._api.logger.warning("the parent of dataset %r is not in the snapshot; it goes to the top", row.name)
        custom = loaded(row.custom_data, "the custom data of a dataset")
        info = await self._api.dataset.create(
            self._project,
            row.name,
            description=row.description,
            parent_id=parent,
            custom_data=as_object(custom) or None,
        )
        self._made[row.src_dataset_id] = info.id
        after = 0
        while found := await in_thread(self._staged.images_of, row.src_dataset_id, after, _IMAGES):
            after = found[-1][0]
            await self._images(info.id, [image for _, image in found], ids)

    async def _images(self, dataset_id: int, images: list[ImageRow], ids: _Ids) -> None:
        """Images by their hash and those by their address, each with what is on them."""
        if self._existing is not None:
            kept = [image for image in images if self._existing.has(image)]
            self._skipped += len(images) - len(kept)
            images = kept
        for chosen in ([each for each in images if not each.link], [each for each in images if each.link]):
            if chosen:
                new = await self._add(dataset_id, chosen)
                await self._content(dataset_id, list(zip(chosen, new, strict=True)), ids)

    async def _add(self, dataset_id: int, images: list[ImageRow]) -> list[int]:
        wanted: list[models.NewImage] = []
        for image in images:
            entry = models.NewImage(title=image.name)
            if image.link:
                entry.link = image.link
            elif image.hash:
                entry.hash = image.hash
            else:
                raise SnapshotError(f"image {image.src_image_id} of the snapshot has neither hash nor address")
            meta = loaded(image.meta, f"the meta of image {image.src_image_id}")
            if isinstance(meta, dict) and meta:
                entry.meta = meta
            wanted.append(entry)
        body = models.NewImages(dataset_id=dataset_id, images=wanted, force_metadata_for_links=True)
        with translated():
            found = await self._client.images.add(body=body)
        if len(found) != len(images):
            raise ApiAnswerError(f"the server made {len(found)} of {len(images)} images")
        return [image.id for image in found]

    async def _content(self, dataset_id: int, images: list[tuple[ImageRow, int]], ids: _Ids) -> None:
        """Tags, figures and their tags; batches are bounded by number and by bytes."""
        tags: list[models.NewImageTag] = []
        batch: list[tuple[FigureRow, models.NewFigure]] = []
        size = 0
        for image, new in images:
            on_image = await in_thread(self._staged.tags_of, IMAGE, image.src_image_id)
            tags += [models.NewImageTag(tag_id=ids.tag_of(tag), entity_id=new, value=_value(tag)) for tag in on_image]
            for figure in await in_thread(self._staged.figures_of, image.src_image_id):
                batch.append((figure, _figure(figure, new, ids)))
                size += len(figure.geometry_json or "")
                if len(batch) >= _FIGURES or size >= _BYTES:
                    await self._figures(dataset_id, batch, ids)
                    batch, size = [], 0
        await self._figures(dataset_id, batch, ids)
        for start in range(0, len(tags), _TAGS):
            body = models.NewImageTags(project_id=self._project, tags=tags[start : start + _TAGS])
            with translated():
                await self._client.tags.add_to_images(body=body)

    async def _figures(self, dataset_id: int, batch: list[tuple[FigureRow, models.NewFigure]], ids: _Ids) -> None:
        if not batch:
            return
        body = models.NewFigures(dataset_id=dataset_id, figures=[figure for _, figure in batch])
        with translated():
            added = await self._client.figures.add(body=body)
        if len(added) != len(batch):
            raise ApiAnswerError(f"the server made {len(added)} of {len(batch)} figures")
        pairs_ = [(row, new.id) for (row, _), new in zip(batch, added, strict=True)]
        await self._masks([(row.src_figure_id, new) for row, new in pairs_ if row.geometry_type == ALPHA])
        tags: list[models.NewFigureTag] = []
        for row, new in pairs_:
            on_figure = await in_thread(self._staged.tags_of, FIGURE, row.src_figure_id)
            tags += [models.NewFigureTag(tag_id=ids.tag_of(tag), figure_id=new, value=_value(tag)) for tag in on_figure]
        for start in range(0, len(tags), _TAGS):
            wanted = models.NewFigureTags(project_id=self._project, tags=tags[start : start + _TAGS])
            with translated():
                await self._client.tags.add(body=wanted)

    async def _masks(self, figures: list[tuple[int, int]]) -> None:
        batch: list[tuple[int, bytes]] = []
        size = 0
        for old, new in figures:
            text = await in_thread(self._staged.mask_of, old)
            if text is None:
                raise SnapshotError(f"the snapshot lacks the geometry of the alpha mask {old}")
            batch.append((new, text.encode()))
            size += len(text)
            if size >= _BYTES or len(batch) >= 100:
                await self._send_masks(batch)
                batch, size = [], 0
        if batch:
            await self._send_masks(batch)

    async def _send_masks(self, batch: list[tuple[int, bytes]]) -> None:
        """One request. The pairs must keep their order, which no form of names and values says."""
        media, content = pairs(batch)
        with translated():
            await self._wire.send("figures.bulk.upload.geometry", media, content)


def _figure(row: FigureRow, image: int, ids: _Ids) -> models.NewFigure:
    found = models.NewFigure(entity_id=image, class_id=ids.class_of(row), geometry_type=row.geometry_type)
    name = f"figure {row.src_figure_id}"
    found.geometry = loaded(row.geometry_json, f"the geometry of {name}")
    meta = loaded(row.meta, f"the meta of {name}")
    found.meta = meta if isinstance(meta, dict) else {}
    if row.priority is not None:
        found.priority = row.priority
    custom = loaded(row.custom_data, f"the custom data of {name}")
    if isinstance(custom, dict):
        found.custom_data = custom
    return found


def _value(tag: TagRow) -> object:
    return loaded(tag.value_json, f"the value of a tag on {tag.owner_type} {tag.owner_id}")
