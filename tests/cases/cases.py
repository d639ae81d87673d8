"""What the generator makes of each case: `python -m tests.cases.cases` writes it anew, the test beside it compares.

A case is a folder with `spec.yaml`. `ir.json` is the model of the spec; `expected/` holds those generated modules that
show the feature. To show one more, put an empty file of its name there and write anew. `options.toml`, where it is,
holds the options of the command line: `allow_files`, `overlays`, `include`, `exclude`.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import msgspec

from specbind.generator.diagnostics import Diagnostics
from specbind.generator.ir.model import Api, dump
from specbind.generator.pipeline import Reading, check_names, lower, make_standalone

__all__ = ["CASES", "FOLDER", "api_of", "command_options", "findings", "made", "reading"]

FOLDER = Path(__file__).resolve().parent
CASES = sorted(path.parent.name for path in FOLDER.glob("*/spec.yaml"))
_PACKAGE = "sample"


def reading(folder: Path) -> Reading:
    """How the document of a case is read."""
    path = folder / "options.toml"
    options = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return msgspec.convert(options, Reading, dec_hook=lambda _, text: folder / text)


def command_options(folder: Path) -> list[str]:
    """The same as options of the command line."""
    read = reading(folder)
    words = ["--allow-files"] if read.allow_files else []
    for overlay in read.overlays:
        words += ["--overlay", str(overlay)]
    for name, selectors in (("--include", read.include), ("--exclude", read.exclude)):
        for selector in selectors:
            words += [name, selector]
    return words


def api_of(case: str, diagnostics: Diagnostics | None = None) -> Api:
    """The model of a case."""
    folder = FOLDER / case
    return lower(folder / "spec.yaml", Diagnostics() if diagnostics is None else diagnostics, reading(folder))


def findings(case: str) -> list[str]:
    """What the generator says of a case: "SB208 #/paths/..."."""
    diagnostics = Diagnostics()
    check_names(api_of(case, diagnostics), diagnostics)
    return [f"{found.code} {found.place.pointer}" for found in diagnostics]


def made(case: str) -> dict[Path, bytes]:
    """The files of a case that come from the generator, as they should be now."""
    folder = FOLDER / case
    expected = folder / "expected"
    spec, diagnostics = folder / "spec.yaml", Diagnostics()
    files, _ = make_standalone(spec, diagnostics, reading(folder), package=_PACKAGE, with_core=False)
    found = {folder / "ir.json": dump(api_of(case))}
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
