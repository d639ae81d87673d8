"""The asynchronous client of Petstore."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ._runtime import BaseClient, ServerUrl

if TYPE_CHECKING:
    from .resources.feed import Feed
    from .resources.pets import Pets

__all__ = ["Client"]


class Client(BaseClient):
    """Asynchronous client of Petstore. (docstring lists the constructor's arguments; they are BaseClient's)"""

    default_base_url = (
        "https://petstore.example/v1"  # first server, variables at their defaults; "" = base_url must be given
    )
    servers = (
        ServerUrl("https://petstore.example/v1"),
        ServerUrl(
            "https://{region}.petstore.example/{version}",
            {"region": ("eu", ("eu", "us")), "version": ("v1", ())},  # default, enum
            description="By region.",
        ),
    )

    @cached_property
    def pets(self) -> Pets:
        """Everything about pets."""
        from .resources.pets import Pets

        return Pets(self)

    @cached_property
    def feed(self) -> Feed:
        """Streams and the like."""
        from .resources.feed import Feed

        return Feed(self)


# BaseClient(base_url: str | None = None, *, auth: Credential | Sequence[Credential] | None = None, timeout: Timeout | float | None = DEFAULT_TIMEOUT,
#            headers: HeadersLike | None = None, middleware: Sequence[Middleware] = (), limits: Limits = Limits(), transport: Transport | None = None,
#            proxy: str | None = None, trust_env: bool = False, ssl: ssl.SSLContext | bool = True,
#            on_request: RequestHook | None = None, on_response: ResponseHook | None = None)
#   async with / await close(); with_options(base_url, auth, timeout, headers, middleware, limits, on_request, on_response) -> Self
#   sharing the connections (closing it leaves them open); build(operation, arguments, extra_headers, extra_query) -> Request;
#   async call(operation, arguments, extra_headers, extra_query, timeout) -> T; async answer(same) -> Response;
#   async send(request) -> Response for overlays (middleware, credentials, redirects, deadline); base_url; servers;
#   async send_plain(request) -> Response (transport and limits only).
#   These names are taken: a resource called so needs another (as do made_of and default_base_url).
