"""The guide to generated clients: its document generates, and every block of it runs against its own server."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.support.packages import generated

GUIDE = Path(__file__).parents[3] / "docs" / "clients.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    (document,) = blocks("yaml")
    with generated(tmp_path_factory.mktemp("guide"), document) as package:
        yield package


@pytest.fixture(scope="module")
def guide(shop):
    code = "\n\n".join(["from __future__ import annotations", *blocks("python")])
    names: dict[str, object] = {"__name__": "guide"}
    before = sys.modules.get("shop")
    sys.modules["shop"] = shop
    exec(compile(code, str(GUIDE), "exec"), names)  # noqa: S102 - our own page
    if before is None:
        del sys.modules["shop"]
    return names


@pytest.fixture
async def url(guide, shop):
    runtime = sys.modules[f"{shop.__name__}._runtime"]
    async with runtime.server.serve(guide["Shop"]().application()) as address:
        yield address


async def test_calls_and_errors(guide, url, capsys):
    await guide["read"](url)
    assert capsys.readouterr().out.splitlines() == ["lamp True", "200 UNSET True", "no such item"]


async def test_files_and_streams(guide, url, tmp_path, capsys):
    (tmp_path / "lamp.png").write_bytes(b"png")
    await guide["send_photo"](url, tmp_path / "lamp.png")
    await guide["follow"](url)
    assert capsys.readouterr().out.splitlines() == ["3 ['new']", "lamp"]


def test_a_login_is_begun_and_ended(guide, shop):
    query = parse_qs(urlsplit(guide["begin"]()).query)
    assert (query["scope"], query["code_challenge_method"]) == (["read"], ["S256"])
    client = guide["finish"](f"https://app.example/back?code=c&state={query['state'][0]}")
    assert client.base_url == "https://eu.shop.test"
    assert guide["machine"]("id", "secret").base_url == "https://eu.shop.test"
    assert shop.Client.servers[0].url(region="us") == "https://us.shop.test"
    assert callable(shop.discover)


async def test_webhooks(guide, shop, capsys):
    sold = shop.parse_webhook(
        shop.webhook_bodies.ITEM_SOLD, {"Content-Type": "application/json"}, b'{"id":1,"name":"lamp"}'
    )
    await guide["Receiver"]().item_sold(body=sold)
    assert capsys.readouterr().out == "sold lamp\n"
