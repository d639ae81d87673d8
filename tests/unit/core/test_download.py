"""A download ends with the whole file under its name, or with what stood there before."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import os
import stat
import sys

import pytest
from tests.support.downloads import CONTENT, LONG, left

from specbind.bindings._runtime.errors import ConnectError, NotFoundError, TruncatedError
from specbind.core import (
    Digest,
    DigestMismatchError,
    NotEnoughSpaceError,
    Ranges,
    TransferError,
    TruncatedDownloadError,
    UnexpectedReplyError,
    declared,
    download_file,
)
from specbind.core.partfile import PartFile


async def test_the_file_arrives_with_usual_permissions_and_nothing_beside_it(serve, get, target, record):
    server = serve(CONTENT)
    assert await download_file(server.send, get, target, progress=record) == target
    assert target.read_bytes() == CONTENT
    assert left(target) == []
    assert record.calls[-1] == (len(CONTENT), len(CONTENT))
    assert server.requests[0].headers["Accept-Encoding"] == "identity"
    assert server.sources[0].closed
    (target.parent / "usual").touch()
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE((target.parent / "usual").stat().st_mode)


async def test_an_empty_file_is_a_file(serve, get, target, record):
    await download_file(serve(b"").send, get, target, progress=record)
    assert target.read_bytes() == b""
    assert record.calls == [(0, 0)]


async def test_a_file_of_unknown_length_arrives(serve, get, target, record):
    await download_file(serve(LONG, length=False).send, get, target, progress=record)
    assert target.read_bytes() == LONG
    assert record.calls[-1] == (len(LONG), len(LONG))
    assert (len(LONG), len(LONG)) not in record.calls[:-1]


async def test_the_part_file_is_for_its_owner_only_and_in_the_same_folder(serve, get, target):
    seen = []

    def check(path):
        seen.append((path.parent, stat.S_IMODE(path.stat().st_mode), target.exists()))

    await download_file(serve(CONTENT).send, get, target, check=check)
    assert seen == [(target.parent, 0o600, False)]


async def test_a_broken_connection_goes_on_where_it_stopped(serve, get, target, fake_time):
    server = serve(LONG, cuts=[2_000_000, 500_000])
    await download_file(server.send, get, target, sleep=fake_time.sleep)
    assert target.read_bytes() == LONG
    assert server.ranges == [None, "bytes=2000000-2999999", "bytes=2500000-2999999"]
    assert [request.headers.get("If-Range") for request in server.requests[1:]] == ['"v1"', '"v1"']
    assert len(fake_time.waits) == 2


@pytest.mark.parametrize("change", [{"etag": 'W/"v1"'}, {"etag": ""}, {"accept_ranges": False}])
async def test_without_a_strong_validator_it_starts_again(serve, get, target, fake_time, change):
    server = serve(CONTENT, cuts=[5000], **change)
    await download_file(server.send, get, target, sleep=fake_time.sleep)
    assert target.read_bytes() == CONTENT


async def test_a_date_is_a_validator_only_when_it_is_strong(serve, get, target, fake_time):
    strong = serve(CONTENT, etag="", modified="Fri, 20 Nov 2026 11:00:00 GMT", cuts=[5000])
    await download_file(strong.send, get, target, sleep=fake_time.sleep)
    assert strong.ranges == [None, "bytes=5000-10239"]
    weak = serve(CONTENT, etag="", modified="Fri, 20 Nov 2026 12:00:00 GMT", cuts=[5000])
    await download_file(weak.send, get, target, sleep=fake_time.sleep)
    assert weak.ranges == [None, None]


async def test_a_weak_tag_is_trusted_when_the_caller_says_so(serve, get, target, fake_time):
    server = serve(CONTENT, etag='W/"v1"', cuts=[5000])
    await download_file(server.send, get, target, ranges=Ranges(weak=True, connections=1), sleep=fake_time.sleep)
    assert target.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=5000-10239"]
    assert "If-Range" not in server.requests[1].headers


async def test_a_connection_that_breaks_again_and_again_is_an_error(serve, get, target, fake_time):
    target.write_bytes(b"before")
    server = serve(CONTENT, cuts=[100, 100, 100, 100])
    with pytest.raises(TruncatedError) as caught:
        await download_file(server.send, get, target, sleep=fake_time.sleep)
    assert len(server.requests) == 3
    assert target.read_bytes() == b"before"
    assert left(target) == []
    assert "secret" not in str(caught.value)
    assert "host.test" in str(caught.value)


async def test_a_short_body_is_never_a_whole_file(serve, get, target, fake_time):
    def promise_more(_, headers):
        headers["Content-Length"] = str(len(CONTENT) + 1)

    server = serve(CONTENT, etag="", rewrite=promise_more)
    with pytest.raises(TruncatedDownloadError) as caught:
        await download_file(server.send, get, target, sleep=fake_time.sleep)
    assert (caught.value.expected, caught.value.received) == (10241, 10240)
    assert left(target) == []
    assert not target.exists()


async def test_a_body_that_ends_early_without_an_error_is_completed(serve, get, target, fake_time):
    server = serve(LONG, cuts=[1_000_000])
    send = server.send

    async def quiet(request):
        response = await send(request)
        source = response.source
        if source._cut is not None:
            source._content = source._content[: source._cut]
        return response

    await download_file(quiet, get, target, sleep=fake_time.sleep)
    assert target.read_bytes() == LONG
    assert server.ranges == [None, "bytes=1000000-2999999"]


async def test_a_body_that_goes_on_after_its_end_is_refused(serve, get, target, fake_time):
    def promise_less(_, headers):
        headers["Content-Length"] = str(len(CONTENT) - 1)

    with pytest.raises(UnexpectedReplyError):
        await download_file(serve(CONTENT, rewrite=promise_less).send, get, target, sleep=fake_time.sleep)
    assert not target.exists()


@pytest.mark.parametrize("length", [True, False])
async def test_the_callers_size_must_be_met(serve, get, target, fake_time, length):
    with pytest.raises(TransferError, match="10"):
        await download_file(serve(CONTENT, length=length).send, get, target, size=10, sleep=fake_time.sleep)
    assert not target.exists()


async def test_promised_digests_are_checked(serve, get, target):
    good = base64.b64encode(hashlib.new("md5", CONTENT, usedforsecurity=False).digest()).decode()
    await download_file(serve(CONTENT, extra={"Content-MD5": good}).send, get, target)
    target.unlink()
    bad = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    with pytest.raises(DigestMismatchError) as caught:
        await download_file(serve(CONTENT, extra={"Repr-Digest": f"sha-256=:{bad}:"}).send, get, target, resume=True)
    assert caught.value.actual == hashlib.sha256(CONTENT).hexdigest()
    assert not target.exists()
    assert left(target) == []


async def test_the_callers_digest_is_checked(serve, get, target):
    await download_file(
        serve(CONTENT).send,
        get,
        target,
        digests=[Digest("sha1", hashlib.new("sha1", CONTENT, usedforsecurity=False).digest())],
    )
    with pytest.raises(DigestMismatchError):
        await download_file(
            serve(b"x").send,
            get,
            target,
            digests=[Digest("sha1", hashlib.new("sha1", CONTENT, usedforsecurity=False).digest())],
        )
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("asynchronous", [True, False])
async def test_a_refused_file_does_not_get_its_name(serve, get, target, asynchronous):
    async def refuse_later(_):
        raise ValueError("no")

    def refuse(_):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await download_file(serve(CONTENT).send, get, target, check=refuse_later if asynchronous else refuse)
    assert not target.exists()
    assert left(target) == []


async def test_a_full_disk_is_seen_before_the_first_byte(serve, get, target):
    def promise_all(_, headers):
        headers["Content-Length"] = str(10**17)

    server = serve(CONTENT, rewrite=promise_all)
    with pytest.raises(NotEnoughSpaceError) as caught:
        await download_file(server.send, get, target)
    assert caught.value.needed == 10**17
    assert server.sources[0].closed
    assert left(target) == []


async def test_a_refusal_is_a_typed_error_without_retry(serve, get, target, reply, fake_time):
    server = serve(CONTENT, replies=[reply(404, b"nothing here")])
    with pytest.raises(NotFoundError, match="nothing here"):
        await download_file(server.send, get, target, sleep=fake_time.sleep)
    assert fake_time.waits == []
    assert left(target) == []


async def test_a_busy_server_is_asked_again(serve, get, target, reply, fake_time):
    server = serve(CONTENT, replies=[ConnectError("refused"), reply(503, b"", Retry_After="7")])
    await download_file(server.send, get, target, sleep=fake_time.sleep)
    assert target.read_bytes() == CONTENT
    assert fake_time.waits[1] >= 7


@pytest.mark.parametrize("status", [204, 206, 302])
async def test_an_answer_without_the_file_is_refused(serve, get, target, reply, status):
    with pytest.raises(UnexpectedReplyError, match=str(status)):
        await download_file(serve(CONTENT, replies=[reply(status)]).send, get, target)
    assert left(target) == []


async def test_the_operation_judges_other_answers(serve, get, target, reply):
    class Failure:
        def is_stream(self, response):
            return response.headers.get("Content-Type") != "application/json"

        def parse(self, response):
            raise LookupError(response.content)

    server = serve(CONTENT, replies=[reply(200, b'{"error": "not yet"}', Content_Type="application/json")])
    with pytest.raises(LookupError):
        await download_file(server.send, get, target, accept=declared(Failure()))
    await download_file(server.send, get, target, accept=declared(Failure()))
    assert target.read_bytes() == CONTENT


async def test_a_body_that_is_compressed_all_the_same_is_unpacked(serve, get, target):
    packed = gzip.compress(CONTENT)
    wrong = base64.b64encode(hashlib.new("md5", packed, usedforsecurity=False).digest()).decode()
    server = serve(packed, extra={"Content-Encoding": "gzip", "Content-MD5": wrong})
    await download_file(server.send, get, target)
    assert target.read_bytes() == CONTENT


async def test_cancelling_leaves_nothing_behind(serve, get, target):
    started = asyncio.Event()

    def progress(*_):
        started.set()

    class Slow:
        closed = False

        async def chunks(self):
            yield CONTENT
            await asyncio.sleep(60)

        def close(self):
            self.closed = True

    slow = Slow()

    async def send(request):
        response = await serve(LONG).send(request)
        response.source = slow
        return response

    task = asyncio.create_task(download_file(send, get, target, progress=progress))
    await asyncio.wait_for(started.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)
    assert slow.closed
    assert left(target) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no advisory locks there")
async def test_two_downloads_never_share_a_part_file(serve, get, target):
    inner = []

    def check(path):
        inner.append(path)

        async def again():
            with pytest.raises(TransferError, match="another download"):
                await download_file(serve(LONG).send, get, target, resume=True)

        asyncio.run(again())

    await download_file(serve(LONG).send, get, target, resume=True, check=check)
    assert len(inner) == 1
    assert target.read_bytes() == LONG


async def test_a_missing_folder_is_an_error_before_any_request(serve, get, tmp_path):
    server = serve(CONTENT)
    with pytest.raises(FileNotFoundError):
        await download_file(server.send, get, tmp_path / "absent" / "file")
    assert server.requests == []


async def test_a_replaced_file_keeps_its_permissions(serve, get, target):
    target.write_bytes(b"before")
    target.chmod(0o640)
    await download_file(serve(CONTENT).send, get, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


async def test_blocks_written_are_large(serve, get, target, monkeypatch):
    sizes = []
    write = PartFile.write
    monkeypatch.setattr(
        PartFile, "write", lambda self, offset, blocks: (sizes.append(len(blocks)), write(self, offset, blocks))
    )
    await download_file(serve(LONG).send, get, target)
    assert len(sizes) <= 3000 // 512 + 1


@pytest.mark.skipif(not hasattr(os, "pwritev"), reason="the other way is the only one there")
async def test_a_write_that_takes_only_a_part_is_completed(serve, get, target, monkeypatch):
    monkeypatch.setattr(os, "pwritev", lambda fd, blocks, offset: os.pwrite(fd, b"".join(blocks)[:1500], offset))
    await download_file(serve(LONG).send, get, target)
    assert target.read_bytes() == LONG


@pytest.mark.skipif(not hasattr(os, "pwritev"), reason="the other way is the only one there")
async def test_systems_without_pwritev_write_the_same(serve, get, target, monkeypatch):
    monkeypatch.delattr(os, "pwritev")
    await download_file(serve(LONG).send, get, target, ranges=Ranges(connections=3, piece=300_000))
    assert target.read_bytes() == LONG
