"""What an import loads."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import specbind.viam", {"grpclib", "aiohttp", "msgspec"}),
        ("from specbind.viam.rpc.dial import DialOptions", {"grpclib", "aiohttp", "msgspec"}),
        ("from specbind.viam.proto.app.data import Filter", {"grpclib", "aiohttp"}),
        ("from specbind.viam import DataClient", {"pyarrow", "rich"}),
    ],
)
def test_an_import_is_light(statement: str, absent: set[str]) -> None:
    program = f"import sys; {statement}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert absent.isdisjoint(loaded)
