"""Generated types as a user meets them: `use.ts` says what is accepted, and what is refused (`@ts-expect-error`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from specbind.generator.diagnostics import Diagnostics
from specbind.generator.pipeline import make_standalone

if TYPE_CHECKING:
    from tests.support.typescript import Compiler

HERE = Path(__file__).parent


def test_what_is_accepted_and_what_is_refused(compiler: Compiler):
    files, _ = make_standalone(HERE / "spec.yaml", Diagnostics(), target="typescript")
    own = {"use.ts": (HERE / "use.ts").read_text(encoding="utf-8")}
    assert compiler.problems({path: files[path].decode() for path in files} | own) == []
