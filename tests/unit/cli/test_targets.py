"""The same spec in other languages: `--target`, and `targets` in the configuration."""

import json

import pytest

from specbind.generator.cli import main
from specbind.generator.config import load_config
from specbind.generator.diagnostics import SpecError

SMALL = """\
openapi: 3.1.0
info: {title: Small Shop, version: "1"}
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


def test_a_typescript_project_stands_alone(spec, tmp_path):
    for name in ("one", "two"):
        assert main(["generate", str(spec), "--target", "typescript", "--out", str(tmp_path / name)]) == 0
    made = tree(tmp_path / "one")
    assert made == tree(tmp_path / "two")
    assert set(made) == {
        "MANIFEST.json",
        "README.md",
        "package.json",
        "tsconfig.json",
        "src/index.ts",
        "src/api.ts",
        "src/models/index.ts",
        "src/models/group_1.ts",
        "src/operations/index.ts",
        "src/operations/pets.ts",
        "src/_runtime/descriptor.ts",
        "src/_runtime/values.ts",
    }
    assert json.loads(made["package.json"])["name"] == "small-shop"
    assert set(json.loads(made["MANIFEST.json"])["files"]) == set(made) - {"MANIFEST.json"}


def test_check_and_edits_by_hand(spec, tmp_path, capsys):
    arguments = ["generate", str(spec), "--target", "typescript", "--out", str(tmp_path / "sdk")]
    assert main([*arguments, "--check"]) == 1
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 0
    (tmp_path / "sdk/src/models/group_1.ts").write_text("")
    assert main([*arguments, "--check"]) == 1
    assert "changed by hand: src/models/group_1.ts" in capsys.readouterr().err
    assert main(arguments) == 1


def test_core_belongs_to_python(spec, tmp_path, capsys):
    out = ["--out", str(tmp_path / "sdk")]
    with pytest.raises(SystemExit):
        main(["generate", str(spec), "--target", "typescript", "--without-core", *out])
    assert "--without-core goes with --target python" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["generate", str(spec), "--target", "cobol", *out])


@pytest.mark.parametrize(
    ("targets", "folders"),
    [
        ("", {"ir", "vectors", "python"}),
        ('targets = ["python", "typescript"]', {"ir", "vectors", "python", "typescript"}),
    ],
)
def test_our_own_specs_become_what_the_configuration_says(spec, tmp_path, targets, folders):
    config = tmp_path / "specbind.toml"
    config.write_text(f'output = "out"\noverlays = "."\n[api.small]\nspec = "{spec.name}"\n{targets}\n')
    assert main(["generate", "--config", str(config)]) == 0
    made = tree(tmp_path / "out")
    assert {path.partition("/")[0] for path in made} - {"MANIFEST.json"} == folders
    assert ("typescript/small/operations/pets.ts" in made) is bool(targets)
    assert ("typescript/_runtime/descriptor.ts" in made) is bool(targets)
    assert main(["generate", "--config", str(config), "--check"]) == 0


def test_typescript_alone_makes_no_bindings(spec, tmp_path):
    config = tmp_path / "specbind.toml"
    config.write_text(f'output = "out"\noverlays = "."\n[api.small]\nspec = "{spec.name}"\ntargets = ["typescript"]\n')
    assert main(["generate", "--config", str(config)]) == 0
    assert not (tmp_path / "out/python/specbind/bindings/small").exists()


def test_an_unknown_language_is_an_error(tmp_path):
    config = tmp_path / "specbind.toml"
    config.write_text('output = "out"\noverlays = "."\n[api.small]\nspec = "small.yaml"\ntargets = ["cobol"]\n')
    with pytest.raises(SpecError, match="cobol"):
        load_config(config)


def test_check_knows_the_language_of_an_output(spec, tmp_path, capsys):
    out = tmp_path / "sdk"
    assert main(["generate", str(spec), "--target", "typescript", "--out", str(out)]) == 0
    assert main(["check", str(out)]) == 0
    spec.write_text(SMALL.replace("name: {type: string}", "name: {type: integer}"))
    assert main(["check", str(out)]) == 1
    assert "stale: src/models/group_1.ts" in capsys.readouterr().err


def test_recursive_aliases_stay_in_typescript_and_have_an_end_elsewhere(spec, tmp_path, capsys):
    recursive = '{anyOf: [{type: string}, {type: array, items: {$ref: "#/components/schemas/Pet"}}]}'
    spec.write_text(SMALL.replace("{type: object, properties: {name: {type: string}}}", recursive))
    other = tmp_path / "other.yaml"
    other.write_text(SMALL)
    assert main(["generate", str(spec), "--target", "typescript", "--out", str(tmp_path / "ts")]) == 0
    assert "SB301" not in capsys.readouterr().err
    assert "export type Pet = string | Pet[];" in (tmp_path / "ts/src/models/group_1.ts").read_text()
    assert main(["generate", str(spec), "--out", str(tmp_path / "py")]) == 0
    assert "SB301" in capsys.readouterr().err
    assert main(["diff", str(spec), str(spec)]) == 0
    assert main(["diff", str(spec), str(other)]) == 1
