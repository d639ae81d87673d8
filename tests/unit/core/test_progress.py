"""Progress never goes back, is not told too often, and says 100 % once, at the end."""

from __future__ import annotations

import io
import threading

import pytest

from specbind.core import percent, progress_bar
from specbind.core.progress import Meter


class Terminal(io.StringIO):
    def isatty(self):
        return True


async def feed(meter, *counts):
    for count in counts:
        if meter.add(count):
            await meter.report()


async def test_the_end_is_told_once_and_last(record):
    meter = Meter(record, 100, interval=0)
    await feed(meter, 40, 60, 0)
    assert record.calls == [(40, 100)]
    await meter.finish()
    assert record.calls == [(40, 100), (100, 100)]


async def test_bytes_that_are_sent_again_never_go_back(record):
    meter = Meter(record, 100, interval=0)
    await feed(meter, 50, -50, 20, 20, 20)
    assert record.calls == [(50, 100), (60, 100)]


async def test_calls_are_throttled(record, fake_time):
    meter = Meter(record, 10_000, interval=0.1, clock=fake_time.clock)
    for _ in range(1000):
        await feed(meter, 1)
        fake_time.now += 0.001
    assert 9 <= len(record.calls) <= 11


async def test_an_unknown_total_is_known_at_the_end(record):
    meter = Meter(record, None, interval=0)
    await feed(meter, 5)
    await meter.finish()
    assert record.calls == [(5, None), (5, 5)]


async def test_an_asynchronous_callback_is_awaited():
    seen = []

    async def progress(done, total):
        seen.append((done, total))

    meter = Meter(progress, 2, interval=0)
    await feed(meter, 1)
    await meter.finish()
    assert seen == [(1, 2), (2, 2)]


async def test_an_error_of_the_callback_is_not_lost():
    def progress(done, total):
        raise KeyError(done, total)

    with pytest.raises(KeyError):
        await feed(Meter(progress, 2), 1)


def test_counting_is_exact_from_many_threads():
    meter = Meter(None, None)
    threads = [threading.Thread(target=lambda: [meter.add(1) for _ in range(2000)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert meter.done == 16_000


def test_percentages_reach_100_only_at_the_end():
    seen = []
    report = percent(seen.append)
    for done, total in [(0, None), (1, 3), (2999, 3000), (3, 3), (0, 0)]:
        report(done, total)
    assert seen == pytest.approx([33.33, 99.97, 100.0, 100.0], abs=0.01)
    assert seen[1] < 100
    assert percent(None)(1, 2) is None


def test_a_terminal_gets_one_line_that_is_drawn_again(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    stream = Terminal()
    with progress_bar("photo", stream=stream) as bar:
        bar(0, 4_000_000)
        bar(1_000_000, 4_000_000)
        bar(4_000_000, 4_000_000)
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert "photo: [######..................]  25% 1.0 MB of 4.0 MB" in text
    assert text.endswith("100% 4.0 MB of 4.0 MB\x1b[K\n")


def test_a_bar_that_fails_leaves_the_terminal_on_a_new_line(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    stream = Terminal()
    bar = progress_bar(stream=stream)
    bar(1, 4)
    with pytest.raises(ValueError, match="stop"), bar:
        raise ValueError("stop")
    assert stream.getvalue().endswith("\n")


def test_a_log_gets_a_line_each_tenth():
    stream = io.StringIO()
    with progress_bar("up", stream=stream) as bar:
        for done in range(1001):
            bar(done, 1000)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 11
    assert lines[-1] == "up: [########################] 100% 1.0 kB of 1.0 kB"


def test_an_unknown_total_and_an_empty_file_are_drawn():
    stream = io.StringIO()
    bar = progress_bar(stream=stream)
    bar(10, None)
    bar(0, 0)
    assert stream.getvalue().splitlines()[0] == "10 B"
    assert "100%" in stream.getvalue()


def test_rich_draws_on_a_terminal_and_takes_no_markup(monkeypatch):
    pytest.importorskip("rich")
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with progress_bar("[red]all.zip[/nonsense]", stream=stream) as bar:
        bar(1, 4)
        bar(4, 4)
    assert "[red]all.zip[/nonsense]" in stream.getvalue()
