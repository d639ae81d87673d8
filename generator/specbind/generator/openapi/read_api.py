"""The entry: a file in, an Api out."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from specbind.generator.codes import Code
from specbind.generator.source import MISSING, ReadError, Report, Workspace, locate
from specbind.generator.source.digest import combined_sha256
from specbind.generator.source.pointer import location, split

from .cursor import Scope, kind
from .lower import lower
from .overlay import Edits, apply_overlays
from .read import DocumentReader
from .read_schema import SchemaReader
from .read_swagger import SwaggerReader

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api, Json

__all__ = ["read_api"]

_VERSION = re.compile(r"3\.(\d+)(\.|-|\Z)")
_NEWEST = 2
_SWAGGER = "2.0"


def read_api(
    path: Path,
    diagnostics: Diagnostics,
    *,
    name: str = "",
    allow_partial: bool = False,
    allow_files: bool = False,
    overlays: Sequence[Path] = (),
) -> Api:
    """Read a Swagger 2.0 or OpenAPI 3.0 to 3.2 document, JSON or YAML, and lower it. The passes have yet to run.

    Args:
        path: the document.
        diagnostics: takes every finding. Where one of them is an error, the Api lacks something that the spec says.
        name: the Api's name. Default: the document's title, else the file's name without its ending.
        allow_partial: findings about parts that are left out are warnings instead of errors.
        allow_files: references may lead to other files in the document's folder and below.
        overlays: overlay documents, applied in this order before anything is read. They change the document itself,
            not the files that it refers to.

    `Api.spec_sha256` is that of all that was read, see `combined_sha256`.

    Raises:
        SpecError: the document or an overlay cannot be read at all; its diagnostic is among `diagnostics` too.
    """
    report = Report(diagnostics, allow_partial=allow_partial)
    workspace: Workspace | None = None
    try:
        workspace = Workspace(path, report, files=allow_files)
        diagnostics.locate_with(path.as_posix(), partial(locate, workspace))
        diagnostics.look_with(workspace.value, MISSING)
        contents = [workspace.root.content, *_overlay(workspace, overlays, path, report)]
        api = _read(workspace, report, name, path)
        files = workspace.further_files()  # known only now: files are opened when a reference leads there
        api = replace(api, spec_sha256=combined_sha256(contents, files), spec_files=files)
    except RecursionError:
        # Every kind of nesting has its own bound; together they may still be too much for the interpreter's stack.
        failure = ReadError(Code.TOO_DEEP, "schemas are nested and refer to each other too deeply")
        raise report.failure(failure, path.as_posix(), None) from None
    except ReadError as failure:
        if workspace is None or failure.file:
            raise report.failure(failure, failure.file or path.as_posix(), None) from None
        report.flush(workspace)
        file, failure.pointer = split(workspace.origin(failure.place or location("", failure.pointer)))
        raise report.failure(failure, workspace.name(file), workspace.source(file)) from None
    report.flush(workspace)
    return api


def _overlay(workspace: Workspace, overlays: Sequence[Path], path: Path, report: Report) -> list[bytes]:
    """Apply the overlays to the root document; gives their contents."""
    layers = [(overlay, *workspace.add_layer(overlay)) for overlay in overlays]
    if layers:
        edits = Edits(workspace.root.value, workspace.base)
        apply_overlays([(layer, place, source.value) for layer, place, source in layers], path, edits, report)
        workspace.replace_root(edits.value, edits.origin)
    return [source.content for _, _, source in layers]


def _read(workspace: Workspace, report: Report, name: str, path: Path) -> Api:
    members, version = _identify(workspace.root.value)
    scope = Scope(workspace, report)
    schemas = SchemaReader(scope)
    if version == _SWAGGER:
        document = SwaggerReader(scope, schemas).read(members, version)
    else:
        if int(version.split(".")[1]) > _NEWEST:
            report.add(Code.NEWER_VERSION, f"OpenAPI {version} is read as 3.{_NEWEST}", "#/openapi")
        document = DocumentReader(scope, schemas).read(members, version)
    return lower(document, schemas, workspace, report, name=name or document.title or path.stem)


def _identify(value: Json) -> tuple[dict[str, Json], str]:
    """The members of the root object and the version of OpenAPI. Raises ReadError."""
    if not isinstance(value, dict):
        raise ReadError(Code.NOT_OPENAPI, f"not an OpenAPI document: the top level is {kind(value)}")
    version = value.get("openapi")
    if version is None and "swagger" in value:
        swagger = str(value["swagger"])
        if swagger not in (_SWAGGER, "2"):
            message = f"Swagger {swagger!r} is not supported"
            raise ReadError(Code.VERSION, message, pointer="/swagger", hint="2.0 is, and OpenAPI 3.0 to 3.2")
        return value, _SWAGGER
    if version is None:
        hint = "an OpenAPI document begins with 'openapi: 3.1.0' or the like"
        raise ReadError(Code.NOT_OPENAPI, "not an OpenAPI document: it has no 'openapi' member", hint=hint)
    text = str(version)
    if not _VERSION.match(text):
        raise ReadError(
            Code.VERSION, f"OpenAPI {text!r} is not supported", pointer="/openapi", hint="2.0 and 3.0 to 3.2 are"
        )
    return value, text
