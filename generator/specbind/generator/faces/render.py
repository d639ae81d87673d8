"""The face of an async module as text."""

from __future__ import annotations

from pathlib import Path

from specbind.generator.emit.environment import make_environment
from specbind.generator.emit.fileset import FileSet
from specbind.generator.emit.formatting import format_python

from .plan import make_plan
from .source import FaceSource

__all__ = ["PORTAL", "generate_face", "render_face"]

PORTAL = "specbind.bindings._runtime.portal"
"""The module that has `get_portal`, unless another is given."""

_TEMPLATES = Path(__file__).parent / "templates"


def render_face(source: Path, module: str, portal: str = PORTAL) -> str:
    """The face of `module`, whose source is the file or package folder `source`, not yet formatted.

    Nothing of the source is imported or run. Raises FaceError for a part without a synchronous form, and OSError or
    SyntaxError for a source that cannot be read.
    """
    environment = make_environment(_TEMPLATES, {})
    return environment.get_template("face.jinja").render(plan=make_plan(FaceSource(source, module), portal))


def generate_face(source: Path, module: str, out: Path, portal: str = PORTAL) -> str:
    """Write the face of `module` to the file `out`, formatted, and return its text. Raises as `render_face` does."""
    files = FileSet()
    files.add(out.name, render_face(source, module, portal))
    format_python(files)
    files.write(out.parent)
    return files[out.name].decode()
