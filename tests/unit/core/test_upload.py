"""Uploads keep their order and their bounds, and stop together."""

from __future__ import annotations

import asyncio

import pytest

from specbind.bindings._runtime.errors import BadRequestError, ConnectError
from specbind.core import ChangedDuringTransferError, RetryPolicy, linear, upload_files


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / f"{index}.bin" for index in range(6)]
    for index, path in enumerate(paths):
        path.write_bytes(bytes([index]) * (300_000 + index))
    return paths


async def read(source):
    return b"".join([block async for block in source])


async def test_results_come_in_the_order_of_the_files(files):
    async def send(source):
        await asyncio.sleep(0.001 * (6 - int(source.path.stem)))
        return await read(source)

    assert await upload_files(files, send, parallel=3) == [path.read_bytes() for path in files]
    assert await upload_files([], send) == []


async def test_no_more_than_so_many_at_a_time(files):
    now, most = 0, 0

    async def send(source):
        nonlocal now, most
        now += 1
        most = max(most, now)
        await read(source)
        now -= 1

    await upload_files(files, send, parallel=2)
    assert most == 2


async def test_files_are_read_in_blocks(files):
    async def send(source):
        return max([len(block) async for block in source])

    assert max(await upload_files(files, send)) <= 262_144


async def test_a_failed_file_is_sent_again_from_its_start(files, fake_time, record):
    failed = []

    async def send(source):
        content = await read(source)
        if source.name == "3.bin" and len(failed) < 2:
            failed.append(len(content))
            raise ConnectError("cut")
        return content

    backoff = linear(5, retries=5, retryable=lambda error: isinstance(error, ConnectError))
    results = await upload_files(files, send, backoff=backoff, sleep=fake_time.sleep, progress=record)
    assert results[3] == files[3].read_bytes()
    assert fake_time.waits == [5, 10]
    total = sum(path.stat().st_size for path in files)
    assert record.calls[-1] == (total, total)
    assert [done for done, _ in record.calls] == sorted({done for done, _ in record.calls})


async def test_the_end_is_told_only_when_every_call_has_returned(files, record):
    told_early = []

    async def send(source):
        await read(source)
        await asyncio.sleep(0)
        told_early.extend(call for call in record.calls if call[0] == call[1])

    await upload_files(files[:1], send, progress=record)
    assert told_early == []
    assert record.calls[-1] == (300_000, 300_000)


async def test_a_way_that_does_not_iterate_counts_too(files, record):
    async def send(source):
        return await asyncio.to_thread(source.path.read_bytes)

    await upload_files(files, send, progress=record)
    assert record.calls[-1][0] == sum(path.stat().st_size for path in files)


async def test_a_final_error_cancels_the_others_and_names_its_file(files):
    cancelled = []

    async def send(source):
        if source.name == "2.bin":
            raise BadRequestError("no such task", status=400)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(source.name)
            raise

    with pytest.raises(BadRequestError) as caught:
        await upload_files(files, send, parallel=3, backoff=RetryPolicy().backoff())
    assert sorted(cancelled) == ["0.bin", "1.bin"]
    assert caught.value.__notes__[0].endswith("2.bin")


async def test_cancelling_goes_through(files):
    async def send(_):
        await asyncio.sleep(60)

    task = asyncio.create_task(upload_files(files, send))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 1)


async def test_a_missing_file_stops_before_anything_is_sent(files, tmp_path):
    sent = []

    async def send(source):
        sent.append(source)

    with pytest.raises(FileNotFoundError):
        await upload_files([*files, tmp_path / "absent"], send)
    assert sent == []


@pytest.mark.parametrize("change", [b"", b"more"])
async def test_a_file_that_changes_is_never_sent_as_whole(files, change):
    async def send(source):
        source.path.write_bytes(source.path.read_bytes() + change if change else b"short")
        return await read(source)

    with pytest.raises(ChangedDuringTransferError, match=r"0\.bin"):
        await upload_files(files[:1], send, backoff=linear(0, retries=9, retryable=lambda _: True))


async def test_nonsense_parallelism_is_refused(files):
    with pytest.raises(ValueError, match="at least 1"):
        await upload_files(files, read, parallel=0)


async def test_an_error_of_the_progress_goes_out_as_it_is(files):
    def progress(done, total):
        raise KeyError(done, total)

    async def send(source):
        try:
            return await read(source)
        except KeyError as error:
            raise ConnectError("the body could not be read") from error

    with pytest.raises(KeyError):
        await upload_files(files, send, progress=progress, backoff=linear(0, retries=9, retryable=lambda _: True))
