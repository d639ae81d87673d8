"""The example runs, and says so when it cannot."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from specbind.emulators.vantiq import VantiqServer, serve

EXAMPLE = Path(__file__).parents[3] / "examples" / "vantiq_job.py"


async def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLE), *arguments]
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60, check=False)


async def test_the_whole_job_runs_on_a_server_of_its_own() -> None:
    done = await run("--emulate")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "20 inserted, 8 to look after, first pump-19" in done.stdout
    assert "SHA-256 the same" in done.stdout
    assert "connect, then message at /topics/specbind/alarms/publish" in done.stdout


async def test_it_leaves_nothing_behind() -> None:
    server = VantiqServer(token="own")
    async with serve(server) as url:
        done = await run("--server", url, "--token", "own")
        assert done.returncode == 0, done.stderr
        store = server.stores["emulated"]
        assert store.table("documents", custom=False) == {}
        assert store.table("types", custom=False) == {}
        refused = await run("--server", url, "--token", "wrong")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "not valid or has expired" in refused.stderr
