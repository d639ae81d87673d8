"""A package that stands alone carries the same files; only the seam to the runtime differs."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from specbind import core
from specbind.bindings import _runtime

CORE = Path(core.__file__).parent
RUNTIME = Path(_runtime.__file__).parent
ALLOWED = {*sys.stdlib_module_names, "msgspec", "rich"}


@pytest.mark.parametrize("path", sorted(CORE.glob("*.py")), ids=lambda path: path.name)
def test_only_the_seam_knows_the_runtime(path):
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module).partition(".")[0])
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1
    assert found - ALLOWED == ({"specbind"} if path.name == "_link.py" else set())


def test_a_copy_beside_another_runtime_works(tmp_path):
    package = tmp_path / "petstore"
    shutil.copytree(CORE, package / "_core", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(RUNTIME, package / "_runtime", ignore=shutil.ignore_patterns("__pycache__"))
    (package / "__init__.py").touch()
    seam = package / "_core" / "_link.py"
    seam.write_text(seam.read_text().replace("specbind.bindings._runtime", ".._runtime"))
    program = (
        "import sys; from petstore import _core; [getattr(_core, name) for name in _core.__all__]; "
        "assert not [name for name in sys.modules if name.startswith('specbind')]; "
        "from petstore._runtime import Error; assert issubclass(_core.TransferError, Error)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)


def test_a_lazy_package_loads_little():
    program = "import sys, specbind.core; print(sorted(n for n in sys.modules if n.startswith('specbind.core.')))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "['specbind.core._link']"
