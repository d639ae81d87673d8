"""What the generator makes of each case: `python -m tests.cases.cases` writes it anew, the test beside it compares.

A case is a folder with `spec.yaml`. `ir.json` is the model of the spec; `expected/` holds those generated modules that
show the feature. To show one more, put an empty file of its name there and write anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

from specbind.generator.diagnostics import Diagnostics
from specbind.generator.ir.model import dump
from specbind.generator.pipeline import lower, make_standalone

__all__ = ["CASES", "FOLDER", "made"]

FOLDER = Path(__file__).resolve().parent
CASES = sorted(path.parent.name for path in FOLDER.glob("*/spec.yaml"))
_PACKAGE = "sample"


def made(case: str) -> dict[Path, bytes]:
    """The files of a case that come from the generator, as they should be now."""
    folder = FOLDER / case
    expected = folder / "expected"
    files, _ = make_standalone(folder / "spec.yaml", Diagnostics(), package=_PACKAGE, with_core=False)
    found = {folder / "ir.json": dump(lower(folder / "spec.yaml", Diagnostics()))}
    for path in sorted(expected.rglob("*.py")):
        found[path] = files[f"{_PACKAGE}/{path.relative_to(expected).as_posix()}"]
    return found


def main() -> int:
    """Write what differs, and say so."""
    for case in CASES:
        for path, content in made(case).items():
            if not path.exists() or path.read_bytes() != content:
                path.write_bytes(content)
                sys.stdout.write(f"{path.relative_to(FOLDER)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
