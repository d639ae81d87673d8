"""Datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specbind.bindings.supervisely import models
from specbind.core import arguments
from specbind.supervisely import fields
from specbind.supervisely.types import DatasetInfo

from ._listing import Listing, as_filter
from ._names import free_name, single
from ._wire import translated

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DatasetApi"]


class DatasetApi(Listing):
    """The datasets of a project.

    Args:
        api: the server.
    """

    InfoType = DatasetInfo

    @staticmethod
    def info_sequence() -> list[fields.Field]:
        """Members of the server's JSON in the order of DatasetInfo."""
        names = "id name description size projectId imagesCount itemsCount createdAt updatedAt referenceImageUrl"
        return [*names.split(), "teamId", "workspaceId", "parentId", "customData", "createdBy"]

    @staticmethod
    def info_tuple_name() -> str:
        """DatasetInfo."""
        return "DatasetInfo"

    def _convert(self, json: Mapping[str, Any]) -> DatasetInfo:
        found = fields.to_tuple(DatasetInfo, self.info_sequence(), json)
        return found if found.items_count is not None else found._replace(items_count=found.images_count)

    async def get_list(
        self,
        project_id: int,
        filters: list[dict[str, Any]] | None = None,
        recursive: bool | None = False,
        parent_id: int | None = None,
        include_custom_data: bool | None = False,
    ) -> list[DatasetInfo]:
        """The datasets of a project.

        Args:
            project_id: the project.
            filters: conditions, each with `field`, `operator` and `value`.
            recursive: also those that lie in others.
            parent_id: those that lie in this one.
            include_custom_data: with their custom data.
        """
        arguments.whole("project_id", project_id, least=1)
        conditions = [*(filters or [])]
        if parent_id is not None:
            conditions.append(as_filter("parentId", arguments.whole("parent_id", parent_id, least=1)))
        body: dict[str, Any] = {
            "projectId": project_id,
            "filter": conditions,
            "recursive": bool(recursive) or parent_id is not None,
        }
        if include_custom_data:
            body["extraFields"] = ["customData"]
        found: list[DatasetInfo] = await self.get_list_all_pages("datasets.list", body)
        return found

    async def create(
        self,
        project_id: int,
        name: str,
        description: str | None = "",
        change_name_if_conflict: bool | None = False,
        parent_id: int | None = None,
        custom_data: dict[str, Any] | None = None,
    ) -> DatasetInfo:
        """Make a dataset.

        Args:
            project_id: the project.
            name: its name.
            description: its description.
            change_name_if_conflict: add a number to a name that is taken.
            parent_id: the dataset in which it lies.
            custom_data: its custom data.
        """
        arguments.whole("project_id", project_id, least=1)
        wanted = arguments.text("name", name)
        if change_name_if_conflict:
            wanted = await free_name(wanted, lambda text: self._named(project_id, text, parent_id))
        body = models.NewDataset(project_id=project_id, name=wanted, description=description, parent_id=parent_id)
        if custom_data is not None:
            body.custom_data = custom_data
        with translated():
            made = await self._wire.client().datasets.add(body=body)
        return self._convert(fields.plain(made))

    async def _named(self, project_id: int, name: str, parent_id: int | None) -> DatasetInfo | None:
        found = await self.get_list(project_id, [as_filter("name", name)], parent_id=parent_id)
        return single([each for each in found if each.parent_id == parent_id], name)
