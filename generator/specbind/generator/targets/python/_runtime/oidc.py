"""OpenID Connect discovery: where an issuer's endpoints are (OpenID Connect Discovery 1.0, section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from multidict import CIMultiDict

from .errors import DecodeError, TokenError
from .http import Request
from .oauth_token import read_object, secure_url

if TYPE_CHECKING:
    from .options import Send
    from .sync_client import BaseSyncClient

__all__ = ["ProviderMetadata", "discover", "discover_sync"]

_SUFFIXES = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


class ProviderMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What an issuer says of itself; members that are not used here are left out.

    Attributes:
        issuer: its identifier.
        token_endpoint: where tokens are had.
        authorization_endpoint: where a user is sent, "" if nowhere.
        device_authorization_endpoint: where a device begins, "" if nowhere.
        jwks_uri: where its keys are, "" if nowhere.
        scopes_supported: scopes that it knows.
    """

    issuer: str
    token_endpoint: str
    authorization_endpoint: str = ""
    device_authorization_endpoint: str = ""
    jwks_uri: str = ""
    scopes_supported: tuple[str, ...] = ()


async def discover(url: str, send: Send) -> ProviderMetadata:
    """Read the metadata of an issuer.

    Args:
        url: the issuer, or its document ending in `/.well-known/openid-configuration`.
        send: sends a request; a client's `send_plain`.

    Raises:
        RequestError: a URL is not https (http is allowed to this machine).
        TokenError: the document is not there, or it is the one of another issuer.
        TransportError: no whole answer came.
    """
    secure_url(url, "URL of the issuer")
    issuer = url
    document = url.rstrip("/") + _SUFFIXES[0]
    for suffix in _SUFFIXES:
        if url.endswith(suffix):
            issuer, document = url.removesuffix(suffix), url
    request = Request("GET", document, CIMultiDict({"Accept": "application/json"}), operation_id="OpenID discovery")
    response = await send(request)
    members = read_object(response, "document of the issuer")
    try:
        found = msgspec.convert(members, ProviderMetadata)
    except msgspec.ValidationError as error:
        raise DecodeError(f"the document of the issuer does not fit: {str(error)[:300]}").at(request) from None
    if found.issuer.rstrip("/") != issuer.rstrip("/"):
        # a document of another issuer would lead secrets to its endpoints
        raise TokenError(
            f"the document at {document[:200]} is that of the issuer {found.issuer[:200]!r}", status=response.status
        ).at(request)
    for name in ("token_endpoint", "authorization_endpoint", "device_authorization_endpoint", "jwks_uri"):
        if endpoint := getattr(found, name):
            secure_url(endpoint, name)
    return found


def discover_sync(url: str, client: BaseSyncClient) -> ProviderMetadata:
    """Read the metadata of an issuer with the transport of a synchronous client; raises as `discover` does."""
    portal, asynchronous = client.enter()
    return portal.run(discover(url, asynchronous.send_plain))
