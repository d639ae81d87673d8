"""Settings of our loggers from a `logging.ini` in the working directory, without running anything that stands in it.

`logging.config.fileConfig` evaluates the classes and arguments of such a file, which whoever can write to the folder
could use. Here the file is only parsed: sections `logger_...` of our own loggers, with `level`, `propagate` and
`handlers`; handlers that write to standard output or standard error, with `level` and a formatter's `format` and
`datefmt`. What else stands there is passed over with a warning.
"""

from __future__ import annotations

import configparser
import logging
import stat
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["apply_log_settings"]

_OWN = ("Vantiq", "_VantiqSubscriber", "specbind.vantiq", "specbind.bindings.vantiq")
_STREAMS = {"": "stderr", "sys.stderr": "stderr", "sys.stdout": "stdout"}
_CLASSES = ("StreamHandler", "logging.StreamHandler")
_NOTHING = ("NullHandler", "logging.NullHandler")
_LARGEST = 64 * 1024
_logger = logging.getLogger("Vantiq")
_lock = threading.Lock()
_seen: dict[tuple[int, int], int] = {}


def apply_log_settings(path: Path) -> None:
    """Follow a file of settings, once for each state of it. A file that cannot be read is a warning, never an error."""
    try:
        found = path.stat()
        with _lock:
            if _seen.get((found.st_dev, found.st_ino)) == found.st_mtime_ns:
                return
            _seen[found.st_dev, found.st_ino] = found.st_mtime_ns
        if found.st_size > _LARGEST or not stat.S_ISREG(found.st_mode):
            _logger.warning("%s is no plain file of settings and is passed over", path.name)
            return
        text = path.read_text(encoding="utf-8-sig")  # editors of Windows put a mark in front
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        _logger.warning("%s cannot be read: %s", path.name, error)
        return
    settings = configparser.RawConfigParser()
    try:
        settings.read_string(text, source=path.name)
    except configparser.Error as error:
        _logger.warning("%s is no file of settings: %s", path.name, error)
        return
    for section in settings.sections():
        if section.startswith("logger_") and section != "logger_root":
            _follow(settings, section)


def _follow(settings: configparser.RawConfigParser, section: str) -> None:
    name = settings.get(section, "qualname", fallback=section.removeprefix("logger_"))
    if name not in _OWN:
        return
    logger = logging.getLogger(name)
    level = _level(settings.get(section, "level", fallback=""), section)
    handlers = [_handler(settings, each.strip()) for each in settings.get(section, "handlers", fallback="").split(",")]
    with _lock:
        if level is not None:
            logger.setLevel(level)
        logger.propagate = settings.get(section, "propagate", fallback="1").strip() != "0"
        for old in [each for each in logger.handlers if getattr(each, "from_settings", False)]:
            logger.removeHandler(old)
        for handler in handlers:
            if handler is not None:
                handler.from_settings = True  # type: ignore[attr-defined]  # ours, to be found again
                logger.addHandler(handler)


def _handler(settings: configparser.RawConfigParser, name: str) -> logging.Handler | None:
    section = f"handler_{name}"
    if not name or not settings.has_section(section):
        return None
    kind = settings.get(section, "class", fallback="").strip()
    arguments = settings.get(section, "args", fallback="").replace(" ", "")
    if (arguments[:1], arguments[-1:]) in (("(", ")"), ("[", "]")):
        arguments = arguments[1:-1]
    arguments = arguments.removesuffix(",")
    if kind in _NOTHING:
        return logging.NullHandler()
    if kind not in _CLASSES or arguments not in _STREAMS:
        _logger.warning("%s: only handlers that write to sys.stdout or sys.stderr are followed", section)
        return None
    handler = logging.StreamHandler(getattr(sys, _STREAMS[arguments]))
    level = _level(settings.get(section, "level", fallback=""), section)
    if level is not None:
        handler.setLevel(level)
    formatter = f"formatter_{settings.get(section, 'formatter', fallback='').strip()}"
    if settings.has_section(formatter):
        try:
            handler.setFormatter(
                logging.Formatter(
                    settings.get(formatter, "format", fallback=None), settings.get(formatter, "datefmt", fallback=None)
                )
            )
        except ValueError as error:
            _logger.warning("%s: %s", formatter, error)
    return handler


def _level(text: str, section: str) -> int | None:
    level = logging.getLevelNamesMapping().get(text.strip().upper())
    if level is None and text.strip():
        _logger.warning("%s: there is no level %r", section, text.strip()[:40])
    return level
