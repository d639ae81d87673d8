"""Several connections, and a later run that goes on: every byte once, and never a wrong one."""

import hashlib
import os

import pytest
from tests.support.downloads import CONTENT, LONG, left

from specbind.bindings._runtime.errors import TruncatedError
from specbind.core import DigestMismatchError, Ranges, download_file
from specbind.core import fetch as fetch_module
from specbind.core.partfile import PartFile
from specbind.core.spans import Spans


async def test_several_connections_take_every_byte_once(serve, get, target, record):
    server = serve(LONG)
    await download_file(server.send, get, target, ranges=Ranges(connections=4, piece=200_000), progress=record)
    assert target.read_bytes() == LONG
    assert server.ranges[0] is None
    asked = [text for text in server.ranges if text]
    assert len(asked) >= 3
    assert len(asked) == len(set(asked))
    assert sum(source.given for source in server.sources) <= len(LONG) + 4 * 1000
    assert record.calls[-1] == (len(LONG), len(LONG))
    assert [done for done, _ in record.calls] == sorted({done for done, _ in record.calls})


async def test_several_connections_survive_cuts(serve, get, target, fake_time):
    server = serve(LONG, cuts=[700_000, 10, None, 90_000, 0, 100_001])
    await download_file(server.send, get, target, ranges=Ranges(connections=3, piece=300_000), sleep=fake_time.sleep)
    assert target.read_bytes() == LONG


@pytest.mark.parametrize(
    "wrong",
    [
        {"Content-Range": "bytes 0-9/3000000"},
        {"Content-Range": "bytes 2900000-2999999/3000001"},
        {"Content-Range": "bytes 2900000-2999999/*"},
        {"Content-Range": "bytes junk"},
        {"Content-Range": "", "Content-Type": "multipart/byteranges; boundary=x"},
        {"Content-Length": "7"},
        {"ETag": '"v2"'},
    ],
)
async def test_a_wrong_answer_to_a_range_never_reaches_the_file(serve, get, target, fake_time, wrong):
    def lie(request, headers):
        if "Range" in request.headers:
            headers.update(wrong)

    server = serve(LONG, rewrite=lie)
    await download_file(server.send, get, target, ranges=Ranges(connections=2, piece=100_000), sleep=fake_time.sleep)
    assert target.read_bytes() == LONG
    assert server.ranges[-1] is None
    assert all(source.closed for source in server.sources)


def without_date(request, headers):
    """Leave out of a 206 what RFC 9110, 15.3.7, lets a server leave out after If-Range."""
    if "Range" in request.headers:
        headers.pop("Last-Modified", None)


@pytest.mark.parametrize("etag", ['"v1"', ""])
async def test_a_206_without_the_date_is_of_the_same_version_when_a_validator_was_sent(serve, get, target, etag):
    server = serve(LONG, etag=etag, modified="Fri, 20 Nov 2026 11:00:00 GMT", rewrite=without_date)
    await download_file(server.send, get, target, ranges=Ranges(connections=3, piece=300_000))
    assert target.read_bytes() == LONG
    assert server.ranges.count(None) == 1
    assert all(request.headers["If-Range"] for request in server.requests[1:])


@pytest.mark.parametrize(
    "change", [{"ETag": None}, {"ETag": '"v2"'}, {"Last-Modified": "Fri, 20 Nov 2026 11:30:00 GMT"}]
)
async def test_a_206_with_another_validator_is_of_another_version(serve, get, target, fake_time, change):
    def rewrite(request, headers):
        if "Range" in request.headers:
            for name, value in change.items():
                headers.pop(name, None)
                headers.update({name: value} if value else {})

    server = serve(LONG, modified="Fri, 20 Nov 2026 11:00:00 GMT", rewrite=rewrite)
    await download_file(server.send, get, target, ranges=Ranges(connections=2, piece=300_000), sleep=fake_time.sleep)
    assert target.read_bytes() == LONG
    assert server.ranges.count(None) == 2


async def test_a_206_without_the_date_proves_nothing_when_no_validator_was_sent(serve, get, target, fake_time):
    server = serve(LONG, etag='W/"v1"', modified="Fri, 20 Nov 2026 11:00:00 GMT", rewrite=without_date)
    ranges = Ranges(connections=2, piece=300_000, weak=True)
    await download_file(server.send, get, target, ranges=ranges, sleep=fake_time.sleep)
    assert target.read_bytes() == LONG
    assert server.ranges.count(None) == 2


def at_most(server, most):
    """Let a server give less of a range than was asked for, as RFC 9110, 14.2, lets it."""
    partial = server._partial

    def shorter(wanted, headers):
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        end = min(int(first) + most - 1, int(last or len(server.content)))
        return partial(f"bytes={first}-{end}", headers)

    server._partial = shorter
    return server


@pytest.mark.parametrize("most", [100_000, 65_536, 299_999])
@pytest.mark.parametrize("connections", [2, 4])
async def test_shorter_answers_to_ranges_are_completed(serve, get, target, fake_time, most, connections):
    server = at_most(serve(LONG), most)
    ranges = Ranges(connections=connections, piece=300_000)
    await download_file(server.send, get, target, ranges=ranges, sleep=fake_time.sleep)
    assert target.read_bytes() == LONG
    assert server.ranges.count(None) == 1
    assert fake_time.waits == []
    asked = [text for text in server.ranges if text]
    assert len(asked) == len(set(asked))
    assert sum(source.given for source in server.sources) <= len(LONG) + 4 * 1000


@pytest.mark.parametrize("connections", [1, 3])
async def test_a_later_run_takes_shorter_answers_too(serve, get, target, fake_time, record, connections):
    await interrupted(serve(LONG, cuts=[1_000_000]), get, target)
    server = at_most(serve(LONG), 650_000)
    ranges = Ranges(connections=connections, piece=250_000)
    await download_file(server.send, get, target, resume=True, ranges=ranges, sleep=fake_time.sleep, progress=record)
    assert target.read_bytes() == LONG
    assert server.ranges[0] == "bytes=1000000-"
    assert None not in server.ranges
    assert fake_time.waits == []
    assert record.calls[-1] == (len(LONG), len(LONG))
    assert sum(source.given for source in server.sources) <= 2_000_000 + 4 * 1000


async def test_a_cut_connection_is_completed_by_shorter_answers(serve, get, target, fake_time):
    server = at_most(serve(LONG, cuts=[1_000_000, 100_000]), 600_000)
    await download_file(server.send, get, target, sleep=fake_time.sleep)
    assert target.read_bytes() == LONG
    assert server.ranges == [
        None,
        "bytes=1000000-2999999",
        "bytes=1600000-2999999",
        "bytes=2200000-2999999",
        "bytes=2800000-2999999",
        "bytes=1100000-1599999",
    ]
    assert len(fake_time.waits) == 2


@pytest.mark.parametrize("piece", [300_000, 1_000_000])
async def test_a_shorter_answer_that_goes_on_after_its_end_is_refused(serve, get, target, fake_time, piece):
    server = serve(LONG)

    def less(request, headers):
        if "Range" in request.headers:
            del headers["Content-Length"]
            first = request.headers["Range"].removeprefix("bytes=").partition("-")[0]
            headers["Content-Range"] = f"bytes {first}-{int(first) + 99_999}/{len(LONG)}"

    server.rewrite = less
    ranges = Ranges(connections=2, piece=piece)
    await download_file(server.send, get, target, ranges=ranges, sleep=fake_time.sleep)
    assert target.read_bytes() == LONG
    assert server.ranges.count(None) == 2
    assert all(source.closed for source in server.sources)


async def test_very_short_answers_come_to_an_end(serve, get, target, fake_time, monkeypatch):
    monkeypatch.setattr(fetch_module, "_MAX_SHORT", 20)
    server = at_most(serve(LONG), 10)
    ranges = Ranges(connections=2, piece=100_000)
    await download_file(server.send, get, target, ranges=ranges, sleep=fake_time.sleep)
    assert target.read_bytes() == LONG
    assert server.ranges.count(None) == 2
    assert len(server.ranges) < 30
    assert all(source.closed for source in server.sources)


@pytest.mark.parametrize("cuts", [(700_000,), (700_000, 10_000, None, 1000)])
async def test_a_later_run_with_very_short_answers_comes_to_an_end(serve, get, target, fake_time, monkeypatch, cuts):
    monkeypatch.setattr(fetch_module, "_MAX_SHORT", 20)
    await interrupted(serve(LONG, cuts=list(cuts)), get, target, Ranges(connections=len(cuts), piece=250_000))
    server = at_most(serve(LONG), 10)
    await download_file(server.send, get, target, resume=True, sleep=fake_time.sleep)
    assert target.read_bytes() == LONG
    assert server.ranges.count(None) == 1
    assert len(server.ranges) < 30
    assert all(source.closed for source in server.sources)


async def test_a_server_that_answers_ranges_with_everything_costs_one_restart(serve, get, target, fake_time):
    server = serve(LONG, accept_ranges=False, extra={"Accept-Ranges": "bytes"})
    await download_file(server.send, get, target, ranges=Ranges(connections=2, piece=100_000), sleep=fake_time.sleep)
    assert target.read_bytes() == LONG
    assert server.ranges[-1] is None


async def test_a_resource_that_changes_is_fetched_anew(serve, get, target):
    server = serve(LONG, cuts=[1_500_000])
    new = hashlib.shake_128(b"new").digest(2_000_000)

    async def sleep(_):
        server.content, server.etag = new, '"v2"'

    await download_file(server.send, get, target, sleep=sleep)
    assert target.read_bytes() == new


async def test_the_same_when_the_server_ignores_if_range(serve, get, target):
    server = serve(LONG, cuts=[1_500_000], ignore_if_range=True)
    new = hashlib.shake_128(b"new").digest(3_000_000)

    async def sleep(_):
        server.content, server.etag = new, '"v2"'

    await download_file(server.send, get, target, sleep=sleep)
    assert target.read_bytes() == new


async def interrupted(server, get, target, ranges=None):
    """Leave a part file behind."""
    with pytest.raises(TruncatedError):
        await download_file(server.send, get, target, resume=True, ranges=ranges, backoff=lambda *_: None)
    assert not target.exists()


async def test_a_later_run_goes_on(serve, get, target, record):
    await interrupted(serve(LONG, cuts=[2_000_000]), get, target)
    server = serve(LONG)
    await download_file(server.send, get, target, resume=True, progress=record)
    assert target.read_bytes() == LONG
    assert server.ranges == ["bytes=2000000-"]
    assert record.calls[0][0] >= 2_000_000
    assert left(target) == []


@pytest.mark.parametrize("end", [200, 206, 416])
async def test_a_later_run_that_is_refused_lets_go_of_its_connection(serve, get, target, monkeypatch, end):
    await interrupted(serve(LONG, cuts=[2_000_000]), get, target)
    server = serve(LONG, extra={"Digest": "sha-256=nonsense"})
    send = server.send

    async def other_status(request):
        response = await send(request)
        if end == 416:
            response.headers["Content-Range"] = "bytes */3000000"
        response.status = end
        return response

    if end == 416:  # nothing is missing, so that the answer is taken
        monkeypatch.setattr(Spans, "missing", lambda *_: [])
    with pytest.raises(DigestMismatchError):
        await download_file(other_status, get, target, resume=True)
    assert server.sources
    assert all(source.closed for source in server.sources)


async def test_a_later_run_with_several_connections_fills_the_gaps(serve, get, target):
    ranges = Ranges(connections=3, piece=250_000)
    await interrupted(serve(LONG, cuts=[700_000, 10_000, None, 1000]), get, target, ranges)
    server = serve(LONG)
    await download_file(server.send, get, target, resume=True, ranges=ranges)
    assert target.read_bytes() == LONG
    assert sum(len(source._content) for source in server.sources[1:]) < len(LONG)


async def test_a_later_run_starts_again_when_the_resource_changed(serve, get, target):
    await interrupted(serve(LONG, cuts=[2_000_000]), get, target)
    server = serve(CONTENT, etag='"v2"')
    await download_file(server.send, get, target, resume=True)
    assert target.read_bytes() == CONTENT
    assert len(server.requests) == 1


async def test_a_later_run_starts_again_when_the_server_lost_bytes(serve, get, target):
    await interrupted(serve(LONG, cuts=[2_000_000]), get, target)
    server = serve(CONTENT)
    await download_file(server.send, get, target, resume=True)
    assert target.read_bytes() == CONTENT
    assert server.ranges == ["bytes=2000000-", None]


async def test_a_run_that_ended_just_before_the_rename_needs_no_byte(serve, get, target, monkeypatch):
    def fail(*_):
        raise OSError("no rename today")

    with monkeypatch.context() as patch:
        patch.setattr(PartFile, "publish", fail)
        patch.setattr(PartFile, "give_up", lambda self, **_: (self.save(), self._close()))
        with pytest.raises(OSError, match="today"):
            await download_file(serve(LONG).send, get, target, resume=True)
    server = serve(LONG)
    await download_file(server.send, get, target, resume=True)
    assert server.ranges == ["bytes=3000000-"]
    assert target.read_bytes() == LONG


async def test_a_finished_part_of_another_length_is_fetched_again(serve, get, target, reply, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(PartFile, "publish", lambda *_: 1 / 0)
        patch.setattr(PartFile, "give_up", lambda self, **_: (self.save(), self._close()))
        with pytest.raises(ZeroDivisionError):
            await download_file(serve(LONG).send, get, target, resume=True)
    server = serve(CONTENT, replies=[reply(416, Content_Range="bytes */2999999")])
    await download_file(server.send, get, target, resume=True)
    assert target.read_bytes() == CONTENT


async def test_a_part_file_that_lost_bytes_is_not_believed(serve, get, target):
    await interrupted(serve(LONG, cuts=[2_000_000]), get, target)
    (part,) = target.parent.glob(".*.part")
    os.truncate(part, 1_000_000)
    server = serve(LONG)
    await download_file(server.send, get, target, resume=True)
    assert target.read_bytes() == LONG
    assert server.ranges == [None]


@pytest.mark.parametrize("damage", [b"", b"{", b'{"version": {"etag": "x"}, "spans": [[0, 99999999]]}'])
async def test_a_damaged_state_is_not_believed(serve, get, target, damage):
    await interrupted(serve(LONG, cuts=[2_000_000]), get, target)
    (state,) = target.parent.glob(".*.json")
    state.write_bytes(damage)
    server = serve(LONG)
    await download_file(server.send, get, target, resume=True)
    assert target.read_bytes() == LONG
    assert server.ranges == [None]


async def test_another_address_never_takes_over_the_bytes(serve, get, target):
    await interrupted(serve(LONG, cuts=[2_000_000]), get, target)
    other = get.copy()
    other.url = "http://host.test/other"
    server = serve(CONTENT)
    await download_file(server.send, other, target, resume=True)
    assert target.read_bytes() == CONTENT
    assert server.ranges == [None]
