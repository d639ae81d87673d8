"""Arguments of versions that are looked at before anything is sent."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

from specbind.core import arguments
from specbind.core.tasks import in_thread

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["conditions", "flag", "method_name", "snapshot_file", "target_file"]

_METHOD = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)


def flag(name: str, value: object) -> bool:
    """True or False. Raises TypeError for anything else."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} is True or False, not {str(value)[:80]!r}")
    return value


def method_name(value: object) -> str:
    """The name of a call. Raises ValueError for what is none."""
    if not _METHOD.fullmatch(arguments.text("method", value)):
        raise ValueError("method is the name of a call, as in projects.list: letters, digits, dots and hyphens")
    return str(value)


def conditions(name: str, value: object) -> list[Mapping[str, object]]:
    """Conditions of a list. Raises TypeError or ValueError for what are none."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError(f"{name} is a list of conditions, not {str(value)[:80]!r}")
    for entry in cast("list[object]", value):
        arguments.mapping(f"an entry of {name}", entry)
        if not {"field", "operator", "value"} <= cast("Mapping[str, object]", entry).keys():
            raise ValueError(f"an entry of {name} lacks one of field, operator and value")
    return cast("list[Mapping[str, object]]", value)


async def snapshot_file(name: str, value: object) -> Path | None:
    """A snapshot on this machine, None for None.

    Raises:
        ValueError: it is no file.
        FileNotFoundError: there is none.
    """
    text = arguments.optional_text(name, value)
    if text is None:
        return None
    path = Path(text)
    if not text or await in_thread(path.is_dir):
        raise ValueError(f"{name} is the path of a snapshot (version.bin), not {text[:100]!r}")
    if not await in_thread(path.exists):
        raise FileNotFoundError(f"{name}: there is no file {text[:200]!r}")
    return path


async def target_file(name: str, value: object) -> Path | None:
    """Where a file is written to, None for None. Raises ValueError for a folder."""
    text = arguments.optional_text(name, value)
    if text is None:
        return None
    path = Path(text)
    if not text or text.endswith("/") or await in_thread(path.is_dir):
        raise ValueError(f"{name} is the path of a file, not {text[:100]!r}")
    return path
