"""Clients of the Viam platform, asynchronous; `specbind.viam.sync` has the same with calls that block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._later import DataPipelineRunsPage
from ._login import key_of_environment
from .app.data_client import DataClient
from .app.viam_client import ViamClient

if TYPE_CHECKING:
    from typing import Unpack

    from ._options import ConnectOptions

__all__ = ["DataClient", "DataPipelineRunsPage", "ViamClient", "connect"]


async def connect(
    api_key: str | None = None, api_key_id: str | None = None, **options: Unpack[ConnectOptions]
) -> DataClient:
    """Connect and log in: `async with await connect() as client`.

    Args:
        api_key: the key; VIAM_API_KEY of the environment unless stated.
        api_key_id: its identifier; VIAM_API_KEY_ID unless stated.
        options: `host`, `port`, `tls`, `insecure`, `timeout`, `keepalive`, `retries`, `compression`,
            `max_receive_size`, `max_send_size`; see `specbind.viam.ConnectOptions`.

    Raises:
        ValueError: there is no key, an argument makes no sense, or the key would go in the clear.
        RpcUnauthorizedError: the key is refused. RpcError: the platform cannot be reached.
    """
    return await DataClient.from_api_key(*key_of_environment(api_key, api_key_id), **options)
