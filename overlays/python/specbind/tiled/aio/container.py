"""Containers: what is in them, found, sorted, and put in."""

from __future__ import annotations

import html
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast

from specbind.core import arguments
from specbind.tiled._base import deletion_params
from specbind.tiled._data.export import export
from specbind.tiled._directions import ASCENDING, DESCENDING
from specbind.tiled._items import checked_entries, resource_in
from specbind.tiled._registry import StructureClients, client_for_item
from specbind.tiled._wire import quote_path
from specbind.tiled.exceptions import GoneError, NotFoundError
from specbind.tiled.queries import KeyLookup, filter_params

from ._entries import Entries, key_of
from ._listing import PAGE, Listing
from ._writing import WritableContainer
from .deep import DeepSearchResults
from .views import ItemsView, KeysView, ValuesView

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import IO, Self

    from specbind.core import Progress
    from specbind.tiled._base import BaseClient
    from specbind.tiled._views import Spec
    from specbind.tiled.queries import Query
    from specbind.tiled.structures import Structure

    from ._listing import Params
    from .context import Context

__all__ = ["Container"]

D = TypeVar("D")
_SHOWN = 10
_EXACT = 100
_LONGEST = 80
_KEYS_ONLY = (("fields", ""),)


class Container(WritableContainer):
    """A node with others in it, by key.

    A key may be a path, `"a/b"` or `("a", "b")`: one request leads to the node. `search` and `sort` give containers of
    the same nodes, fewer or in another order; nothing is asked for until something in them is looked at.

    Args:
        context: the connection.
        item: the resource, as the server gave it.
        structure_clients: `numpy`, `dask`, or a class for each structure family or spec.
        queries: what the nodes in it must meet.
        sorting: keys of metadata to sort by, each with 1 or -1.
        structure: the structure, where it is known already.
        include_data_sources: whether nodes are asked for with their data sources.
    """

    def __init__(
        self,
        context: Context,
        *,
        item: dict[str, Any],
        structure_clients: StructureClients = "numpy",
        queries: Sequence[Query] | None = None,
        sorting: Sequence[tuple[str, int]] | None = None,
        structure: Structure | None = None,
        include_data_sources: bool = False,
    ) -> None:
        super().__init__(
            context,
            item=item,
            structure_clients=structure_clients,
            structure=structure,
            include_data_sources=include_data_sources,
        )
        self._queries = tuple(queries or ())
        self._asked_sorting = None if sorting is None else tuple(sorting)

    def _arguments(self) -> dict[str, Any]:
        return {**super()._arguments(), "queries": self._queries, "sorting": self._asked_sorting}

    # looking into it --------------------------------------------------------------------------------------------------

    @property
    def sorting(self) -> list[tuple[str, int]]:
        """Keys of metadata that it is sorted by, each with 1 (up) or -1 (down); `""` is the server's own order."""
        if self._asked_sorting is not None:
            return list(self._asked_sorting)
        own = [(str(each["key"]), int(each["direction"])) for each in self._attributes.get("sorting") or ()]
        return own or [("", ASCENDING)]

    @property
    def queries(self) -> list[Query]:
        """What the nodes in it meet."""
        return list(self._queries)

    def __aiter__(self) -> AsyncIterator[str]:
        return self.keys().__aiter__()

    async def count(self) -> int:
        """How many nodes are in it, as the server counts them now."""
        return await self.keys().count()

    async def lookup(self, key: str | tuple[str, ...]) -> BaseClient:
        """The node at a key or path.

        Raises:
            KeyError: it is not there, does not meet the queries, or is a link that leads nowhere.
            TypeError: the key is no text.
        """
        first, *rest = keys = keys_of(key)
        try:
            if self._queries:
                found = await self._listing().narrowed(filter_params([KeyLookup(first)])).glance(1, self._extra())
                if not found[0]:
                    raise KeyError(first)
                if not rest:
                    return self._make(found[0][0])
                return await self._below([first, *rest])
            inlined = self._inlined_at(keys)
            return self._make(inlined) if inlined is not None else await self._below(keys)
        except (NotFoundError, GoneError) as error:
            lacking = KeyError("/".join(keys))
            lacking.add_note(f"the server: {error.response.detail[:200]}")
            raise lacking from error

    async def get(self, key: str | tuple[str, ...], default: D | None = None) -> BaseClient | D | None:
        """The node at a key or path, `default` where there is none."""
        try:
            return await self.lookup(key)
        except KeyError:
            return default

    async def contains(self, key: object) -> bool:
        """Whether there is a node at a key or path."""
        if not isinstance(key, str | tuple):
            return False
        try:
            keys = keys_of(cast("str | tuple[str, ...]", key))
            if self._queries:
                await self.lookup(keys)
            elif self._inlined_at(keys) is None:
                await self._wire.get_json(f"metadata/{self._path_of(keys)}", params=_KEYS_ONLY)
        except (KeyError, NotFoundError, GoneError):
            return False
        return True

    def keys(self) -> KeysView:
        """The keys."""
        return KeysView(self._entries(_KEYS_ONLY))

    def values(self) -> ValuesView:
        """The nodes."""
        return ValuesView(self._entries())

    def items(self) -> ItemsView:
        """Keys and nodes."""
        return ItemsView(self._entries())

    # finding ----------------------------------------------------------------------------------------------------------

    def search(self, query: Query) -> Self:
        """The nodes among these that meet a query of `specbind.tiled.queries`."""
        filter_params([query])  # what is no query is told now
        return self.new_variation(queries=(*self._queries, query))

    def search_deep(self, *queries: Query, max_depth: int | None = None) -> DeepSearchResults:
        """The nodes at any depth that meet all queries. Servers before 0.2.19 cannot do that.

        Args:
            queries: what they must meet, beside what the nodes of this container meet.
            max_depth: how deep to look, 1 to 64; None for as deep as the server looks.
        """
        own = [("max_depth", str(max_depth))] if max_depth is not None else []
        filters = [*filter_params([*self._queries, *queries]), *own, *self._extra()]
        listing = Listing(self._connection, f"search-deep/{self._path}", filters, reversible=False)
        keys = Entries(listing, self._make, params=_KEYS_ONLY)
        return DeepSearchResults(Entries(listing, self._make), keys, tuple(self.path_parts))

    def sort(self, *sorting: tuple[str, int]) -> Self:
        """The same nodes in another order.

        Args:
            sorting: keys of metadata, as `("sample.color", ASCENDING)`; 1 is up, -1 is down. The key `""` is the
                server's own order.

        Raises:
            ValueError: a direction is neither 1 nor -1.
            TypeError: it is no pair of a key and a direction.
        """
        for pair in sorting:
            if not isinstance(pair, tuple | list) or len(pair) != 2 or not isinstance(pair[0], str):  # pyright: ignore[reportUnnecessaryIsInstance, reportUnnecessaryComparison]
                raise TypeError(f"sort takes pairs as ('color', 1) or ('color', -1), not {pair!r:.80}")
            key, direction = pair
            if direction not in (ASCENDING, DESCENDING):
                raise ValueError(f"the direction of {key!r:.80} is 1 (up) or -1 (down), not {direction!r:.80}")
        return self.new_variation(sorting=tuple((key, int(direction)) for key, direction in sorting))

    async def distinct(
        self, *metadata_keys: str, structure_families: bool = False, specs: bool = False, counts: bool = False
    ) -> dict[str, Any]:
        """The values that occur among the nodes.

        Args:
            metadata_keys: of these keys of metadata.
            structure_families: of structure families, too.
            specs: of specs, too.
            counts: with how often each occurs.

        Returns:
            `metadata`, with a list of `value` and `count` for each key; `structure_families` and `specs`, each None
            where it was not asked for.

        Raises:
            TypeError: a key is no text.
        """
        params = [("metadata", arguments.text("a key of metadata", key)) for key in metadata_keys]
        flags = {"structure_families": structure_families, "specs": specs, "counts": counts}
        params += [(name, "true") for name, wanted in flags.items() if wanted]
        answer = await self._wire.get_json(f"distinct/{self._path}", params=[*params, *filter_params(self._queries)])
        return cast("dict[str, Any]", answer)

    # putting in -------------------------------------------------------------------------------------------------------

    async def create_container(
        self,
        key: str | None = None,
        *,
        metadata: Mapping[str, Any] | None = None,
        specs: Iterable[Spec | str | Mapping[str, Any]] | None = None,
        access_tags: Iterable[str] | None = None,
    ) -> Container:
        """Make an empty container in this one. Arguments are those of `new`."""
        made = await self.new("container", (), key=key, metadata=metadata, specs=specs, access_tags=access_tags)
        return cast("Container", made)

    async def register(
        self,
        *uris: str | os.PathLike[str],
        key: str | None = None,
        structure: Structure | None = None,
        mimetype: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        specs: Iterable[Spec | str | Mapping[str, Any]] | None = None,
        access_tags: Iterable[str] | None = None,
    ) -> BaseClient:
        """Make a node of files that the server reads where they are, one for all of them. Nothing is uploaded.

        Args:
            uris: URIs or paths; the server must have been allowed to read there.
            key: the key, by default a random one.
            structure: shape, types and chunks of the data; files are not opened here to find them out.
            mimetype: media type of the files, by default that of their ending.
            parameters: arguments of what reads the files on the server.
            metadata: metadata of the node.
            specs: specifications that metadata and data follow.
            access_tags: tags that say who has access.

        Raises:
            ValueError: there is no file, no structure, or no media type to be told from the names.
            ConflictError: the key is taken.
            ClientError: the server refuses that, as for files where it may not read.
        """
        from ._registering import registered_source  # noqa: PLC0415 - the typed structures are loaded when one is used

        source = registered_source(uris, structure, mimetype, parameters)
        return await self.new(
            source.structure_family, [source], key=key, metadata=metadata, specs=specs, access_tags=access_tags
        )

    async def delete_contents(
        self,
        keys: str | Iterable[str] | None = None,
        recursive: bool = False,
        external_only: bool = True,
    ) -> Self:
        """Delete nodes of this container.

        Args:
            keys: which; None for all that it has, or all that meet its queries.
            recursive: with all that is in them.
            external_only: only what refers to files that the server does not manage; False deletes data too.

        Raises:
            KeyError: one is not there.
            ConflictError: one is not empty, or data would be lost.
        """
        wanted = [keys] if isinstance(keys, str) else keys
        chosen = [key async for key in self] if wanted is None else list(wanted)
        params = deletion_params(recursive=recursive, external_only=external_only)
        for key in chosen:
            try:
                path = self._path_of(keys_of(key))
                await self._connection.send_json("DELETE", f"metadata/{path}", params=params, safe=True)
            except NotFoundError as error:
                raise KeyError(key) from error
        return self

    async def export(
        self,
        filepath: str | Path | IO[bytes],
        fields: Iterable[str] | None = None,
        *,
        format: str | None = None,
        progress_callback: Progress | None = None,
        resume: bool = False,
    ) -> None:
        """Download all of it in some format.

        Args:
            filepath: a path, which gets its content when all has come, or an open binary file.
            fields: keys of the nodes that are wanted; None for all.
            format: a media type, or the ending of a file name (`h5`); by default the ending of `filepath`.
            progress_callback: called with the bytes that came, and those of the whole; may be asynchronous.
            resume: keep the bytes of a failed export, and go on from them next time where the server can.

        Raises:
            KeyError: a key is not there.
            ValueError: no format is given, and the path has no ending.
            NotAcceptableError: the server does not have that format; see `formats`.
        """
        wanted = None if fields is None else list(fields)
        for field in wanted or ():  # servers leave out what is not there, without a word
            if not await self.contains(field):
                raise KeyError(field)
        await export(
            self._connection,
            f"container/full/{self._path}",
            filepath,
            format=format,
            params=[("field", field) for field in wanted or ()],
            progress=progress_callback,
            resume=resume,
        )

    # for people -------------------------------------------------------------------------------------------------------

    async def describe(self) -> str:
        """The first keys and the number of nodes, in one or two requests."""
        name = type(self).__name__ if self._face is None else self._face.__name__
        try:
            keys, count = await self._glance(_SHOWN)
        except Exception:  # noqa: BLE001 - what shows a node never fails, whatever a server says
            return f"<{name} {'/'.join(self.path_parts)!r}>"
        if not keys:
            return f"<{name} {{}}>"
        shown = ", ".join(repr(_short(key)) for key in keys)
        return f"<{name} {{{shown}}}>" if count <= len(keys) else f"<{name} {{{shown}, ...}} {count} entries>"

    async def _glance(self, limit: int) -> tuple[list[str], int]:
        """The first keys, and the number of all."""
        inlined = self._inlined_entries()
        if inlined is not None:
            return [key_of(entry) for entry in inlined[:limit]], len(inlined)
        entries, count = await self._listing().glance(limit, _KEYS_ONLY)
        if count > _EXACT:  # catalogs count no further for a page
            count = await self.count()
        return [key_of(entry) for entry in entries], count

    def _repr_html_(self) -> str:
        """What is known without a request, as nothing can be awaited here."""
        shown = ", ".join(_short(str(key)) for key in islice(self.metadata, _SHOWN))
        more = ", ..." if len(self.metadata) > _SHOWN else ""
        known = f"{self.structure_family}, metadata: {shown}{more}" if shown else self.structure_family
        hint = "<code>await node.describe()</code> or <code>async for key in node</code> for its keys"
        return f"<div>{self._heading()}, {html.escape(known)}<br>{hint}</div>"

    def _heading(self) -> str:
        name = html.escape(type(self).__name__ if self._face is None else self._face.__name__)
        title = html.escape(_short("/".join(self.path_parts) or self.context.base_url))
        return f"<strong>{name}</strong> <code>{title}</code>"

    async def describe_html(self) -> str:
        """The same as HTML, for notebooks."""
        try:
            keys, count = await self._glance(_SHOWN)
        except Exception:  # noqa: BLE001 - as above
            return f"<code>{html.escape(repr(self))}</code>"
        rows = "".join(f"<li><code>{html.escape(_short(key))}</code></li>" for key in keys)
        more = f"<li>and {count - len(keys)} more</li>" if count > len(keys) else ""
        return f"<div>{self._heading()}, {count} entries<ul>{rows}{more}</ul></div>"

    async def key_completions(self) -> list[str]:
        """Keys for the Tab key in `container["`: at most 300, in one request."""
        try:
            inlined = self._inlined_entries()
            entries = (await self._listing().glance(PAGE, _KEYS_ONLY))[0] if inlined is None else inlined
            return [key_of(entry) for entry in entries]
        except Exception:  # noqa: BLE001 - as above
            return []  # a traceback in the middle of a line helps nobody

    # parts ------------------------------------------------------------------------------------------------------------

    def _listing(self) -> Listing:
        sort = [f"{'-' if direction < 0 else ''}{key}" for key, direction in self.sorting]
        filters = [*filter_params(self._queries), *self._extra()]
        return Listing(self._connection, f"search/{self._path}", filters, sort)

    def _entries(self, params: Params = ()) -> Entries:
        return Entries(self._listing(), self._make, self._inlined_entries(), params)

    def _extra(self) -> list[tuple[str, str]]:
        return [("include_data_sources", "true")] if self._include_data_sources else []

    def _make(self, entry: dict[str, Any]) -> BaseClient:
        return client_for_item(
            self.context, self.structure_clients, entry, include_data_sources=self._include_data_sources
        )

    def _path_of(self, keys: Sequence[str]) -> str:
        try:
            return quote_path([*self.path_parts, *keys])
        except ValueError as error:
            raise KeyError(str(error)) from error

    async def _below(self, keys: Sequence[str]) -> BaseClient:
        answer = await self._wire.get_json(f"metadata/{self._path_of(keys)}", params=self._extra())
        return self._make(resource_in(answer))

    def _inlined(self) -> dict[str, Any] | None:
        """The nodes where the server sent them along, and nothing limits or orders them."""
        plain = not self._queries and self._asked_sorting is None
        return contents_of(self._item) if plain else None

    def _inlined_entries(self) -> list[dict[str, Any]] | None:
        """The same as a list; None too where one of them is a link that leads nowhere, for the server to tell."""
        contents = self._inlined()
        found = list((contents or {}).values())
        if contents is None or not all(isinstance(entry, dict) for entry in found):
            return None
        return checked_entries(found, "data.attributes.structure.contents", "the nodes that came along are none")

    def _inlined_at(self, keys: Sequence[str]) -> dict[str, Any] | None:
        """The resource at a path, if the server sent it along on every level."""
        contents = self._inlined()
        entry: dict[str, Any] | None = None
        for key in keys:
            if contents is None or not isinstance(contents.get(key), dict):
                return None
            entry = cast("dict[str, Any]", contents[key])
            contents = contents_of(entry)
        return entry


def _short(text: str) -> str:
    """A text for people, of at most 80 characters: servers may have longer ones."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def contents_of(entry: dict[str, Any]) -> dict[str, Any] | None:
    """The nodes in a container, where the server sent them along with it."""
    attributes: object = entry.get("attributes")
    structure = cast("dict[str, Any]", attributes).get("structure") if isinstance(attributes, dict) else None
    contents: object = cast("dict[str, Any]", structure).get("contents") if isinstance(structure, dict) else None
    return cast("dict[str, Any]", contents) if isinstance(contents, dict) else None


def keys_of(key: str | Sequence[str]) -> tuple[str, ...]:
    """Keys of a path, from a text with slashes or from several of them.

    Raises:
        TypeError: it is neither.
        KeyError: there is no key in it.
    """
    parts = (key,) if isinstance(key, str) else tuple(key) if isinstance(key, tuple) else None
    if parts is None or not all(isinstance(part, str) for part in parts):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"a key is a text, or several in a tuple, not {key!r:.80}")
    found = tuple(part for text in parts for part in text.split("/") if part)
    if not found:
        raise KeyError(f"{key!r} has no key in it")
    return found
