"""The programs in docs/tiled.md run against a real server."""

from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.support.tiled_server import KEY, PASSWORD, USER
from tests.support.witness import ROOT, interop_python

from specbind import tiled

if TYPE_CHECKING:
    from pathlib import Path

BLOCKS = re.findall(
    r"^```python\n(.*?)^```", (ROOT / "docs" / "tiled.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
TRIED = ["print(client)", "async def main", "ask=lambda", "metadata_revisions[0]", "array[::-1", "with simple("]


def block(phrase: str, url: str = "") -> str:
    """The one block with these words, for a server that is there."""
    (found,) = (each for each in BLOCKS if phrase in each)
    return found.replace("https://tiled.example.org", url).replace('api_key="..."', f'api_key="{KEY}"')


def test_each_program_is_tried() -> None:
    assert all(sum(phrase in each for phrase in TRIED) == 1 for each in BLOCKS)
    assert len(BLOCKS) == len(TRIED)


@pytest.fixture
def scans(catalog: str) -> Any:
    """A container that is called as in the page, and two nodes that are red and calibrated."""
    root = tiled.from_uri(catalog, api_key=KEY)
    assert isinstance(root, tiled.Container)
    made = root.create_container("scans")
    made.create_container("17")
    for number in range(2):
        metadata = {"sample": {"color": "red"}, "time": number, "note": "calibrated"}
        root.create_container(f"page-{number}", metadata=metadata)
    yield root
    for key in ("scans", "page-0", "page-1"):
        root[key].delete(recursive=True, external_only=False)
    root.context.close()


@pytest.mark.usefixtures("scans")
def test_the_first_program(catalog: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    exec(block("print(client)", catalog), names)  # noqa: S102 - our own page
    assert capsys.readouterr().out.splitlines()[-2:] == ["page-1 red", "page-0 red"]
    assert names["node"].path_parts == ["scans", "17"]
    names["client"].context.close()


@pytest.mark.usefixtures("scans")
def test_the_asynchronous_program(catalog: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    exec(block("async def main", catalog), names)  # noqa: S102 - as above
    asyncio.run(names["main"]())
    assert sorted(capsys.readouterr().out.split()) == ["page-0", "page-1"]


def test_the_programs_that_log_in(with_users: str) -> None:
    assert f'"{USER}"' in block("ask=lambda")
    names: dict[str, Any] = {"url": with_users, "password": PASSWORD}
    names |= {name: getattr(tiled, name) for name in ("Context", "from_context", "from_uri")}
    exec(block("ask=lambda"), names)  # noqa: S102 - as above
    assert names["client"].context.authenticated
    assert names["context"].whoami()["identities"][0]["id"] == USER
    names["context"].close()


def test_the_program_that_writes(scans: Any) -> None:
    place = scans["scans"]
    other = place.create_container("other")
    names: dict[str, Any] = {"client": place, "other": other, "numpy": np}
    names |= {name: getattr(tiled, name) for name in ("DELETE_KEY", "copy")}
    exec(block("metadata_revisions[0]"), names)  # noqa: S102 - as above
    assert names["made"].metadata["note"] == {"by": "me"}
    assert "color" not in names["made"].metadata
    assert other["counts"].read().tolist() == list(range(10))


def test_the_program_that_reads_and_exports(scans: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    place = scans["scans"]
    array = place.write_array(np.arange(60).reshape(3, 4, 5), key="a")
    awkward = place.write_awkward([{"x": [1, 2]}, {"x": [3]}, {"x": []}], key="w")
    table = place.write_table({"a": [1, 2], "b": [3, 4], "c": [5, 6]}, key="t")
    with (tmp_path / "some.csv").open("wb") as open_file:
        exec(block("array[::-1"), {"array": array, "awkward": awkward, "table": table, "open_file": open_file})  # noqa: S102 - as above
    assert (tmp_path / "run.csv").read_text().split()[0].endswith("a,b")
    assert np.loadtxt(tmp_path / "some.csv", delimiter=",").tolist() == np.arange(20).reshape(4, 5).tolist()


async def test_the_program_with_a_server_of_its_own(tmp_path: Path) -> None:
    """In the environment of the server."""
    roots = os.pathsep.join(str(ROOT / name) for name in ("generated/python", "overlays/python"))
    process = await asyncio.create_subprocess_exec(
        interop_python("tiled"),
        "-c",
        f"import numpy\n{block('with simple(')}",
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": roots},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, errors.decode()[-3000:]
    assert "('POST', 200, " in output.decode()
    assert "('PUT', 200, " in output.decode()
