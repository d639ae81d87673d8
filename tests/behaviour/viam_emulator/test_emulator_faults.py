"""Faults, and the program."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import aiohttp
import pytest
from msgspec import UNSET
from tests.behaviour.viam_emulator.platform import Platform, refusal
from tests.support.witness import missing

from specbind.bindings._runtime.errors import TransportError
from specbind.bindings.viam.viam.app.data.v1 import BinaryDataByFilterRequest, DataServiceServer
from specbind.bindings.viam.viam.app.dataset.v1 import CreateDatasetRequest
from specbind.emulators.viam import ORGANIZATION_ID, Viam
from specbind.emulators.viam.auth import Auth, ExternalAuth
from specbind.emulators.viam.datasets import Datasets
from specbind.emulators.viam.pipelines import Pipelines
from specbind.emulators.viam.server import DataCalls
from specbind.emulators.viam.uploads import Uploads
from specbind.generator.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from specbind.bindings._runtime.grpc.rpc import ServiceServer

ASK = BinaryDataByFilterRequest()


def test_every_rpc_is_answered() -> None:
    services: list[type[ServiceServer]] = [DataCalls, Uploads, Datasets, Pipelines, Auth, ExternalAuth]
    rpcs = [(service, name) for service in services for _, name in service.__rpcs__]
    assert len(rpcs) == 62
    own = {name for service, name in rpcs if getattr(service, name).__module__.startswith("specbind.emulators.viam.")}
    assert own == {name for _, name in rpcs}
    assert DataServiceServer.create_index.__module__.startswith("specbind.bindings.")


async def test_a_status_is_played_as_often_as_was_asked(platform: Platform) -> None:
    platform.viam.faults.add("unavailable:BinaryDataByFilter:2, internal:any")
    call = platform.data.binary_data_by_filter
    found = [(await refusal(call(ASK)))[0] for _ in range(4)]
    assert found == ["UNAVAILABLE", "UNAVAILABLE", "INTERNAL", "OK"]
    played = [("unavailable", "BinaryDataByFilter")] * 2 + [("internal", "BinaryDataByFilter")]
    assert platform.viam.faults.played == played


async def test_a_late_status_comes_after_the_work_is_done(platform: Platform) -> None:
    platform.viam.faults.add("late-unavailable:CreateDataset")
    request = CreateDatasetRequest(name="one", organization_id=ORGANIZATION_ID)
    assert (await refusal(platform.datasets.create_dataset(request)))[0] == "UNAVAILABLE"
    assert (await refusal(platform.datasets.create_dataset(request)))[0] == "ALREADY_EXISTS"


@pytest.mark.parametrize("kind", ["cut", "lose", "drop"])
async def test_a_broken_call_is_told_and_the_next_one_works(platform: Platform, kind: str) -> None:
    platform.viam.faults.add(f"{kind}:BinaryDataByFilter")
    with pytest.raises(TransportError):
        await platform.data.binary_data_by_filter(ASK)
    assert (await platform.data.binary_data_by_filter(ASK)).count == 0


async def test_a_call_waits_and_hangs_until_its_deadline(platform: Platform) -> None:
    platform.viam.faults.add("wait:BinaryDataByFilter:0.01, hang:BinaryDataByFilter")
    assert (await platform.data.binary_data_by_filter(ASK)).count == 0
    assert (await refusal(platform.data.binary_data_by_filter(ASK, timeout=0.2)))[0] == "DEADLINE_EXCEEDED"


async def test_faults_of_files(platform: Platform) -> None:
    image = await platform.file(b"0123456789")
    metadata = (await platform.one(image)).metadata
    assert metadata is not UNSET

    async def get() -> tuple[int, bytes, str]:
        headers = platform.metadata | {"Range": "bytes=5-"}
        async with aiohttp.ClientSession() as session, session.get(metadata.uri, headers=headers) as response:
            return response.status, await response.read(), response.headers.get("ETag", "")

    usual = await get()
    assert usual[:2] == (206, b"56789")
    platform.viam.faults.add(
        "unavailable:file, no-range:file, changed:file, slow:file:1M, truncate:file:0.5, drop:file:2"
    )
    assert (await get())[0] == 503
    assert (await get())[:2] == (200, b"0123456789")
    assert (await get())[2] != usual[2]
    assert await get() == usual
    with pytest.raises(aiohttp.ClientPayloadError):
        await get()
    with pytest.raises(aiohttp.ClientConnectionError):  # aiohttp itself tries twice
        await get()
    assert await get() == usual


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dorp:any", "no fault is called 'dorp'"),
        ("cut", "a fault names a call"),
        ("cut:TagByFilter", "no call is called 'TagByFilter'"),
        ("truncate:any:0.5", "truncate is for file only"),
        ("lose:file", "lose is for rpcs only"),
        ("truncate:file:2", "truncate needs a share from 0 to 1"),
        ("wait:any", "wait needs seconds"),
        ("slow:file:0", "slow needs bytes a second"),
        ("cut:any:x", "a fault ends with a number of times, or *"),
    ],
)
def test_a_fault_that_is_none_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("*", r"\*")):
        Viam(faults=text)


def test_the_command_refuses_what_cannot_be_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["emulate", "viam", "--port", "0", "--faults", "dorp:any"]) == 2
    assert "no fault is called 'dorp'" in capsys.readouterr().err
    for option, value in (("--port", "x"), ("--page-size", "0"), ("--token-seconds", "nan"), ("--api-key", " ")):
        with pytest.raises(SystemExit) as ended:
            main(["emulate", "viam", option, value])
        assert ended.value.code == 2


async def test_the_program_says_what_a_client_needs_and_stops_cleanly(tmp_path: Path) -> None:
    if os.name == "nt":
        missing("signals", "Windows has signals of another kind")
    command = ["-m", "specbind.emulators.viam", "--port", "0", "--api-key-id", "me", "--api-key", "open"]
    pipe = asyncio.subprocess.PIPE
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    program = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=pipe, stderr=pipe, env=environment)
    assert program.stdout is not None
    async with asyncio.timeout(60):
        lines = [(await program.stdout.readline()).decode() for _ in range(5)]
        program.send_signal(signal.SIGTERM)
        _, errors = await program.communicate()
    assert (program.returncode, errors) == (0, b"")
    assert lines[0].startswith("Viam emulator listens on 127.0.0.1:")
    assert lines[1] == "API key id me, API key open\n"
    assert [line.split()[0] for line in lines[2:]] == ["part"] * 3
    assert not any(os.scandir(tmp_path))


def test_without_grpclib_it_is_told_what_is_missing() -> None:
    start = "import sys; sys.modules['grpclib'] = None; from specbind.generator.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", start, "emulate", "viam", "--port", "0"]
    program = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert program.returncode == 2
    assert program.stderr == "The emulator cannot start: it needs grpclib, as of specbind[grpc]\n"


def test_an_address_that_cannot_be_had_is_told_in_one_line() -> None:
    command = [sys.executable, "-m", "specbind.emulators.viam", "--host", "192.0.2.1", "--port", "1"]
    program = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert program.returncode == 1
    assert len(program.stderr.splitlines()) == 1
