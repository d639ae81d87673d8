"""The content of a project of images, read from the server into a snapshot, a bounded part of it in memory."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from msgspec import UNSET

from specbind.bindings.supervisely import models
from specbind.core.pages import cursor_pages
from specbind.core.tasks import in_thread
from specbind.supervisely.exceptions import ApiAnswerError
from specbind.supervisely.snapshot import SnapshotLimits, SnapshotWriter
from specbind.supervisely.snapshot import rows as made
from specbind.supervisely.snapshot.schema import FIGURE, IMAGE, AlphaRow, FigureRow

from ._multipart import parts
from ._wire import translated

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from specbind.bindings import supervisely
    from specbind.supervisely.snapshot.schema import DatasetRow, ImageRow, TagRow
    from specbind.supervisely.types import ProjectInfo

    from .api import Api

    Row: TypeAlias = DatasetRow | ImageRow | FigureRow | AlphaRow | TagRow

__all__ = ["collect"]

_PAGE = 500
_FIRST = 10  # images whose figures are asked for together; then as many as give a good answer
_MOST = 100
_ENOUGH = 1 << 20
_TOO_MUCH = 3 << 20
_MASK_BYTES = 4 << 20  # of masks that are asked for together, as far as those before tell
_AHEAD = 4
_LARGEST = SnapshotLimits().value  # of a mask: a larger one could not be restored
_FIELDS: list[str] = [
    *"id createdAt updatedAt imageId objectId classId projectId datasetId geometry geometryType".split(),
    *"geometryMeta tags meta area priority customData".split(),
]


async def collect(api: Api, project: ProjectInfo, folder: Path, snapshot: Path) -> None:
    """Write a snapshot of a project.

    Raises:
        SuperviselyError: a call failed.
        OSError: the disk is full, or cannot be written.
    """
    client = api._wire.client()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - within this package, not for callers
    meta = with_settings(await api.project.get_meta(project.id), project.settings or {})
    names = {entry.get("id"): str(entry.get("title")) for entry in meta["classes"]}
    writer = await in_thread(SnapshotWriter, folder)
    try:
        await in_thread(writer.describe, project._asdict(), meta)
        with translated():
            datasets = await _datasets(client, project.id)
            for dataset, path in datasets:
                await in_thread(writer.add, [made.dataset_row(dataset, path)])
                async with aclosing(_Dataset(client, dataset.id, names).rows()) as found:  # a connection may hang on it
                    async for rows in found:
                        await in_thread(writer.add, rows)
        await in_thread(writer.finish, snapshot)
    finally:
        await in_thread(writer.__exit__)


def with_settings(meta: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Classes and tags together with the settings that belong to them, as the official client keeps them."""
    tag_id = settings.get("groupImagesByTagId")
    name = next((tag.get("name") for tag in meta["tags"] if tag_id is not None and tag.get("id") == tag_id), None)
    group = {
        "enabled": bool(settings.get("groupImages", False)),
        "tagName": name,
        "tagId": tag_id,
        "isSynced": bool(settings.get("groupImagesSync", False)),
    }
    found: dict[str, Any] = {"multiView": group}
    if settings.get("labelingInterface") is not None:
        found["labelingInterface"] = settings["labelingInterface"]
    return {**meta, "projectType": "images", "projectSettings": found}


class _Known(Protocol):
    """Something that has an id."""

    id: int


E = TypeVar("E", bound=_Known)


class _Page(Protocol[E]):
    """A page of a list by numbers."""

    entities: list[E]
    total: int
    pages_count: int


async def _whole(ask: Callable[[int], Awaitable[_Page[E]]], what: str) -> list[E]:
    """All entries of a list by page numbers, each once.

    Raises:
        ApiAnswerError: the server gave fewer than it says that there are, or one twice.
    """
    found: dict[int, E] = {}
    for number in itertools.count(1):
        page = await ask(number)
        for entity in page.entities:
            if entity.id in found:
                raise ApiAnswerError(f"the server gave {entity.id} of {what} twice; make the version again")
            found[entity.id] = entity
        if not page.entities or number >= page.pages_count:
            if len(found) < page.total:
                message = f"the server gave {len(found)} of {page.total} {what}; make the version again"
                raise ApiAnswerError(message)
            break
    return list(found.values())


async def _datasets(client: supervisely.Client, project_id: int) -> list[tuple[models.Dataset, str]]:
    """All datasets with the paths that their names make."""

    async def page(number: int) -> models.DatasetPage:
        body = models.DatasetListing(
            project_id=project_id, recursive=True, extra_fields=["customData"], sort="id", sort_order="asc", page=number
        )
        return await client.datasets.list(body=body)

    by_id = {dataset.id: dataset for dataset in await _whole(page, f"datasets of project {project_id}")}
    return [(dataset, _path(dataset, by_id)) for dataset in by_id.values()]


def _path(dataset: models.Dataset, by_id: dict[int, models.Dataset]) -> str:
    """Names of the parents and of the dataset, as folders of the official client: `a/datasets/b`."""
    names = [dataset.name]
    seen = {dataset.id}
    parent = dataset.parent_id
    while isinstance(parent, int) and parent in by_id and parent not in seen:
        seen.add(parent)
        names.append(by_id[parent].name)
        parent = by_id[parent].parent_id
    return "/datasets/".join(reversed(names))


class _Dataset:
    """The images of one dataset with all that is on them."""

    def __init__(self, client: supervisely.Client, dataset_id: int, names: dict[Any, str]) -> None:
        self._client = client
        self._id = dataset_id
        self._names = names
        self._batch = _FIRST
        self._masks_at_once = 1

    async def rows(self) -> AsyncGenerator[list[Row], None]:
        """Rows, image by image; some requests are ahead of what is given."""
        waiting: deque[asyncio.Task[tuple[list[Row], list[int]]]] = deque()
        try:
            async for images in self._batches():
                yield [row for image in images for row in self._image(image)]
                waiting.append(asyncio.create_task(self._figures([image.id for image in images])))
                if len(waiting) >= _AHEAD:
                    async with aclosing(self._drawn(waiting.popleft())) as found:
                        async for rows in found:
                            yield rows
            while waiting:
                async with aclosing(self._drawn(waiting.popleft())) as found:
                    async for rows in found:
                        yield rows
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _drawn(self, task: asyncio.Task[tuple[list[Row], list[int]]]) -> AsyncGenerator[list[Row], None]:
        """Figures of some images, then their masks, some at a time: masks may be large."""
        rows, masks = await task
        yield self._seen(rows)
        while masks:
            some, masks = masks[: self._masks_at_once], masks[self._masks_at_once :]
            size = 0
            async with aclosing(self._masks(some)) as found:
                async for row in found:
                    size += len(row.geometry_json or "")
                    yield [row]
            fit = _MASK_BYTES * len(some) // max(1, size)
            self._masks_at_once = max(1, min(_MOST, fit, 4 * self._masks_at_once))

    def _seen(self, rows: list[Row]) -> list[Row]:
        """Ask for more or fewer images at a time, so that an answer has some MiB whatever is drawn on them."""
        size = sum(len(row.geometry_json or "") for row in rows if isinstance(row, FigureRow))
        if size > _TOO_MUCH:
            self._batch = max(1, self._batch * _TOO_MUCH // size)
        elif size < _ENOUGH:
            self._batch = min(_MOST, self._batch * 2)
        return rows

    async def _batches(self) -> AsyncIterator[list[models.Image]]:
        async def page(after: str) -> models.ImagePage:
            body = models.ImageListing(
                dataset_id=self._id,
                force_metadata_for_links=True,
                pagination_mode="token",
                per_page=_PAGE,
                sort="id",
                sort_order="asc",
                after=after or UNSET,
            )
            return await self._client.images.list(body=body)

        came, total = 0, 0
        last: frozenset[int] = frozenset()
        pages = cursor_pages(page, items=lambda found: found.entities, cursor=lambda found: found.after or None)
        async for found in pages.pages():
            ids = frozenset(image.id for image in found.entities)
            if len(ids) < len(found.entities) or ids & last:
                raise ApiAnswerError(f"the server gave an image of dataset {self._id} twice; make the version again")
            last = ids
            came, total = came + len(found.entities), found.total
            start = 0
            while start < len(found.entities):
                yield found.entities[start : (start := start + self._batch)]
        if came < total:
            message = f"the server gave {came} of {total} images of dataset {self._id}; make the version again"
            raise ApiAnswerError(message)

    def _image(self, image: models.Image) -> list[Row]:
        tags = [] if image.tags is UNSET else image.tags
        return [made.image_row(image, self._id), *(made.tag_row(tag, IMAGE, image.id, image.id) for tag in tags)]

    async def _figures(self, image_ids: list[int]) -> tuple[list[Row], list[int]]:
        """Figures of some images with their tags, and the ids of those that have masks."""
        figures = await self._listed(image_ids)
        tags = await self._tags(image_ids) if figures else {}
        rows: list[Row] = []
        masks: list[int] = []
        for figure in figures:
            row = made.figure_row(figure, self._id, self._names.get(figure.class_id))
            rows.append(row)
            own = [] if figure.tags is UNSET else figure.tags
            rows += [made.tag_row(tag, FIGURE, figure.id, row.src_image_id) for tag in tags.get(figure.id, own)]
            if row.geometry_type == made.ALPHA:
                masks.append(figure.id)
        return rows, masks

    async def _listed(self, image_ids: list[int]) -> list[models.Figure]:
        async def page(number: int) -> models.FigurePage:
            body = models.FigureListing(
                dataset_id=self._id,
                fields=_FIELDS,
                filter=[models.Filter(field="entityId", operator="in", value=image_ids)],
                integer_coords=False,  # whole numbers would move what was drawn between them
                page=number,
            )
            return await self._client.figures.list(body=body)

        return await _whole(page, f"figures of dataset {self._id}")

    async def _tags(self, image_ids: list[int]) -> dict[int, list[models.Tag]]:
        """Tags of figures with names and times, which the list of figures does not have."""
        body = models.AnnotationListing(
            dataset_id=self._id, image_ids=image_ids, with_custom_big_data=True, integer_coords=False
        )
        found: dict[int, list[models.Tag]] = {}
        for annotation in await self._client.images.annotations(body=body):
            labels = annotation.annotation.objects
            for label in [] if labels is UNSET else labels:
                if label.tags is not UNSET and label.tags:
                    found[label.id] = label.tags
        return found

    async def _masks(self, ids: list[int]) -> AsyncGenerator[AlphaRow, None]:
        """Masks of figures, one after the other."""
        wanted = {str(figure): figure for figure in ids}
        async with await self._client.figures.download_geometries(body=models.Ids(ids=ids)) as stream:
            async for name, content in parts(stream, limit=_LARGEST):
                figure = wanted.pop(name, None)
                if figure is None:
                    message = f"the server gave the mask {name[:100]!r} twice or unasked; make the version again"
                    raise ApiAnswerError(message)
                yield made.alpha_row(figure, content)
        if wanted:
            missing = list(wanted.values())[:10]
            raise ApiAnswerError(f"the server did not give the masks of the figures {missing}; make the version again")
