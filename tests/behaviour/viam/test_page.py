"""The programs in docs/viam.md run."""

from __future__ import annotations

import asyncio
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from tests.behaviour.viam.platform import KEY, KEY_ID
from tests.behaviour.viam.test_tabular import pages
from tests.support.witness import ROOT

from specbind.bindings._runtime.grpc.grpclib_channel import OwnChannel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.behaviour.viam.platform import Platform

PAGE = (ROOT / "docs" / "viam.md").read_text(encoding="utf-8")


def program(first: str) -> str:
    """The block of code that begins with these words."""
    start = PAGE.index(f"    {first}")
    lines: list[str] = []
    for line in PAGE[start:].splitlines():
        if line and not line.startswith("    "):
            break
        lines.append(line)
    return textwrap.dedent("\n".join(lines))


@pytest.fixture
def everything(platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What the programs take for granted; they talk to the scripted platform."""

    class Channel(OwnChannel):
        def __init__(self, host: str, port: int, **options: Any) -> None:
            assert (host, port, options["ssl"]) == ("app.viam.com", 443, True)
            super().__init__("127.0.0.1", platform.port, **options | {"ssl": None})

    monkeypatch.setattr("specbind.viam._login.Channel", Channel)
    monkeypatch.setenv("VIAM_API_KEY", KEY)
    monkeypatch.setenv("VIAM_API_KEY_ID", KEY_ID)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scan.las").write_bytes(b"x" * 1000)
    platform.script["tabular_data_by_filter"] = pages(3)
    return {"part_id": "part", "api_key": KEY, "api_key_id": KEY_ID}


async def test_the_first_program(
    platform: Platform, everything: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    await asyncio.to_thread(exec, program("import asyncio"), everything)
    assert [name for name, _ in platform.asked] == [
        "file_upload",
        "tabular_data_by_filter",
        "tabular_data_by_filter",
        "binary_data_by_filter",
    ]
    assert capsys.readouterr().out.splitlines()[-4:] == ["1000 1000", *(f"None {{'n': {n}.0}}" for n in range(3))]


async def test_the_blocking_program(everything: dict[str, Any]) -> None:
    await asyncio.to_thread(exec, program("from specbind.viam.sync"), everything)
    assert len(everything["rows"]) == 3


async def test_the_program_of_the_official_client(platform: Platform, everything: dict[str, Any]) -> None:
    indented = textwrap.indent(program("from specbind.viam.app.viam_client"), "    ")
    await asyncio.to_thread(exec, f"async def main():\n{indented}\nimport asyncio\nasyncio.run(main())", everything)
    assert [name for name, _ in platform.asked] == ["tags_by_filter"]
