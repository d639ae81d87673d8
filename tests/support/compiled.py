"""Protos written in a test, compiled and lowered."""

from __future__ import annotations

from importlib.metadata import files as installed_files
from typing import TYPE_CHECKING

from google.protobuf import descriptor_pb2, descriptor_pool

from specbind.generator.diagnostics import Diagnostics
from specbind.generator.ir.model import Enum, Object
from specbind.generator.proto import read_protos
from specbind.generator.proto.protoc import compile_protos
from specbind.generator.proto.report import Report
from specbind.generator.proto.roots import Roots

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from google.protobuf.descriptor_pool import DescriptorPool

    from specbind.generator.ir.model import Api


def write(folder: Path, **protos: str) -> list[Path]:
    """Files `name.proto` in a folder, `__` in a name being a slash."""
    paths = []
    for name, text in protos.items():
        path = folder.joinpath(*name.split("__")).with_suffix(".proto")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def read(folder: Path, **protos: str) -> Api:
    """The Api of protos that have no findings."""
    diagnostics = Diagnostics()
    api = read_protos(write(folder, **protos), diagnostics, roots=[folder])
    assert [str(found) for found in diagnostics] == []
    return api


def message(api: Api, id_: str) -> Object:
    found = next(item for item in api.definitions if item.id == id_)
    assert isinstance(found, Object)
    return found


def enum(api: Api, id_: str) -> Enum:
    found = next(item for item in api.definitions if item.id == id_)
    assert isinstance(found, Enum)
    return found


def compiled(files: Sequence[Path], roots: Sequence[Path]) -> bytes:
    """The descriptor set that the reader would read."""
    report = Report(Diagnostics())
    found = Roots(roots, report)
    return compile_protos(found.inputs(files), found, report)


def google_pool(content: bytes) -> DescriptorPool:
    """Google's view of a descriptor set."""
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(content).file:
        pool.Add(file)
    return pool


def protos_of(distribution: str) -> list[Path]:
    """Every proto that an installed distribution has."""
    found = [path for path in installed_files(distribution) or () if path.suffix == ".proto"]
    assert found, distribution
    return [path.locate().resolve() for path in found]  # type: ignore[union-attr]
