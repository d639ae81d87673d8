"""Byte ranges: exact, never twice, and read without trust."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbind.core.partfile import PartFile, Version
from specbind.core.spans import Board, Claim, ContentRange, Span, Spans, parse_content_range
from specbind.core.tasks import in_thread

PAIRS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda pair: Span(pair[0], sum(pair))), max_size=12
)


@given(PAIRS)
def test_spans_are_a_set_of_bytes(pairs):
    spans = Spans(pairs)
    there = {byte for span in pairs for byte in range(*span)}
    assert {byte for span in spans for byte in range(*span)} == there
    assert spans.size == len(there)
    assert {byte for span in spans.missing(70) for byte in range(*span)} == set(range(70)) - there
    assert all(first.end < second.start for first, second in zip(spans, list(spans)[1:], strict=False))


@given(PAIRS, st.integers(1, 30))
def test_a_board_gives_every_missing_byte_once(pairs, piece):
    missing = Spans(pairs).missing(70)
    board = Board(missing, piece)
    taken = []
    while claim := board.take_last() if len(taken) % 2 else board.take_first():
        taken.append(claim.rest)
    assert sorted(byte for span in taken for byte in range(*span)) == [
        byte for span in missing for byte in range(*span)
    ]


def test_a_claim_goes_on_only_over_the_next_free_piece():
    board = Board([Span(0, 10), Span(20, 30)], 5)
    claim = board.take_first()
    assert board.extend(claim)
    assert claim.rest == (0, 10)
    assert not board.extend(claim)
    other = board.take_first()
    assert other.rest == (20, 25)
    other.position = 23
    board.give_back(other)
    assert board.take_first().rest == (23, 25)
    board.give_back(Claim(Span(7, 7)))
    assert len(board) == 1


def test_a_claim_ends_with_its_answer():
    board = Board([Span(0, 30)], 10)
    claim = board.take_first()
    board.cut(claim, 25)
    assert (claim.rest, len(board)) == (Span(0, 10), 2)
    assert board.extend(claim)
    assert board.extend(claim)
    assert claim.rest == Span(0, 25)
    assert not board.extend(claim)
    rest = board.take_last()
    assert rest.rest == Span(25, 30)
    board.cut(rest, 26)
    assert (rest.rest, board.take_last().rest, board.take_last()) == (Span(25, 26), Span(26, 30), None)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("bytes 0-0/1", ContentRange(Span(0, 1), 1)),
        ("bytes 5-9/*", ContentRange(Span(5, 10), None)),
        ("bytes */7", ContentRange(None, 7)),
        ("Bytes 0-1/2", ContentRange(Span(0, 2), 2)),
        ("bytes 5-4/10", None),
        ("bytes 0-10/10", None),
        ("bytes -1-4/10", None),
        ("items 0-1/2", None),
        ("bytes 0-1", None),
        ("bytes 0-99999999999999999999/99999999999999999999", None),
        ("bytes \u0660-1/2", None),
        ("", None),
        (None, None),
    ],
)
def test_content_range(header, found):
    assert parse_content_range(header) == found


async def test_a_cancelled_caller_waits_for_its_thread():
    ended = []

    def work():
        time.sleep(0.1)
        ended.append(True)

    task = asyncio.create_task(in_thread(work))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [True]


def test_state_is_saved_by_several_threads_at_once(tmp_path):
    part = PartFile(tmp_path / "file", "key")
    part.version = Version('"v"', total=4000)

    def work(number):
        part.write(number * 100, [b"x" * 100])
        part.save()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    part.give_up(keep=True)
    again = PartFile(tmp_path / "file", "key")
    assert (again.version.etag, list(again.spans)) == ('"v"', [(0, 4000)])
    again.give_up(keep=False)
    assert list(tmp_path.iterdir()) == []
