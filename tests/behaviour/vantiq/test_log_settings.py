"""A `logging.ini` in the working directory is followed, and nothing in it is run."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest

from specbind.vantiq import Vantiq, log_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GOOD = """
[loggers]
keys=root,Vantiq

[handlers]
keys=console

[formatters]
keys=plain

[logger_root]
level=DEBUG
handlers=console

[logger_Vantiq]
level={level}
handlers=console
qualname=Vantiq
propagate=0

[handler_console]
class=StreamHandler
level=INFO
formatter=plain
args=(sys.stdout,)

[formatter_plain]
format=%(levelname)s <%(message)s>
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(log_settings, "_seen", {})
    logger = logging.getLogger("Vantiq")
    before = logger.level, logger.propagate, list(logger.handlers)
    yield tmp_path
    logger.setLevel(before[0])
    logger.propagate, logger.handlers = before[1:]


def test_levels_handlers_and_formats_are_followed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger().level
    (folder / "logging.ini").write_text(GOOD.format(level="DEBUG"))
    Vantiq("http://localhost")
    Vantiq("http://localhost")
    logger = logging.getLogger("Vantiq")
    logger.info("told")
    logger.debug("below the handler")
    assert capsys.readouterr().out == "INFO <told>\n"
    assert logger.level == logging.DEBUG
    assert logging.getLogger().level == root
    (folder / "logging.ini").write_text(GOOD.format(level="ERROR"))
    os.utime(folder / "logging.ini", (1, 1))
    Vantiq("http://localhost")
    logger.warning("too little")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("form", ["(sys.stdout)", "sys.stdout,", "[sys.stdout]", "( sys.stdout, )"])
def test_other_ways_to_write_the_stream_and_a_mark_in_front_are_read(
    folder: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = GOOD.format(level="INFO").lstrip().replace("(sys.stdout,)", form)
    (folder / "logging.ini").write_text(text, encoding="utf-8-sig")
    Vantiq("http://localhost")
    logging.getLogger("Vantiq").info("told")
    assert capsys.readouterr().out == "INFO <told>\n"


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("args=(sys.stdout,)", "args=(open('ran', 'w'),)"),
        ("args=(sys.stdout,)", "args=(__import__('os').system('touch ran'),)"),
        ("class=StreamHandler", "class=FileHandler"),
        ("class=StreamHandler", "class=handlers.SocketHandler"),
        ("class=StreamHandler", "class=__import__('os').system('touch ran')"),
        ("level=INFO", "level=__import__('os').system('touch ran')"),
        ("format=%(levelname)s <%(message)s>", "format=%(levelname"),
        ("[handlers]", "nonsense"),
        ("[handlers]", "[handlers"),
    ],
)
def test_nothing_in_it_is_run_and_no_nonsense_breaks_a_client(
    folder: Path, line: str, other: str, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "logging.ini").write_text(GOOD.format(level="INFO").replace(line, other))
    Vantiq("http://localhost")
    assert [path.name for path in folder.iterdir()] == ["logging.ini"]
    if "ran" in other or "Handler" in other:
        assert any("followed" in record.getMessage() or "no level" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[logger_Vantiq]\nlevel=DEBUG\n" + b"#" * 100_000])
def test_a_file_that_is_no_text_or_too_large_is_passed_over(folder: Path, content: bytes) -> None:
    (folder / "logging.ini").write_bytes(content)
    before = logging.getLogger("Vantiq").level
    Vantiq("http://localhost")
    assert logging.getLogger("Vantiq").level == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_a_pipe_is_not_waited_for_and_a_folder_may_be_gone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(folder / "logging.ini")
    Vantiq("http://localhost")
    (folder / "gone").mkdir()
    monkeypatch.chdir(folder / "gone")
    (folder / "gone").rmdir()
    Vantiq("http://localhost")


def test_loggers_of_others_stay_as_they_are(folder: Path) -> None:
    (folder / "logging.ini").write_text("[logger_other]\nqualname=somebody\nlevel=ERROR\nhandlers=\n")
    Vantiq("http://localhost")
    assert logging.getLogger("somebody").level == logging.NOTSET
