"""`specbind generate`: a whole package, or a few lines that say where and why."""

import json

import pytest

from specbind.generator.cli import main

SMALL = """\
openapi: 3.1.0
info: {title: Small, version: "1"}
paths:
  /pets/{id}:
    get:
      operationId: getPet
      tags: [pets]
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}}
components:
  schemas:
    Pet: {type: object, properties: {name: {type: string}}}
"""


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_package_that_stands_alone_is_made(spec, tmp_path, capsys):
    out = tmp_path / "sdk"
    assert main(["generate", str(spec), "--out", str(out)]) == 0
    assert "1 operations" in capsys.readouterr().out
    made = tree(out)
    assert {"pyproject.toml", "README.md", "MANIFEST.json", "small/__init__.py", "small/_core/__init__.py"} <= set(made)
    manifest = json.loads(made["MANIFEST.json"])
    assert manifest["apis"]["small"]["operations"] == [
        {"id": "getPet", "service": "pets", "method": "GET", "path": "/pets/{id}"}
    ]
    assert len(manifest["apis"]["small"]["spec_sha256"]) == 64
    assert set(manifest["files"]) == set(made) - {"MANIFEST.json"}


def test_two_runs_are_byte_equal(spec, tmp_path):
    for name in ("one", "two"):
        assert main(["generate", str(spec), "--out", str(tmp_path / name)]) == 0
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_core_can_be_left_out(spec, tmp_path):
    assert main(["generate", str(spec), "--out", str(tmp_path / "sdk"), "--without-core"]) == 0
    assert not (tmp_path / "sdk" / "small" / "_core").exists()
    assert "_core" not in (tmp_path / "sdk" / "README.md").read_text()


def test_check_says_what_is_not_up_to_date(spec, tmp_path, capsys):
    out = tmp_path / "sdk"
    arguments = ["generate", str(spec), "--out", str(out)]
    assert main([*arguments, "--check"]) == 1
    assert not out.exists(), "a check writes nothing"
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 0
    capsys.readouterr()
    (out / "small" / "client.py").write_text("")
    spec.write_text(SMALL.replace("getPet", "findPet"))
    assert main([*arguments, "--check"]) == 1
    said = capsys.readouterr().err
    assert "changed by hand: small/client.py" in said
    assert "stale: small/operations/pets.py" in said


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        ("a: [1\nb: }", "SB105", ":2:2"),
        ("hello", "SB201", ":1:1"),
        ("", "SB104", ""),
        ("- 1\n", "SB201", ":1:1"),
        ("openapi: 4.0.0\n", "SB202", ":1:1"),
        (SMALL.replace("{name: id,", "{$ref: '#/nope', name: id,"), "SB113", ":8:"),
    ],
)
def test_bad_input_is_a_few_lines_with_a_place_and_no_output(tmp_path, capsys, content, code, place):
    spec = tmp_path / "bad.yaml"
    spec.write_text(content)
    assert main(["generate", str(spec), "--out", str(tmp_path / "sdk")]) == 1
    said = capsys.readouterr().err
    assert code in said
    assert f"bad.yaml{place}" in said
    assert len(said.splitlines()) <= 6
    assert not (tmp_path / "sdk").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["bad.yaml"]


def test_a_file_that_cannot_be_read_is_said(tmp_path, capsys):
    for path in (tmp_path, tmp_path / "missing.yaml"):
        assert main(["generate", str(path), "--out", str(tmp_path / "sdk")]) == 1
        assert "SB101" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_said(spec, capsys):
    assert main(["generate", str(spec), "--out", str(spec / "sdk")]) == 1
    assert "choose another --out" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["1x", "class", "a-b", "json", "aiohttp", "../x", "a.b", "é"])
def test_names_that_cannot_be_a_package_are_refused(spec, tmp_path, capsys, name):
    assert main(["generate", str(spec), "--out", str(tmp_path / "sdk"), "--package", name]) == 1
    assert "SB002" in capsys.readouterr().err


def test_a_title_that_is_the_name_of_a_module_gets_another(spec, tmp_path):
    spec.write_text(SMALL.replace("title: Small", "title: JSON"))
    assert main(["generate", str(spec), "--out", str(tmp_path / "sdk")]) == 0
    assert (tmp_path / "sdk" / "json_api" / "__init__.py").exists()


def test_out_is_needed_with_a_spec(spec):
    with pytest.raises(SystemExit) as ended:
        main(["generate", str(spec)])
    assert ended.value.code == 2


def test_a_collision_is_told_and_nothing_is_lost(tmp_path, capsys):
    spec = tmp_path / "spec.yaml"
    spec.write_text(SMALL + "    pet: {type: object, properties: {a-b: {type: string}, a_b: {type: string}}}\n")
    assert main(["generate", str(spec), "--out", str(tmp_path / "sdk"), "--verbose"]) == 0
    said = capsys.readouterr().err
    assert "SB401" in said
    assert "SB403" in said
    models = (tmp_path / "sdk" / "small" / "models" / "group_1.py").read_text()
    assert "class Pet(" in models
    assert "class Pet_2(" in models
    assert "a_b_2: str" in models


LOOSER = SMALL.replace("name: {type: string}", "name: {type: string, default: 1}, kind: {type: strnig}")


def test_strict_makes_degradations_errors_and_writes_nothing(tmp_path, capsys):
    spec = tmp_path / "spec.yaml"
    spec.write_text(LOOSER)
    assert main(["generate", str(spec), "--out", str(tmp_path / "sdk")]) == 0
    assert "warning SB209" in capsys.readouterr().err
    assert main(["generate", str(spec), "--out", str(tmp_path / "strict"), "--strict"]) == 1
    assert "error SB209" in capsys.readouterr().err
    assert not (tmp_path / "strict").exists()


@pytest.mark.parametrize("also", [[], ["--check"]], ids=["generate", "check"])
def test_strict_is_no_less_strict_where_the_output_is_up_to_date(tmp_path, capsys, also):
    spec = tmp_path / "spec.yaml"
    spec.write_text(LOOSER)
    arguments = ["generate", str(spec), "--out", str(tmp_path / "sdk"), *also]
    assert main(arguments[:4]) == 0
    before = tree(tmp_path / "sdk")
    assert main(arguments) == 0
    capsys.readouterr()
    assert main([*arguments, "--strict"]) == 1
    assert "error SB209" in capsys.readouterr().err
    assert tree(tmp_path / "sdk") == before


def test_strict_lets_pass_what_is_no_degradation(spec, tmp_path):
    spec.write_text(SMALL.replace("operationId: getPet", "externalDocs: {url: x}"))  # a note: one is made up
    assert main(["generate", str(spec), "--out", str(tmp_path / "sdk"), "--strict"]) == 0


def test_strict_and_partial_contradict_each_other(spec, tmp_path):
    with pytest.raises(SystemExit) as ended:
        main(["generate", str(spec), "--out", str(tmp_path / "sdk"), "--strict", "--allow-partial"])
    assert ended.value.code == 2
