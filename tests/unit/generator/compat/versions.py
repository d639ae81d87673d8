"""Two versions of a small document that differ in one place, and what their comparison says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from specbind.generator.compat import Comparison, compare
from specbind.generator.diagnostics import Diagnostics
from specbind.generator.pipeline import lower

if TYPE_CHECKING:
    from specbind.generator.ir.model import Api

__all__ = ["Document", "api_of", "changes", "compared"]


@dataclass(frozen=True)
class Document:
    """A document with one operation; every part is YAML in flow style."""

    info: str = '{title: Small, version: "1"}'
    method: str = "post"
    path: str = "/pets/{id}"
    operation: str = "operationId: addPet, tags: [pets]"
    parameters: str = "{name: id, in: path, required: true, schema: {type: string}}"
    body: str = "requestBody: {content: {application/json: {schema: {type: string}}}},"
    responses: str = '"200": {description: ok, content: {application/json: {schema: {type: string}}}}'
    paths: str = ""
    components: str = ""
    rest: str = ""

    def text(self) -> str:
        """The document as it is written to a file."""
        return (
            f"openapi: 3.1.0\ninfo: {self.info}\npaths:\n  {self.path}:\n    {self.method}:\n"
            f"      {{{self.operation}, parameters: [{self.parameters}],\n       {self.body}\n"
            f"       responses: {{{self.responses}}}}}\n{self.paths}components: {{{self.components}}}\n{self.rest}"
        )


def api_of(document: Document | str) -> Api:
    """The model of a document. Findings of the reader are not looked at."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "small.yaml"
        path.write_text(document if isinstance(document, str) else document.text(), encoding="utf-8")
        return lower(path, Diagnostics())


def compared(old: Document | str, new: Document | str) -> Comparison:
    """The comparison of two documents."""
    return compare(api_of(old), api_of(new))


def changes(old: Document | str, new: Document | str) -> list[tuple[str, str]]:
    """Names of the rules that were found with their impacts, heaviest first."""
    return [(found.rule.name, found.impact.word) for found in compared(old, new).findings]
