"""`specbind check`: whether generated files are up to date, and why not."""

import re
import shutil
from types import SimpleNamespace

import pytest

from specbind.generator import jobs, pipeline
from specbind.generator.cli import main
from specbind.generator.emit.formatting import formatter_version

SPEC = """\
openapi: 3.1.0
info: {title: Small, version: "1"}
paths:
  /pets:
    get:
      operationId: listPets
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "%s"}}}}}
components:
  schemas:
    Pet: {type: object, properties: {name: {type: string}}}
"""
HERE = "#/components/schemas/Pet"
PART = "type: object\nproperties: {age: {type: integer}}\n"


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "api" / "small.yaml"
    path.parent.mkdir()
    path.write_text(SPEC % HERE)
    return path


@pytest.fixture
def out(tmp_path):
    return tmp_path / "sdk"


@pytest.fixture
def made(spec, out):
    assert main(["generate", str(spec), "--out", str(out)]) == 0
    return out


def never_generate(monkeypatch):
    def refuse(*_, **__):
        pytest.fail("it was generated again")

    monkeypatch.setattr(pipeline, "make_standalone", refuse)
    monkeypatch.setattr(pipeline, "make_own", refuse)


def other_output(monkeypatch, name):
    """What the next generation gives has one more file."""
    make = getattr(pipeline, name)

    def make_other(*arguments, **options):
        files, manifest = make(*arguments, **options)
        files.add("small/more.py", "")
        return files, manifest

    monkeypatch.setattr(pipeline, name, make_other)


@pytest.mark.usefixtures("made")
def test_what_is_unchanged_is_told_without_generating(spec, out, monkeypatch, capsys):
    never_generate(monkeypatch)
    arguments = ["generate", str(spec), "--out", str(out)]
    for command in (["check", str(out)], [*arguments, "--check"], arguments):
        assert main(command) == 0
        assert "up to date" in capsys.readouterr().out


def test_files_that_were_touched_are_found_without_generating(made, monkeypatch, capsys):
    never_generate(monkeypatch)
    (made / "small" / "client.py").write_text("")
    (made / "small" / "__init__.py").unlink()
    assert main(["check", str(made)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "missing: small/__init__.py",
        "changed by hand: small/client.py",
        "2 generated files are not up to date: generate again",
    ]


def test_a_changed_spec_is_a_reason(spec, made, capsys):
    spec.write_text((SPEC % HERE).replace("listPets", "findPets"))
    assert main(["check", str(made)]) == 1
    said = capsys.readouterr().err
    assert "why: the spec has changed" in said
    assert "stale: small/operations/" in said
    assert "changed by hand" not in said


def test_a_file_that_is_no_longer_made_is_left_over(spec, made, capsys):
    spec.write_text((SPEC % HERE).replace("operationId", "tags: [pets]\n      operationId"))
    assert main(["check", str(made)]) == 1
    assert "left over: " in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [["--without-core"], ["--allow-files"], ["--package", "other"], ["--include", "path:/pets"]]
)
def test_other_options_are_a_reason(spec, made, capsys, options):
    assert main(["generate", str(spec), "--out", str(made), "--check", *options]) == 1
    assert "why: the option" in capsys.readouterr().err


def test_the_options_of_the_generation_are_remembered(spec, out, tmp_path, capsys):
    overlay = tmp_path / "overlay.yaml"
    actions = "actions: [{target: $.info, update: {title: Large}}]\n"
    overlay.write_text(f"overlay: 1.0.0\ninfo: {{title: o, version: '1'}}\n{actions}")
    options = ["--package", "other", "--without-core", "--overlay", str(overlay), "--include", "path:/pets"]
    assert main(["generate", str(spec), "--out", str(out), *options]) == 0
    assert main(["check", str(out)]) == 0
    overlay.write_text(overlay.read_text().replace("Large", "Larger"))
    capsys.readouterr()
    assert main(["check", str(out)]) == 1
    assert "the spec has changed" in capsys.readouterr().err


def test_a_file_that_a_reference_leads_to_counts(spec, out, capsys):
    part = spec.parent / "parts" / "pet.yaml"
    part.parent.mkdir()
    part.write_text(PART)
    spec.write_text(SPEC % "parts/pet.yaml")
    assert main(["generate", str(spec), "--out", str(out), "--allow-files"]) == 0
    assert main(["check", str(out)]) == 0
    part.write_text(PART.replace("age", "weight"))
    assert main(["check", str(out)]) == 1
    part.unlink()
    capsys.readouterr()
    assert main(["check", str(out)]) == 2
    assert "pet.yaml" in capsys.readouterr().err


def test_a_missing_file_that_appears_counts(spec, out, capsys):
    spec.write_text(SPEC % "pet.yaml")
    assert main(["generate", str(spec), "--out", str(out), "--allow-files", "--allow-partial"]) == 0
    assert main(["check", str(out)]) == 0
    (spec.parent / "pet.yaml").write_text(PART)
    capsys.readouterr()
    assert main(["check", str(out)]) == 1
    assert "the spec has changed" in capsys.readouterr().err


def test_other_code_of_the_generator_makes_nothing_stale_that_comes_out_the_same(spec, made, monkeypatch, capsys):
    before = (made / "MANIFEST.json").read_bytes()
    monkeypatch.setattr(jobs, "generator_sha256", lambda *_, **__: "another")
    assert main(["check", str(made)]) == 0
    assert main(["generate", str(spec), "--out", str(made)]) == 0
    assert (made / "MANIFEST.json").read_bytes() == before
    other_output(monkeypatch, "make_standalone")
    capsys.readouterr()
    assert main(["check", str(made)]) == 1
    assert "why: the generator has changed" in capsys.readouterr().err


def test_a_manifest_that_names_no_generator_is_not_believed(made, monkeypatch, capsys):
    manifest = made / "MANIFEST.json"
    manifest.write_text(re.sub(r'("generator_sha256": )"\w+"', r'\1""', manifest.read_text()))
    other_output(monkeypatch, "make_standalone")
    assert main(["check", str(made)]) == 1
    assert "missing: small/more.py" in capsys.readouterr().err


@pytest.mark.usefixtures("spec")
def test_the_output_of_a_configuration_is_always_made_again(tmp_path, monkeypatch, capsys):
    config = tmp_path / "specbind.toml"
    config.write_text(CONFIG)
    assert main(["generate", "--config", str(config)]) == 0
    other_output(monkeypatch, "make_own")
    assert main(["check", "--config", str(config)]) == 1
    assert "missing: small/more.py" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["formatter_version", "python"])
def test_another_formatter_or_python_is_a_reason_to_generate_again(made, monkeypatch, capsys, what):
    if what == "python":
        monkeypatch.setattr(jobs, "sys", SimpleNamespace(version_info=(3, 99, 0)))
    else:
        monkeypatch.setattr(jobs, "formatter_version", lambda: "ruff 99.0.0")
    assert main(["check", str(made)]) == 0
    other_output(monkeypatch, "make_standalone")
    assert main(["check", str(made)]) == 1
    assert "why: the generator has changed" in capsys.readouterr().err


def test_the_formatter_says_its_version():
    assert re.match(r"ruff \d+\.\d+", formatter_version())


def test_a_core_that_has_changed_is_a_reason_where_it_is_copied(spec, made, tmp_path, monkeypatch, capsys):
    alone = tmp_path / "alone"
    assert main(["generate", str(spec), "--out", str(alone), "--without-core"]) == 0
    core = tmp_path / "core"
    shutil.copytree(pipeline.core_folder(), core, ignore=shutil.ignore_patterns("__pycache__"))
    with (core / "__init__.py").open("a") as file:
        file.write("# changed\n")
    monkeypatch.setattr(pipeline, "core_folder", lambda: core)
    capsys.readouterr()
    assert main(["check", str(made)]) == 1
    said = capsys.readouterr().err
    assert "stale: small/_core/__init__.py" in said
    assert "why: the generator has changed" in said
    never_generate(monkeypatch)
    assert main(["check", str(alone)]) == 0


@pytest.mark.parametrize("also", [r' *"files_sha256": "\w+",\n', "(?!)"], ids=["digest too", "line alone"])
def test_a_manifest_that_lost_a_line_is_not_believed(spec, made, capsys, also):
    manifest = made / "MANIFEST.json"
    text = manifest.read_text()
    manifest.write_text(re.sub(also, "", re.sub(r' *"small/client.py": "\w+",\n', "", text)))
    (made / "small" / "client.py").unlink()
    assert main(["check", str(made)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[:2] == ["missing: small/client.py", "stale: MANIFEST.json"]
    assert "why: MANIFEST.json is not as it was written: its list of files is another (a merge?)" in said
    assert main(["generate", str(spec), "--out", str(made)]) == 0
    assert manifest.read_text() == text
    assert main(["check", str(made)]) == 0


def test_a_manifest_whose_digest_alone_is_another_is_stale(made, capsys):
    manifest = made / "MANIFEST.json"
    manifest.write_text(re.sub(r'("files_sha256": )"\w+"', r'\1"0"', manifest.read_text()))
    assert main(["check", str(made)]) == 1
    assert "stale: MANIFEST.json" in capsys.readouterr().err


def test_a_reference_that_leads_out_of_the_folder_by_now_is_not_followed(spec, out, tmp_path, capsys):
    part = spec.parent / "pet.yaml"
    part.write_text(PART)
    spec.write_text(SPEC % "pet.yaml")
    assert main(["generate", str(spec), "--out", str(out), "--allow-files"]) == 0
    assert main(["check", str(out)]) == 0
    part.rename(tmp_path / "pet.yaml")
    part.symlink_to(tmp_path / "pet.yaml")
    assert main(["check", str(out)]) == 2
    assert "pet.yaml" in capsys.readouterr().err


def test_the_document_may_stand_elsewhere_by_now(spec, made, tmp_path, capsys):
    moved = tmp_path / "moved.yaml"
    spec.rename(moved)
    assert main(["check", str(made)]) == 2
    assert "--spec" in capsys.readouterr().err
    assert main(["check", str(made), "--spec", str(moved)]) == 0


def test_document_and_package_may_move_together(spec, made, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    for folder in (spec.parent, made):
        shutil.move(folder, tmp_path / "elsewhere" / folder.name)
    assert main(["check", str(tmp_path / "elsewhere" / made.name)]) == 0


def test_the_manifest_names_no_path_of_the_machine(made, tmp_path):
    text = (made / "MANIFEST.json").read_text()
    assert str(tmp_path) not in text
    assert '"spec": "../api/small.yaml"' in text


def test_a_spec_that_cannot_be_read_any_more_ends_in_status_2(spec, made, capsys):
    spec.write_text("a: [1\nb: }")
    assert main(["check", str(made)]) == 2
    assert "SB105" in capsys.readouterr().err


@pytest.mark.parametrize("manifest", [None, "{", "{}", '{"files": {}, "apis": {"a": 1}}'])
def test_a_folder_without_a_usable_manifest_ends_in_status_2(tmp_path, capsys, manifest):
    if manifest is not None:
        (tmp_path / "MANIFEST.json").write_text(manifest)
    assert main(["check", str(tmp_path)]) == 2
    assert "SB5" in capsys.readouterr().err


def test_names_in_a_manifest_cannot_steer_a_terminal(made, capsys):
    manifest = made / "MANIFEST.json"
    manifest.write_text(manifest.read_text().replace('"small/client.py"', '"small/\\u001b[31m.py"'))
    (made / "small" / "\x1b[31m.py").touch()
    assert main(["check", str(made)]) == 1
    said = capsys.readouterr().err
    assert "left over: small/" in said
    assert "\x1b" not in said


def test_a_manifest_of_an_earlier_form_asks_for_a_spec(spec, made, capsys):
    manifest = made / "MANIFEST.json"
    text = manifest.read_text()
    manifest.write_text(re.sub(r'"spec": "[^"]*",?', "", text))
    assert main(["check", str(made)]) == 2
    assert "--spec" in capsys.readouterr().err
    assert main(["generate", str(spec), "--out", str(made)]) == 0
    assert manifest.read_text() == text


@pytest.mark.parametrize("arguments", [["--spec", "a.yaml"], ["out", "--config", "x"]])
def test_options_that_do_not_go_together_end_in_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["check", *arguments])
    assert ended.value.code == 2
    assert "goes with" in capsys.readouterr().err


CONFIG = 'output = "out"\noverlays = "overlays"\n[api.small]\nspec = "api/small.yaml"\n'


@pytest.mark.usefixtures("spec")
def test_the_output_of_a_configuration_is_checked_whole(tmp_path, capsys):
    config = tmp_path / "specbind.toml"
    config.write_text(CONFIG)
    command = ["check", "--config", str(config)]
    assert main(command) == 1
    assert main(["generate", "--config", str(config)]) == 0
    assert main(command) == 0
    assert '"generator_sha256": ""' in (tmp_path / "out" / "MANIFEST.json").read_text()
    (tmp_path / "out" / "stray.py").touch()
    capsys.readouterr()
    assert main(command) == 1
    assert "left over: stray.py" in capsys.readouterr().err
    (tmp_path / "out" / "stray.py").unlink()
    config.write_text(CONFIG.replace("small]", "other]"))
    assert main(command) == 1
    said = capsys.readouterr().err
    assert "other: it is new" in said
    assert "small: it is no longer asked for" in said
    config.write_text(CONFIG.replace("api/", "nowhere/"))
    assert main(command) == 2
