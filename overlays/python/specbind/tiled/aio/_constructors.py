"""From an address, a context or a profile to a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from specbind.tiled._registry import check_structure_clients, client_for_path
from specbind.tiled.exceptions import AuthenticationError
from specbind.tiled.profiles import profile_arguments

from ._errors import told_as_foreign
from ._options import refuse_older, truth
from .context import Context

if TYPE_CHECKING:
    import os
    import ssl as ssl_module
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from specbind.bindings._runtime import Timeout
    from specbind.tiled._base import BaseClient
    from specbind.tiled._registry import StructureClients
    from specbind.tiled.cache import Cache

__all__ = ["from_context", "from_profile", "from_uri"]

_OF_AN_APPLICATION = ("max_connections", "headers", "timeout", "cache", "api_key", "show_progress")
_OF_A_NETWORK = ("verify", "trust_env")  # without effect where there is none


async def from_uri(  # noqa: PLR0913 - the official client's arguments
    uri: str,
    structure_clients: StructureClients = "numpy",
    *,
    cache: Cache | None = None,
    remember_me: bool = True,
    username: str | None = None,
    auth_provider: str | None = None,
    api_key: str | None = None,
    verify: bool | str | os.PathLike[str] | ssl_module.SSLContext = True,
    prompt_for_reauthentication: bool | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: Timeout | Mapping[str, float | None] | float | None = None,  # noqa: ASYNC109 - of each silence
    include_data_sources: bool = False,
    auth: object = None,
    max_connections: int = 16,
    show_progress: bool | None = None,
    trust_env: bool = True,
    ask: Callable[[str, bool], str | Awaitable[str]] | None = None,
) -> BaseClient:
    """The node at an address; for the address of a server, its root, a Container.

    Args:
        uri: the site, its API (`/api/v1`), or a node (`/api/v1/metadata/a/b`); `?api_key=` may stand in it.
        structure_clients: `numpy` for values in memory, `dask` for lazy ones, or a class for each family or spec.
        cache: keeps answers on disk; None for no cache.
        remember_me: use tokens that were kept on disk, and keep new ones there.
        username: has no effect but a warning, as in the official client; see `ask`.
        auth_provider: the same.
        prompt_for_reauthentication: the same.
        auth: always None; the official client takes an object of httpx here.
        api_key: an API key; by default that in the URI, or `TILED_API_KEY`.
        verify: False accepts every certificate; a path is that of a CA file or folder; or an SSLContext.
        headers: further headers of every request.
        timeout: as for `Context`.
        include_data_sources: ask for data sources with every node.
        max_connections: requests under way at once.
        show_progress: kept for programs that give it.
        trust_env: take a proxy from the environment.
        ask: answers questions of a login, by default at the terminal; may be asynchronous.

    Raises:
        ValueError: no such URI, or an argument that does not fit.
        TypeError: an argument is of another kind.
        DecodeError: what answers there is no Tiled server.
        AuthenticationError: the server wants a key or a login, and none is to be had.
        NotFoundError: there is no such node.
        TransportError: no answer.
    """
    refuse_older(
        auth,
        username=username,
        auth_provider=auth_provider,
        prompt_for_reauthentication=prompt_for_reauthentication,
    )
    check_structure_clients(structure_clients)
    truth("include_data_sources", include_data_sources)
    context, parts = await Context.from_any_uri(
        uri,
        headers=headers,
        api_key=api_key,
        cache=cache,
        timeout=timeout,
        verify=verify,
        max_connections=max_connections,
        show_progress=show_progress,
        trust_env=trust_env,
    )
    try:
        return await from_context(
            context,
            structure_clients,
            parts,
            include_data_sources=include_data_sources,
            remember_me=remember_me,
            ask=ask,
        )
    except BaseException:
        await context.close()
        raise


async def from_context(
    context: Context,
    structure_clients: StructureClients = "numpy",
    node_path_parts: Sequence[str] | None = None,
    include_data_sources: bool = False,
    remember_me: bool = True,
    ask: Callable[[str, bool], str | Awaitable[str]] | None = None,
) -> BaseClient:
    """The node at a path of a server. Arguments and errors are those of `from_uri`.

    Args:
        context: the connection.
        structure_clients: see there.
        node_path_parts: keys from the root to the node; none for the root.
        include_data_sources: see there.
        remember_me: see there.
        ask: see there.
    """
    check_structure_clients(structure_clients)
    truth("include_data_sources", include_data_sources)
    if isinstance(node_path_parts, str):
        raise TypeError(f"node_path_parts is a list of keys; for one, write [{node_path_parts!r:.80}]")
    if not context.authenticated:
        wanted = (await context.about()).authentication
        if wanted.required and not wanted.providers:
            raise AuthenticationError("this server wants an API key: give api_key=, or set TILED_API_KEY")
        found = bool(wanted.providers) and remember_me and await context.use_cached_tokens()
        if wanted.required and not found:
            await context.authenticate(remember_me=remember_me, ask=ask)
    with told_as_foreign(context.api_uri):
        return await client_for_path(
            context, list(node_path_parts or ()), structure_clients, include_data_sources=include_data_sources
        )


async def from_profile(name: str, structure_clients: StructureClients | None = None, **kwargs: object) -> BaseClient:
    """The node that a profile names. See `list_profiles` for those that there are, and where they stand.

    Args:
        name: name of the profile.
        structure_clients: in place of what the profile says.
        kwargs: arguments of `from_uri`, in place of what the profile says.

    Raises:
        ProfileNotFound: there is no such profile.
        ProfileError: it cannot be used as it is written.
    """
    given = profile_arguments(name, kwargs)
    if structure_clients is not None:
        given["structure_clients"] = structure_clients
    if "app" in given:
        app = given.pop("app")
        for key in _OF_A_NETWORK:
            given.pop(key, None)
        own = {key: given.pop(key) for key in _OF_AN_APPLICATION if key in given}
        context = await Context.from_app(app, **cast("dict[str, Any]", own))
        return await from_context(context, **cast("dict[str, Any]", given))
    return await from_uri(**cast("dict[str, Any]", given))
