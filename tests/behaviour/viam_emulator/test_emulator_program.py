"""How the emulated platform listens."""

from __future__ import annotations

import gc
import socket
from typing import TYPE_CHECKING

from grpclib.protocol import H2Protocol

if TYPE_CHECKING:
    from tests.behaviour.viam_emulator.platform import Platform


async def test_answers_are_sent_at_once(platform: Platform) -> None:
    await platform.log_in()
    port = platform.address.port
    served = [
        found.connection._transport.get_extra_info("socket")
        for found in gc.get_objects()
        if isinstance(found, H2Protocol) and hasattr(found, "connection")
    ]
    ours = [each for each in served if each.fileno() >= 0 and each.getsockname()[1] == port]
    assert ours
    assert all(each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for each in ours)
