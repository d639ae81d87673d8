"""Documents that benchmarks read, and the packages that are made of them."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .processes import program

__all__ = [
    "NODEODX",
    "ROOT",
    "github",
    "mend_peer",
    "operations_of_peer",
    "operations_of_specbind",
    "peer_command",
    "shared",
    "specbind_command",
]

ROOT = Path(__file__).resolve().parents[3]
"""The repository."""
NODEODX = ROOT / "specs" / "nodeodx" / "openapi.yaml"
_NPM = ROOT / ".bench" / "node_modules"


def github() -> Path | None:
    """GitHub's document of the npm package @octokit/openapi, which `make bench` installs; None without it."""
    path = _NPM / "@octokit" / "openapi" / "generated" / "api.github.com.json"
    return path if path.exists() else None


def shared(*parts: str) -> Path | None:
    """A file of the shared collection: below SPECBIND_SHARED, or `shared` beside the repository; None without it."""
    path = Path(os.environ.get("SPECBIND_SHARED") or ROOT.parent / "shared").joinpath(*parts)
    return path if path.exists() else None


def specbind_command(document: Path, out: Path) -> list[str]:
    """Make the package `sdk` below `out`."""
    return [program("specbind"), "generate", str(document), "--out", str(out), "--package", "sdk"]


def peer_command(document: Path, out: Path) -> list[str]:
    """Make the package `out` with openapi-python-client."""
    command = [program("openapi-python-client"), "generate", "--path", str(document), "--output-path", str(out)]
    return [*command, "--meta", "none", "--overwrite"]


def operations_of_specbind(out: Path) -> int:
    """How many operations a package of ours has."""
    files = (out / "sdk" / "operations").rglob("*.py")
    return sum(len(re.findall(r"^[A-Z]\w*: Operation\[", path.read_text("utf-8"), re.MULTILINE)) for path in files)


def operations_of_peer(out: Path) -> int:
    """How many operations a package of openapi-python-client has: each is a module below `api`."""
    return sum(path.name != "__init__.py" for path in (out / "api").rglob("*.py"))


def mend_peer(out: Path) -> int:
    """Give the modules that a package of openapi-python-client imports and lacks, as empty classes; say how many."""
    models = out / "models"
    lacking = {
        module: name
        for path in models.glob("*.py")
        for module, name in re.findall(r"from \.\.models\.(\w+) import (\w+)", path.read_text("utf-8"))
        if not (models / f"{module}.py").exists()
    }
    for module, name in lacking.items():
        (models / f"{module}.py").write_text(f"class {name}:\n    pass\n", "utf-8")
    return len(lacking)
