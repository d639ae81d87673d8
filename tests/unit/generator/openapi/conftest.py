"""Documents written in a test, read to an Api."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from specbind.generator.diagnostics import Diagnostics, Severity
from specbind.generator.openapi import read_api

if TYPE_CHECKING:
    from pathlib import Path

    from specbind.generator.ir.model import Api, Definition, Operation, Type


class Read:
    """What a document became, with its findings."""

    def __init__(self, api: Api, diagnostics: Diagnostics) -> None:
        self.api = api
        self.diagnostics = diagnostics
        self.codes = [found.code for found in diagnostics]
        self.errors = [found.code for found in diagnostics if found.severity is Severity.ERROR]
        self.definitions: dict[str, Definition] = {found.id: found for found in api.definitions}
        self.operations: dict[str, Operation] = {
            operation.id: operation for service in api.services for operation in service.operations
        }

    def type(self, name: str) -> Type:
        """The type of an alias."""
        return self.definitions[name].type

    def fields(self, name: str) -> dict[str, Type]:
        """The members of an object with their types."""
        return {field.wire: field.type for field in self.definitions[name].fields}

    def field(self, name: str, wire: str):
        """A member of an object."""
        return next(field for field in self.definitions[name].fields if field.wire == wire)

    def found(self, code: str):
        """The first finding with this code."""
        return next(found for found in self.diagnostics if found.code == code)


@pytest.fixture
def read(tmp_path: Path):
    """Read a document from YAML text."""

    def of(text: str, **options) -> Read:
        path = tmp_path / "spec.yaml"
        path.write_text(text)
        diagnostics = Diagnostics()
        return Read(read_api(path, diagnostics, **options), diagnostics)

    return of


@pytest.fixture
def schemas(read):
    """Read component schemas from YAML text."""

    def of(text: str, version: str = "3.1.0", **options) -> Read:
        parts = {"openapi": version, "info": {"title": "T", "version": "1"}, "paths": {}}
        return read(
            yaml.safe_dump({**parts, "components": {"schemas": yaml.safe_load(text)}}, sort_keys=False), **options
        )

    return of


@pytest.fixture
def paths(read):
    """Read paths (and whatever else the text has at its top level) from YAML text."""

    def of(text: str, version: str = "3.1.0", **options) -> Read:
        return read(f"openapi: {version}\ninfo: {{title: T, version: '1'}}\n{text}", **options)

    return of
