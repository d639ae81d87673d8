"""The entry: a file in, an Api out."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from specbind.generator.codes import Code
from specbind.generator.source import ReadError, Report, Workspace
from specbind.generator.source.pointer import location, split

from .cursor import Scope, kind
from .lower import lower
from .read import DocumentReader
from .read_schema import SchemaReader

if TYPE_CHECKING:
    from pathlib import Path

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api, Json

__all__ = ["read_api"]

_VERSION = re.compile(r"3\.(\d+)(\.|-|\Z)")
_NEWEST = 2


def read_api(
    path: Path, diagnostics: Diagnostics, *, name: str = "", allow_partial: bool = False, allow_files: bool = False
) -> Api:
    """Read an OpenAPI 3.0, 3.1 or 3.2 document, JSON or YAML, and lower it. The passes have yet to run.

    Args:
        path: the document.
        diagnostics: takes every finding. Where one of them is an error, the Api lacks something that the spec says.
        name: the Api's name. Default: the document's title, else the file's name without its ending.
        allow_partial: findings about parts that are left out are warnings instead of errors.
        allow_files: references may lead to other files in the document's folder and below.

    Raises:
        SpecError: the document cannot be read at all; its diagnostic is among `diagnostics` too.
    """
    report = Report(diagnostics, allow_partial=allow_partial)
    workspace: Workspace | None = None
    try:
        workspace = Workspace(path, report, files=allow_files)
        api = _read(workspace, report, name, path)
    except RecursionError:
        # Every kind of nesting has its own bound; together they may still be too much for the interpreter's stack.
        failure = ReadError(Code.TOO_DEEP, "schemas are nested and refer to each other too deeply")
        raise report.failure(failure, path.as_posix(), None) from None
    except ReadError as failure:
        if workspace is None:
            raise report.failure(failure, path.as_posix(), None) from None
        report.flush(workspace.name, workspace.source)
        file, failure.pointer = split(failure.place or location("", failure.pointer))
        raise report.failure(failure, workspace.name(file), workspace.source(file)) from None
    report.flush(workspace.name, workspace.source)
    return api


def _read(workspace: Workspace, report: Report, name: str, path: Path) -> Api:
    root = workspace.root
    members, version = _identify(root.value)
    if int(version.split(".")[1]) > _NEWEST:
        report.add(Code.NEWER_VERSION, f"OpenAPI {version} is read as 3.{_NEWEST}", "#/openapi")
    scope = Scope(workspace, report)
    schemas = SchemaReader(scope)
    document = DocumentReader(scope, schemas).read(members, version)
    sha256 = hashlib.sha256(root.content).hexdigest()
    return lower(document, schemas, workspace, report, name=name or document.title or path.stem, sha256=sha256)


def _identify(value: Json) -> tuple[dict[str, Json], str]:
    """The members of the root object and the version of OpenAPI. Raises ReadError."""
    if not isinstance(value, dict):
        raise ReadError(Code.NOT_OPENAPI, f"not an OpenAPI document: the top level is {kind(value)}")
    if "swagger" in value:
        raise ReadError(
            Code.VERSION,
            f"Swagger {value['swagger']} is not supported yet",
            pointer="/swagger",
            hint="convert the document to OpenAPI 3",
        )
    version = value.get("openapi")
    if version is None:
        hint = "an OpenAPI document begins with 'openapi: 3.1.0' or the like"
        raise ReadError(Code.NOT_OPENAPI, "not an OpenAPI document: it has no 'openapi' member", hint=hint)
    text = str(version)
    if not _VERSION.match(text):
        raise ReadError(Code.VERSION, f"OpenAPI {text!r} is not supported", pointer="/openapi", hint="3.0 to 3.2 are")
    return value, text
