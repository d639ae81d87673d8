"""The runtime that goes into a package."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from specbind.generator.targets.python.generate import runtime_files

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import sys
from made._runtime.proto.message import Message
from made._runtime.proto.wellknown import Timestamp
assert "made._runtime.proto.codec" not in sys.modules, "importing messages is cheap"
from made._runtime.proto import decode, encode, from_json, to_json
class Note(Message):
    text: str = ""
    at: Timestamp | None = None
    __proto__ = ("n.Note", ((1, "text", "string"), (2, "at", "message @Timestamp")))
note = Note(text="a", at=Timestamp(seconds=1))
assert decode(Note, encode(note)) == note == from_json(Note, to_json(note))
assert not {"aiohttp", "asyncio", "google.protobuf"} & set(sys.modules)
"""


def test_messages_come_only_with_packages_that_have_some():
    without = set(runtime_files())
    whole = set(runtime_files(messages=True))
    assert whole - without == {path for path in whole if path.startswith(("proto/", "grpc/"))}
    assert "proto/message.py" in whole


def test_the_copy_of_the_message_runtime_stands_alone(tmp_path: Path):
    files = runtime_files(messages=True)
    for path in files:
        target = tmp_path / "made" / "_runtime" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files[path])
    subprocess.run([sys.executable, "-c", PROGRAM], cwd=tmp_path, check=True, timeout=60)
