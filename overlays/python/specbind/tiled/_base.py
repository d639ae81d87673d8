"""What all nodes have in common."""

from __future__ import annotations

import contextlib
import copy
from typing import TYPE_CHECKING, Any, ClassVar, cast, overload

from ._items import checked_item, resource_in
from ._json import plain_metadata, plain_value
from ._patches import difference, spec_patch, updated
from ._views import DictView, ListView, Spec, checked_specs, specs_json
from ._wire import NodeState, quote_path

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, MutableMapping
    from io import BytesIO
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from ._patches import Patch
    from ._registry import StructureClients
    from ._wire import Wire
    from .aio._connection import Connection
    from .aio.context import Context
    from .aio.revisions import MetadataRevisions
    from .structures import Structure
    from .updates import Update

__all__ = ["BaseClient"]

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"


class BaseClient:
    """A node of a server. Programs get one from `from_uri` and from containers; they do not make one.

    Args:
        context: the connection.
        item: the resource, as the server gave it.
        structure_clients: `numpy`, `dask`, or a class for each structure family or spec.
        structure: the structure, where it is known already.
        include_data_sources: whether resources are asked for with their data sources.
    """

    structure_families: ClassVar[frozenset[str]] = frozenset()
    """The families that this class is for; empty for any."""

    def __init__(
        self,
        context: Context,
        *,
        item: dict[str, Any],
        structure_clients: StructureClients = "numpy",
        structure: Structure | None = None,
        include_data_sources: bool = False,
    ) -> None:
        self._context = context
        self._structure_clients: StructureClients = structure_clients
        self._structure = structure
        self._include_data_sources = include_data_sources
        self._face: type | None = None
        self._item = checked_item(item)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'/'.join(self.path_parts)!r}>"

    # what is known without asking ------------------------------------------------------------------------------------

    @property
    def context(self) -> Context:
        """The connection."""
        return self._context

    @property
    def item(self) -> dict[str, Any]:
        """The resource, as the server gave it."""
        return self._item

    @property
    def structure_clients(self) -> StructureClients:
        """Which classes are used for nodes below this one."""
        return self._structure_clients

    @property
    def _connection(self) -> Connection:
        return self._context._connection  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - of this package

    @property
    def _wire(self) -> Wire:
        """What sends the requests."""
        return self._connection

    @property
    def _state(self) -> NodeState:
        """The node as reads and writes need it."""
        return NodeState(self._wire, tuple(self.path_parts), self._item, self.structure_family)

    @property
    def metadata(self) -> DictView[str, Any]:
        """Metadata of the node, which cannot be changed here: see `update_metadata`."""
        return DictView(self._attributes.get("metadata") or {})

    @property
    def specs(self) -> ListView[Spec]:
        """Specifications that metadata and data follow."""
        return ListView(Spec(each["name"], each.get("version")) for each in self._attributes.get("specs") or ())

    @property
    def access_tags(self) -> ListView[str]:
        """Tags that say who has access.

        Raises:
            AttributeError: the server has none.
        """
        tags = self._attributes.get("access_tags")
        if tags is None:
            raise AttributeError("this server has no access tags")
        return ListView(tags)

    @property
    def uri(self) -> str:
        """Address of the node."""
        return f"{self._context.api_uri}metadata/{self._path}"

    @property
    def path_parts(self) -> list[str]:
        """Keys from the root of the server to this node; none for the root itself."""
        own = self._item["id"]
        return [*(self._attributes.get("ancestors") or ()), own] if own else []

    @property
    def structure_family(self) -> str:
        """`container`, `array`, `table`, `sparse`, `awkward`, `ragged` or `bytes`."""
        return str(self._attributes.get("structure_family") or "")

    def structure(self) -> Structure:
        """Shape, types and chunks of the data.

        Raises:
            DecodeError: the server describes what is not known here.
        """
        if self._structure is None:
            from .structures import read_structure  # noqa: PLC0415 - the typed structures are loaded when one is used

            self._structure = read_structure(self.structure_family, self._attributes.get("structure"))
        return self._structure

    @property
    def _attributes(self) -> dict[str, Any]:
        return cast("dict[str, Any]", self._item["attributes"])

    @property
    def _path(self) -> str:
        return quote_path(self.path_parts)

    # what the server is asked for ------------------------------------------------------------------------------------

    @property
    def formats(self) -> Coroutine[Any, Any, list[str]]:
        """Formats in which the server exports this node."""
        return self._formats()

    async def _formats(self) -> list[str]:
        known = (await self._context.about()).formats
        found = set(known.get(self.structure_family, ()))
        for spec in self.specs:
            found.update(known.get(spec.name, ()))
        return sorted(found)

    @property
    def parent(self) -> Coroutine[Any, Any, BaseClient | None]:
        """The container that this node is in, None for the root."""
        return self._parent()

    async def _parent(self) -> BaseClient | None:
        from ._registry import client_for_path  # noqa: PLC0415 - it knows all classes, also those that derive from this

        parts = self.path_parts
        return None if not parts else await client_for_path(self._context, parts[:-1], self._structure_clients)

    async def refresh(self) -> Self:
        """Ask the server for the node again, and take over what it says.

        Raises:
            NotFoundError: it is not there any more.
        """
        self._item = checked_item(await self._fetched())
        self._structure = None
        return self

    async def _fetched(self) -> dict[str, Any]:
        params = [("include_data_sources", "true")] if self._include_data_sources else []
        answer = await self._wire.get_json(f"metadata/{self._path}", params=params)
        return resource_in(answer)

    def new_variation(self, **changes: object) -> Self:
        """The same node with other arguments, as `structure_clients="dask"`. Nothing is asked for."""
        arguments: dict[str, Any] = {**self._arguments(), **changes}
        found = type(self)(self._context, **arguments)
        found._face = self._face  # noqa: SLF001 - its own class
        return found

    def _arguments(self) -> dict[str, Any]:
        """Arguments that make the same node again."""
        return {
            "item": self._item,
            "structure_clients": self._structure_clients,
            "structure": self._structure,
            "include_data_sources": self._include_data_sources,
        }

    def data_sources(self) -> list[dict[str, Any]] | None:
        """Where the data are kept, None where that was not asked for: see `include_data_sources`."""
        return cast("list[dict[str, Any]] | None", self._attributes.get("data_sources"))

    async def include_data_sources(self) -> Self:
        """The same node with its data sources."""
        if self._include_data_sources and self.data_sources() is not None:
            return self
        return await self.new_variation(include_data_sources=True).refresh()

    async def close(self) -> None:
        """Close the connections of the context, which all nodes of it share; see `Context.close`."""
        await self._context.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def login(
        self, *, remember_me: bool = True, ask: Callable[[str, bool], str | Awaitable[str]] | None = None
    ) -> None:
        """Log in, then take over what the server says to this user. Arguments are those of `Context.authenticate`."""
        await self._context.authenticate(remember_me=remember_me, ask=ask)
        await self.refresh()

    async def logout(self) -> None:
        """End the session."""
        await self._context.logout()

    async def delete(self, recursive: bool = False, external_only: bool = True) -> None:
        """Delete the node.

        Args:
            recursive: with all that is in it.
            external_only: only what refers to files that the server does not manage; False deletes data too.

        Raises:
            ConflictError: it is not empty, or data would be lost.
        """
        params = deletion_params(recursive=recursive, external_only=external_only)
        await self._connection.send_json("DELETE", f"metadata/{self._path}", params=params, safe=True)

    async def subscribe(self, start: int | None = None, *, max_size: int = 1_000_000) -> AsyncIterator[Update]:
        """Changes of this node as they happen, until the server ends them or the context is closed.

        A lost connection is made again. The next change comes then, or a warning in the log where some may be missing.

        Args:
            start: number of the first change; 0 for the oldest that the server has, None for those from now on.
            max_size: bytes of one change.

        Raises:
            AuthenticationError: the server does not let the caller listen.
            LimitError: a change is larger.
            TransportError: the connection was lost too often.
        """
        from .aio._subscribing import updates  # noqa: PLC0415 - few programs listen

        async with contextlib.aclosing(updates(self._connection, self._path, start, max_size)) as found:
            async for update in found:
                yield update

    async def close_stream(self) -> None:
        """Tell all who listen to this node that nothing more will come."""
        await self._connection.send_json("DELETE", f"stream/close/{self._path}", safe=True)

    # metadata ---------------------------------------------------------------------------------------------------------

    def metadata_copy(self) -> list[Any]:
        """Metadata, specs and access tags to change at will; the tags are None where the server has none."""
        tags = self._attributes.get("access_tags")
        return [
            copy.deepcopy(dict(self.metadata)),
            list(self.specs),
            None if tags is None else list[str](tags),
        ]

    @property
    def metadata_revisions(self) -> MetadataRevisions:
        """Earlier metadata."""
        from .aio.revisions import MetadataRevisions  # noqa: PLC0415 - few programs look at them

        return MetadataRevisions(self._connection, self._path)

    def build_metadata_patches(
        self,
        metadata: Mapping[str, Any] | None = None,
        specs: Iterable[Spec | str | Mapping[str, Any]] | None = None,
        access_tags: Iterable[str] | None = None,
    ) -> tuple[Patch, Patch | None, Patch | None]:
        """The patches (RFC 6902) by which metadata, specs and access tags become what is given.

        Args:
            metadata: merged into what is there, as by a nested `dict.update`; `DELETE_KEY` as a value removes a key.
            specs: the new specs, None to keep those that are there.
            access_tags: the new tags; None or none at all keeps those that are there.
        """
        own = cast("dict[str, Any]", self._attributes.get("metadata") or {})
        patch = [] if metadata is None else difference(own, updated(own, plain_metadata(metadata)))
        specs_patch = None if specs is None else spec_patch(self._attributes.get("specs") or (), specs)
        tags = list(access_tags or ())
        tags_patch = difference(list(self._attributes.get("access_tags") or ()), tags) if tags else None
        return patch, specs_patch, tags_patch

    async def update_metadata(
        self,
        metadata: Mapping[str, Any] | None = None,
        specs: Iterable[Spec | str | Mapping[str, Any]] | None = None,
        access_tags: Iterable[str] | None = None,
        *,
        drop_revision: bool = False,
    ) -> None:
        """Change metadata, as by a nested `dict.update`. Arguments are those of `build_metadata_patches`.

        Args:
            metadata: see there.
            specs: see there.
            access_tags: see there.
            drop_revision: do not keep what was there as a revision.

        Raises:
            ClientError: the server refuses that.
        """
        patches = self.build_metadata_patches(metadata, specs, access_tags)
        await self.patch_metadata(*patches, drop_revision=drop_revision)

    async def patch_metadata(
        self,
        metadata_patch: Patch | Mapping[str, Any] | None = None,
        specs_patch: Patch | list[Spec | str | Mapping[str, Any]] | None = None,
        access_tags_patch: Patch | list[str] | None = None,
        content_type: str = JSON_PATCH,
        drop_revision: bool = False,
    ) -> None:
        """Change metadata by patches, and take over what the server has then.

        Args:
            metadata_patch: a list of operations (RFC 6902), or an object (RFC 7386).
            specs_patch: the same for the list of specs.
            access_tags_patch: the same for the list of tags.
            content_type: `application/json-patch+json` or `application/merge-patch+json`.
            drop_revision: do not keep what was there as a revision.

        Raises:
            ValueError: another content type.
            ClientError: the server refuses that.
        """
        if content_type not in (JSON_PATCH, MERGE_PATCH):
            raise ValueError(f"content_type is {JSON_PATCH} or {MERGE_PATCH}, not {content_type!r:.80}")
        specs: object = specs_patch
        if specs_patch is not None:
            merge = content_type == MERGE_PATCH
            specs = checked_specs(specs_patch) if merge else _spec_operations(cast("Patch", specs_patch))
        body = {
            "content-type": content_type,
            "metadata": plain_value(metadata_patch, "metadata_patch"),
            "specs": specs,
            "access_tags": access_tags_patch,
        }
        params = [("drop_revision", "true")] if drop_revision else []
        await self._connection.send_json("PATCH", f"metadata/{self._path}", body, params=params)
        await self.refresh()

    async def replace_metadata(
        self,
        metadata: Mapping[str, Any] | None = None,
        specs: Iterable[Spec | str | Mapping[str, Any]] | None = None,
        access_tags: Iterable[str] | None = None,
        drop_revision: bool = False,
    ) -> None:
        """Put other metadata, specs or access tags in place of those that are there; None keeps them.

        Args:
            metadata: the new metadata.
            specs: the new specs.
            access_tags: the new tags.
            drop_revision: do not keep what was there as a revision.

        Raises:
            ClientError: the server refuses that.
        """
        body = {
            "metadata": None if metadata is None else plain_metadata(metadata),
            "specs": None if specs is None else checked_specs(specs),
            "access_tags": None if access_tags is None else list(access_tags),
        }
        params = [("drop_revision", "true")] if drop_revision else []
        # not sent twice: each time makes a revision
        answer = await self._connection.send_json("PUT", f"metadata/{self._path}", body, params=params)
        said = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
        for name, value in body.items():
            if value is not None:
                self._attributes[name] = value if said.get(name) is None else said[name]

    @overload
    async def raw_export(
        self,
        destination: str | Path | None = None,
        max_workers: int = 4,
        compression: bool = True,
        *,
        destination_directory: str | Path | None = None,
    ) -> list[Path]: ...
    @overload
    async def raw_export(
        self, destination: MutableMapping[str, BytesIO], max_workers: int = 4, compression: bool = True
    ) -> list[str]: ...
    async def raw_export(
        self,
        destination: str | Path | MutableMapping[str, BytesIO] | None = None,
        max_workers: int = 4,
        compression: bool = True,
        *,
        destination_directory: str | Path | None = None,
    ) -> list[Path] | list[str]:
        """Download the files of this node as the server keeps them, folders too, and give their paths.

        Files of several assets go to a folder for each, whose name is the id of the asset.

        Args:
            destination: folder that they go to, by default the current one; or a mapping that they are put in, each as
                a `BytesIO` under its path.
            max_workers: files under way at once, 1 or more.
            compression: kept for programs that give it; files come as they are.
            destination_directory: an older name of `destination`, taken with a warning.

        Raises:
            ValueError: the node has no files, or the server does not say where.
            TypeError: `destination` is neither, or is given by both of its names.
            DecodeError: the server names a file outside of its folder, or two alike.
            ForbiddenError: the server gives no files away.
        """
        from .aio._raw_files import destination_of, exported  # noqa: PLC0415 - few programs want files

        del compression
        target = destination_of(destination, destination_directory)
        sources = (await self.include_data_sources()).data_sources() or []
        if not any(source.get("assets") for source in sources):
            raise ValueError(f"{'/'.join(self.path_parts)!r} has no files of its own")
        return await exported(self._connection, self._path, sources, target, max(1, max_workers))

    async def asset_manifest(self, data_sources: Iterable[Mapping[str, Any]]) -> dict[int, list[str]]:
        """The files in each folder among the assets of data sources, by the id of the asset."""
        from .aio._raw_files import manifest_in  # noqa: PLC0415 - few programs want files

        found: dict[int, list[str]] = {}
        for source in data_sources:
            for asset in source.get("assets", ()):
                if asset.get("is_directory"):
                    params = [("id", str(asset["id"]))]
                    route = f"asset/manifest/{self._path}"
                    answer = await self._connection.get_json(route, params=params, packed=False)
                    found[asset["id"]] = manifest_in(answer)
        return found


def _spec_operations(patch: Patch) -> Patch:
    """Operations in which a spec may be given by its name."""
    return [
        {**operation, "value": specs_json([operation["value"]])[0]} if "value" in operation else operation
        for operation in patch
    ]


def deletion_params(*, recursive: bool, external_only: bool) -> list[tuple[str, str]]:
    """How a node is deleted."""
    return [("recursive", _flag(recursive)), ("external_only", _flag(external_only))]


def _flag(value: bool) -> str:
    return "true" if value else "false"
