"""`specbind ir`, `specbind inspect`, and the configuration of our own SDKs."""

import json

import pytest

from specbind.generator.cli import main
from specbind.generator.config import load_config
from specbind.generator.diagnostics import SpecError
from specbind.generator.ir.model import load

SPEC = 'openapi: 3.1.0\ninfo: {title: "Sm\\u001ball", version: "1"}\npaths: {/a: {get: {responses: {}}}}\n'


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    return path


def test_ir_prints_the_model_as_json(spec, capsysbinary):
    assert main(["ir", str(spec)]) == 0
    printed = capsysbinary.readouterr().out
    assert json.loads(printed)["schema"] == 1
    assert load(printed).services[0].operations[0].binding.path == "/a"


def test_inspect_says_what_stands_there_without_control_characters(spec, capsys):
    assert main(["inspect", str(spec)]) == 0
    printed = capsys.readouterr().out
    assert "Sm?all 1" in printed
    assert "operations  1" in printed
    assert "GET     /a" in printed


@pytest.mark.parametrize("command", ["ir", "inspect"])
def test_a_bad_spec_ends_in_status_1(tmp_path, capsys, command):
    assert main([command, str(tmp_path / "missing.yaml")]) == 1
    assert "SB101" in capsys.readouterr().err


CONFIG = 'output = "out"\noverlays = "overlays"\n[api.small]\nspec = "small.yaml"\n'


@pytest.mark.usefixtures("spec")
def test_our_own_specs_become_one_tree(tmp_path):
    config = tmp_path / "specbind.toml"
    config.write_text(CONFIG)
    assert main(["generate", "--config", str(config)]) == 0
    out = tmp_path / "out"
    assert (out / "ir" / "small.json").exists()
    assert (out / "python/specbind/bindings/small/client.py").exists()
    assert (out / "python/specbind/bindings/_runtime/client.py").exists()
    assert main(["generate", "--config", str(config), "--check"]) == 0
    (out / "python" / "stray.py").touch()
    assert main(["generate", "--config", str(config), "--check"]) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = ", "not TOML"),
        (CONFIG.replace("output", "outptu"), "did you mean output"),
        (CONFIG.replace("spec =", "spce ="), "did you mean api.small.spec"),
        (CONFIG.replace('"out"', "1"), "not valid"),
        ('output = "out"\n', "not valid"),
    ],
)
def test_a_bad_configuration_is_said_with_a_way_out(tmp_path, text, message):
    path = tmp_path / "specbind.toml"
    path.write_text(text)
    with pytest.raises(SpecError, match=message):
        load_config(path)


def test_a_missing_configuration_is_said(tmp_path):
    with pytest.raises(SpecError, match="--config"):
        load_config(tmp_path / "missing.toml")


@pytest.mark.parametrize(
    "arguments",
    [["--out", "x"], ["--package", "x"], ["--allow-partial"], ["--include", "tag:a"], ["s.yaml", "--config", "x"]],
)
def test_options_without_effect_are_refused(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["generate", *arguments])
    assert ended.value.code == 2
    assert "SPEC" in capsys.readouterr().err


def test_inspect_can_be_strict(spec, capsys):
    assert main(["inspect", str(spec), "--strict"]) == 0
    spec.write_text(SPEC.replace("responses: {}", "responses: {'200': {content: {a/b: {schema: {type: x}}}}}"))
    assert main(["inspect", str(spec)]) == 0
    capsys.readouterr()
    assert main(["inspect", str(spec), "--strict"]) == 1
    printed = capsys.readouterr()
    assert "error SB209" in printed.err
    assert "operations  1" in printed.out
