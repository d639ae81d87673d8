"""A server of one's own, and files that it reads where they are."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from tests.support.witness import ROOT, interop_python

from specbind.tiled import TransportError, aio, simple
from specbind.tiled.aio import _simple

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.witness


async def test_a_server_of_one_s_own_keeps_what_it_is_given_and_stops_with_its_client(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILED_RETRY_ATTEMPTS", "1")
    folder = tmp_path / "kept"
    async with await aio.simple(folder, python=interop_python("tiled")) as root:
        await root.create_container("a")
        assert [key async for key in root] == ["a"]
        address = root.context.base_url
        key = root.context.api_key
    assert key is not None
    assert capsys.readouterr().out == f"{address}\n"
    assert (folder / "catalog.db").exists()
    async with aio.Context(address, api_key=key) as gone:
        with pytest.raises(TransportError):
            await gone.about()
    async with await aio.simple(folder, quiet=True, python=interop_python("tiled")) as root:
        assert [key async for key in root] == ["a"]
    assert capsys.readouterr().out == ""


async def test_files_are_registered_where_they_are(tmp_path: Path) -> None:
    numpy, pandas, arrow = (pytest.importorskip(name) for name in ("numpy", "pandas", "pyarrow"))
    from specbind.tiled.structures import ArrayStructure, TableStructure  # noqa: PLC0415 - they need these

    values = numpy.arange(6.0)
    numpy.save(tmp_path / "values.npy", values)
    structure = ArrayStructure.from_array(values)
    async with await aio.simple(readable_storage=tmp_path, quiet=True, python=interop_python("tiled")) as root:
        node = await root.register(tmp_path / "values.npy", key="n", structure=structure, metadata={"by": "hand"})
        assert isinstance(node, aio.ArrayClient)
        assert list(await node.read()) == list(values)
        assert node.metadata["by"] == "hand"
        frame = pandas.DataFrame({"x": [1, 2], "y": [0.5, 1.5]})
        described = TableStructure.from_schema(arrow.Schema.from_pandas(frame))
        frame.to_csv(tmp_path / "table.csv", index=False)
        frame.to_parquet(tmp_path / "table.parquet", index=False)
        for name in ("table.csv", "table.parquet"):
            table = await root.register(tmp_path / name, key=name, structure=described)
            assert isinstance(table, aio.DataFrameClient)
            assert (await table.read()).to_dict("list") == frame.to_dict("list")
        with pytest.raises(ValueError, match="structure"):
            await root.register(tmp_path / "values.npy")


def test_the_synchronous_side_stops_its_server() -> None:
    with simple(quiet=True, python=interop_python("tiled")) as root:
        assert list(root) == []
        stop = root._async.context._stop
        assert stop.alive
    assert not stop.alive


async def test_a_python_without_a_server_is_named() -> None:
    with pytest.raises(RuntimeError, match=r"install 'tiled\[server\]'"):
        await aio.simple(python=sys.executable)
    with pytest.raises(RuntimeError, match="cannot be run"):
        await aio.simple(python="no-such-python")


FORKING = """
import os
from specbind.tiled import simple
root = simple(python={python!r}, quiet=True)
process = root.context._async._stop.peek()[2][0]
reading, writing = os.pipe()
child = os.fork()
if not child:
    os.close(writing)
    os.closerange(1, 3)
    os.read(reading, 1)  # until the owner has seen what it wants to see
    os._exit(0)
{then}
"""


def forking(then: str, folder: Path) -> str:
    program = FORKING.format(python=str(interop_python("tiled")), then=then)
    environment = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=True,
        cwd=ROOT,
    )
    return done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is forked here")
def test_a_forked_child_holds_no_server_up(tmp_path: Path) -> None:
    then = "began = __import__('time').monotonic(); root.close()\n"
    then += (
        "print(process.returncode, __import__('time').monotonic() - began < 9)\nos.close(writing)\nos.waitpid(child, 0)"
    )
    assert forking(then, tmp_path) == "0 True\n"
    assert not any(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is forked here")
def test_a_server_ends_with_its_owner_though_a_forked_child_lives(tmp_path: Path) -> None:
    held, lifeline = os.pipe()
    program = FORKING.format(python=str(interop_python("tiled")), then="os._exit(0)").replace(
        "os.pipe()", f"{held}, {held}"
    )
    program = program.replace("    os.close(writing)\n", "")
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    try:
        subprocess.run(
            [sys.executable, "-c", program], env=environment, pass_fds=(held,), timeout=60, check=True, cwd=ROOT
        )
        until = time.monotonic() + 20
        while any(tmp_path.iterdir()) and time.monotonic() < until:
            time.sleep(0.1)
        assert not any(tmp_path.iterdir())
    finally:
        os.close(lifeline)
        os.close(held)


def test_the_current_folder_is_no_place_for_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("json", "signal"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w').close()\nraise RuntimeError('code of the folder')\n")
    monkeypatch.chdir(tmp_path)
    with simple(quiet=True, python=interop_python("tiled")) as root:
        assert list(root) == []
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(os.name != "posix", reason="a script of a shell")
async def test_what_a_server_says_before_it_ends_is_told(tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho no such library of the system >&2\nexit 3\n")
    script.chmod(0o700)
    with pytest.raises(RuntimeError, match="no such library of the system"):
        await aio.simple(python=script)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_server_that_does_not_listen_is_asked_to_end_before_it_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_simple, "_STOP", 0.5)
    deaf = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7)); print(1, flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", deaf], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    assert process.stdout is not None
    process.stdout.readline()
    _simple._stop(process, os.getpid())
    assert process.returncode == 7
