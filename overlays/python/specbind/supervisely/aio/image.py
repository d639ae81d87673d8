"""Images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from specbind.bindings._runtime import File
from specbind.bindings.supervisely import models
from specbind.core import arguments
from specbind.core.backoff import settled
from specbind.core.tasks import in_thread
from specbind.supervisely import fields
from specbind.supervisely.exceptions import ApiAnswerError
from specbind.supervisely.types import ImageInfo

from ._listing import Listing
from ._transfer import hash_of
from ._wire import translated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["ImageApi"]

_BATCH = 50


class ImageApi(Listing):
    """The images of a dataset.

    Args:
        api: the server.
    """

    InfoType = ImageInfo

    @staticmethod
    def info_sequence() -> list[fields.Field]:
        """Members of the server's JSON in the order of ImageInfo."""
        names = (
            "id name link hash mime ext size width height labelsCount datasetId createdAt updatedAt meta pathOriginal"
        )
        return [*names.split(), "fullStorageUrl", "tags", "createdBy"]

    @staticmethod
    def info_tuple_name() -> str:
        """ImageInfo."""
        return "ImageInfo"

    def _convert(self, json: Mapping[str, Any]) -> ImageInfo:
        return fields.to_tuple(ImageInfo, self.info_sequence(), json)

    async def get_list(self, dataset_id: int, filters: list[dict[str, Any]] | None = None) -> list[ImageInfo]:
        """The images of a dataset, by their id.

        Args:
            dataset_id: the dataset.
            filters: conditions, each with `field`, `operator` and `value`.
        """
        body = {"datasetId": arguments.whole("dataset_id", dataset_id, least=1), "filter": filters or []}
        found: list[ImageInfo] = await self.get_list_all_pages("images.list", body)
        return found

    async def upload_paths(
        self,
        dataset_id: int,
        names: Sequence[str],
        paths: Sequence[str | Path],
        progress_cb: Callable[[int], object] | None = None,
        metas: Sequence[dict[str, Any]] | None = None,
    ) -> list[ImageInfo]:
        """Add images from files on this machine. Bytes that the server has already are not sent.

        Args:
            dataset_id: the dataset.
            names: names that the images get.
            paths: the files.
            progress_cb: called with the number of images of each request.
            metas: an object for each image.

        Raises:
            ValueError: the lists differ in length, or a file is empty; nothing is sent then.
            SuperviselyError: a call failed, or the server did not take an image.
        """
        arguments.whole("dataset_id", dataset_id, least=1)
        arguments.paths("paths", paths)
        files = [Path(path) for path in paths]
        if not len(names) == len(files) == len(files if metas is None else metas):
            raise ValueError("names, paths and metas go together: give one of each for an image")
        for file in files:
            if not (await in_thread(file.stat)).st_size:
                raise ValueError(f"{file} is empty, which is no image")
        hashes = [await in_thread(hash_of, file) for file in files]
        found: list[ImageInfo] = []
        for start in range(0, len(files), _BATCH):
            part = slice(start, start + _BATCH)
            await self._send(dict(zip(hashes[part], files[part], strict=True)))
            found += await self.upload_hashes(
                dataset_id, names[part], hashes[part], progress_cb, None if metas is None else metas[part]
            )
        return found

    async def _send(self, files: dict[str, Path]) -> None:
        client = self._wire.client()
        with translated():
            known = set(await client.images.known_hashes(body=list(files)))
            missing = [(digest, file) for digest, file in files.items() if digest not in known]
            if not missing:
                return
            body = {f"{number}-file": File(file) for number, (_, file) in enumerate(missing)}
            stored = await client.images.upload(body=body)
        took = {entry.hash for entry in stored}
        refused = [str(file) for digest, file in missing if digest not in took]
        if refused:
            raise ApiAnswerError(f"the server did not take {', '.join(refused[:10])}; are these images?")

    async def upload_hashes(
        self,
        dataset_id: int,
        names: Sequence[str],
        hashes: Sequence[str],
        progress_cb: Callable[[int], object] | None = None,
        metas: Sequence[dict[str, Any]] | None = None,
    ) -> list[ImageInfo]:
        """Add images whose bytes the server has.

        Args:
            dataset_id: the dataset.
            names: names that the images get.
            hashes: SHA-256 of their bytes, in base64.
            progress_cb: called with the number of images of each request.
            metas: an object for each image.
        """
        arguments.whole("dataset_id", dataset_id, least=1)
        if not len(names) == len(hashes) == len(hashes if metas is None else metas):
            raise ValueError("names, hashes and metas go together: give one of each for an image")
        found: list[ImageInfo] = []
        for start in range(0, len(names), _BATCH):
            images: list[models.NewImage] = []
            for number in range(start, min(start + _BATCH, len(names))):
                image = models.NewImage(title=names[number], hash=hashes[number])
                if metas is not None and metas[number]:
                    image.meta = metas[number]
                images.append(image)
            with translated():
                added = await self._wire.client().images.add(
                    body=models.NewImages(dataset_id=dataset_id, images=images)
                )
            found += [self._convert(fields.plain(image)) for image in added]
            if progress_cb is not None:
                await settled(progress_cb(len(images)))
        return found
