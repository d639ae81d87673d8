"""What stands on the screen: errors last, pointers short, no traceback whatever streams there are."""

import os
import subprocess
import sys

import pytest

from specbind.generator.cli import main
from specbind.generator.diagnostics import Diagnostic, Place, Severity

# SB218 is a warning, SB113 a loss
SPEC = """
openapi: 3.1.0
info: {title: Small, version: "1"}
paths:
  /a:
    get:
      parameters: [{$ref: "#/components/parameters/lost"}]
      responses: {"200": {description: ok}}
  /b/{undeclared}:
    get: {responses: {"200": {description: ok}}}
"""


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    return path


@pytest.mark.skipif(os.name == "nt", reason="the shell of this test is that of POSIX")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", [["inspect", "--allow-partial"], ["ir", "--allow-partial"], ["diff", "{spec}"]])
def test_closed_streams_are_no_fault(spec, command, closed):
    program = [sys.executable, "-m", "specbind.generator.cli", *command, "{spec}"]
    shell = ["sh", "-c", f'exec "$0" "$@" {closed}', *(each.format(spec=spec) for each in program)]
    ended = subprocess.run(shell, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in ended.stderr
    assert "SB2" not in ended.stdout  # findings do not end up among the output
    assert ended.returncode == main([*(each.format(spec=spec) for each in command), str(spec)])


def test_errors_stand_below_warnings(spec, capsys):
    assert main(["ir", str(spec)]) == 1
    said = capsys.readouterr().err
    assert 0 <= said.index("warning SB218") < said.index("error SB113")


@pytest.mark.parametrize(("options", "status", "weight"), [([], 1, "error"), (["--allow-partial"], 0, "warning")])
def test_inspect_ends_as_generate_would_and_shows_the_rest_all_the_same(spec, capsys, options, status, weight):
    assert main(["inspect", str(spec), *options]) == status
    shown = capsys.readouterr()
    assert "GET     /b/{undeclared}" in shown.out
    assert f"{weight} SB113" in shown.err


@pytest.mark.parametrize("url", ["https://host.test/api.yaml", "HTTP://host.test/a", "ftp://host.test/a", "file:///a"])
@pytest.mark.parametrize("command", [["inspect"], ["ir"], ["generate"], ["diff", "x"], ["check", "--spec"]])
def test_a_url_is_not_fetched(capsys, command, url):
    with pytest.raises(SystemExit) as ended:
        main([*command, url])
    assert ended.value.code == 2
    assert f"nothing is fetched: download {url} first" in capsys.readouterr().err


def test_standard_input_is_not_read(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["inspect", "-"])
    assert ended.value.code == 2
    assert "standard input is not read: write the document to a file" in capsys.readouterr().err


def test_a_deep_pointer_is_shortened(tmp_path, capsys):
    path = tmp_path / "deep.yaml"
    path.write_text("openapi: 3.1.0\ndeep: " + '{"a": ' * 500 + "1" + "}" * 500)
    assert main(["inspect", str(path)]) == 1
    assert max(map(len, capsys.readouterr().err.splitlines())) < 200 + len(str(path))


def test_a_pointer_of_usual_length_is_whole():
    pointer = "#/paths/~1a/get/responses/200/content/application~1json/schema/properties/a/items/properties/b"
    assert f"    at {pointer}" in str(Diagnostic("SB1", Severity.ERROR, "m", Place(pointer=pointer)))
    long = "#/" + "/".join(map(str, range(400)))
    assert "#/0/1/2/3/4/5/6/... 385 more .../392/" in str(Diagnostic("SB1", Severity.ERROR, "m", Place(pointer=long)))


@pytest.mark.parametrize("count", [5, 40])
@pytest.mark.parametrize("command", ["inspect", "generate"])
def test_equal_findings_of_a_document_are_grouped(tmp_path, capsys, command, count):
    path = tmp_path / "many.yaml"
    schemas = "".join(f"    S{number}: {{type: x, nonsense: 1}}\n" for number in range(count))
    path.write_text(
        f"openapi: 3.1.0\ninfo: {{title: Many, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n{schemas}"
    )
    arguments = [command, str(path), *(["--out", str(tmp_path / "sdk")] if command == "generate" else [])]
    assert main(arguments) == 0
    said = capsys.readouterr().err
    assert said.count("warning SB209") == 3
    assert f"... and {count - 3} more SB209 (--verbose shows them)" in said
    assert ("note SB207" in said) is (command == "inspect")
    assert main([*arguments, "--verbose", *(["--force"] if command == "generate" else [])]) == 0
    said = capsys.readouterr().err
    assert (said.count("warning SB209"), said.count("note SB207")) == (count, count)
    assert main([*arguments, "--strict"]) == 1
    assert capsys.readouterr().err.count("error SB209") == (count if count <= 20 else 3)
