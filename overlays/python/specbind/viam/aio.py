"""Clients of the Viam platform, asynchronous; `specbind.viam.sync` has the same with calls that block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._later import DataPipelineRunsPage
from ._login import key_of_environment
from .app.data_client import DataClient
from .app.viam_client import ViamClient

if TYPE_CHECKING:
    import ssl

__all__ = ["DataClient", "DataPipelineRunsPage", "ViamClient", "connect"]


async def connect(
    api_key: str | None = None,
    api_key_id: str | None = None,
    *,
    host: str = "app.viam.com",
    port: int = 443,
    tls: bool | ssl.SSLContext = True,
    timeout: float | None = None,  # noqa: ASYNC109 - the deadline goes to the server
    insecure: bool = False,
) -> DataClient:
    """Connect and log in: `async with await connect() as client`.

    Args:
        api_key: the key; VIAM_API_KEY of the environment unless stated.
        api_key_id: its identifier; VIAM_API_KEY_ID unless stated.
        host: name or address of the platform.
        port: 1 to 65535.
        tls: False for a connection in the clear, or an own context, which has to offer `h2`.
        timeout: deadline of each call in seconds, None for none; a login has 20 s then.
        insecure: whether the key may go in the clear; needed with `tls=False`.

    Raises:
        ValueError: there is no key, an argument makes no sense, or the key would go in the clear.
        RpcUnauthorizedError: the key is refused. RpcError: the platform cannot be reached.
    """
    key, identifier = key_of_environment(api_key, api_key_id)
    return await DataClient.from_api_key(
        key, identifier, host=host, port=port, tls=tls, timeout=timeout, insecure=insecure
    )
