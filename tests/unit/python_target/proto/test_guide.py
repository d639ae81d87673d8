"""The page about protos: its proto generates, and its blocks call a server that is served by its blocks."""

from __future__ import annotations

import asyncio
import re
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.compiled import write
from tests.support.proto_package import Generated

GUIDE = Path(__file__).parents[4] / "docs" / "protos.md"
PACKAGE = "guide_protos"  # other tests have packages of the page's name


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("guide")
    (proto,) = blocks("proto")
    assert Generated(folder / "out", PACKAGE, write(folder, shop__v1__orders=proto), [folder]).manifest
    code = "\n\n".join(blocks("python")).replace("shop_protos", PACKAGE)
    names: dict[str, Any] = {"__name__": "guide"}
    sys.path.insert(0, str(folder / "out"))
    try:
        exec(compile(code, str(GUIDE), "exec"), names)  # noqa: S102  # our own page
    finally:
        sys.path.remove(str(folder / "out"))
    return names


async def test_the_calls_of_the_page(guide: dict[str, Any], capsys: pytest.CaptureFixture[str]):
    async def login() -> str:
        return "token"

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serving = asyncio.create_task(guide["serve"](port))
    try:
        async with guide["connect"]("127.0.0.1", port, login, tls=False) as transport, asyncio.timeout(20):
            await guide["call"](transport)
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
    assert capsys.readouterr().out.splitlines() == [
        "100 3",
        "NOT_FOUND ['shop.v1.Order']",
        "[0, 50, 100]",
        "1+2",
        "A",
        "B",
    ]
