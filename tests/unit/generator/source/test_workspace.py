"""References: inside one document, to files where that is allowed, and nowhere else."""

import pytest

from specbind.generator.diagnostics import Diagnostics, Severity
from specbind.generator.source import MISSING, Report, Workspace
from specbind.generator.source.pointer import escape, location, split, tokens


@pytest.fixture
def workspace(tmp_path):
    def make(files: dict[str, str], *, allowed: bool = True, root: str = "api/root.yaml"):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        diagnostics = Diagnostics()
        report = Report(diagnostics)
        made = Workspace(tmp_path / root, report, files=allowed)

        def codes() -> list[str]:
            report.flush(made)
            return [found.code for found in diagnostics]

        return made, codes

    return make


@pytest.mark.parametrize(
    ("pointer", "path"),
    [("", ()), ("/a", ("a",)), ("/a~1b/~01", ("a/b", "~1")), ("//0", ("", "0")), ("/a b/é", ("a b", "é"))],
)
def test_pointers_are_cut_into_keys(pointer, path):
    assert tokens(pointer) == path
    assert "".join("/" + escape(token) for token in path) == pointer


def test_locations_keep_file_and_pointer():
    assert split(location("a#b/c.yaml", "/x")) == ("a#b/c.yaml", "/x")
    assert location("", "/x") == "#/x"


def test_local_references(workspace):
    made, codes = workspace({"api/root.yaml": "a/b: {'c d': [1, 2]}\n'e%f': 3\nn: null\n"})
    assert made.value(made.resolve("#/a~1b/c%20d/1", "#/x")) == 2
    assert made.value(made.resolve("#/e%25f", "#/x")) == 3
    assert made.value(made.resolve("#/n", "#/x")) is None
    assert made.resolve("#", "#/x") == "#"
    assert codes() == []


@pytest.mark.parametrize("reference", ["#/missing", "#/a/9", "#/a/x", "#/a/-1", "#nowhere", "#/a/0/0"])
def test_dangling_references(workspace, reference):
    made, codes = workspace({"api/root.yaml": "a: [1]\n"})
    assert made.resolve(reference, "#/a") is None
    assert codes() == ["SB113"]


def test_anchors(workspace):
    made, _ = workspace({"api/root.yaml": "a: {b: {$anchor: here, v: 1}}\n"})
    assert made.resolve("#here", "#/x") == "#/a/b"


FORBIDDEN = [
    "http://127.0.0.1:1/x.yaml",
    "https://example.com/x.yaml#/a",
    "//127.0.0.1/x.yaml",
    "/etc/passwd",
    "file:///etc/passwd",
    "../secret.yaml",
    "sub/../../secret.yaml",
    "%2e%2e/secret.yaml",
    "..\\secret.yaml",
    "C:\\secret.yaml",
    "link.yaml",
    "data:text/yaml,a",
    ".",
    "x\0y",
]


@pytest.mark.parametrize("reference", FORBIDDEN)
def test_references_that_lead_outside_are_refused(workspace, tmp_path, reference):
    made, codes = workspace({"api/root.yaml": "a: 1\n", "secret.yaml": "token: x\n"})
    (tmp_path / "api" / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    assert made.resolve(reference, "#/a") is None
    assert codes() == ["SB112"]


def test_other_files_are_refused_unless_allowed(workspace):
    files = {"api/root.yaml": "a: 1\n", "api/models/pet.yaml": "x: {y: 1}\n"}
    made, codes = workspace(files, allowed=False)
    assert made.resolve("models/pet.yaml#/x", "#/a") is None
    assert codes() == ["SB112"]


def test_files_refer_to_each_other_and_back(workspace):
    files = {
        "api/root.yaml": "a: {b: 1}\n",
        "api/models/pet.yaml": "x: {y: 2}\n",
        "api/shared/tag.json": '{"t": 3}',
    }
    made, codes = workspace(files)
    pet = made.resolve("./models/pet.yaml#/x", "#/a")
    assert pet == "models/pet.yaml#/x"
    assert made.value(made.resolve("../shared/tag.json#/t", pet)) == 3
    assert made.resolve("../root.yaml#/a", pet) == "#/a"
    assert made.resolve("#/x/y", pet) == "models/pet.yaml#/x/y"
    assert made.value("models/none.yaml#/x") is MISSING
    assert codes() == ["SB115"]


def test_losses_become_warnings_where_partial_output_is_allowed(tmp_path):
    path = tmp_path / "root.yaml"
    path.write_text("a: 1\na: 2\n")
    diagnostics = Diagnostics()
    report = Report(diagnostics, allow_partial=True)
    made = Workspace(path, report)
    report.flush(made)
    assert [found.severity for found in diagnostics] == [Severity.WARNING]
    assert next(iter(diagnostics)).place.line == 1
