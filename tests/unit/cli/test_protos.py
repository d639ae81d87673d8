"""The commands on protos."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.compiled import compiled

from specbind.generator import pipeline
from specbind.generator.cli import main
from specbind.generator.config import load_config
from specbind.generator.diagnostics import SpecError

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = 'syntax = "proto3"; package shop.v1; import "shop/v1/items.proto"; message Order { Item item = 1; }'
ITEMS = 'syntax = "proto3"; package shop.v1; message Item {} service S { rpc R(Item) returns (stream Item); }'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "protos" / "shop" / "v1"
    folder.mkdir(parents=True)
    (folder / "orders.proto").write_text(ORDERS)
    (folder / "items.proto").write_text(ITEMS)
    return tmp_path / "protos"


def test_ir_prints_the_model(root: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["ir", "--proto-root", str(root), str(root / "shop")]) == 0
    printed = json.loads(capsysbinary.readouterr().out)
    assert [item["id"] for item in printed["definitions"]] == ["shop.v1.Item", "shop.v1.Order"]
    assert printed["name"] == "shop_v1"


def test_inspect_lists_the_rpcs(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "--proto-root", str(root), "shop/v1/items.proto"]) == 0
    assert "rpc     /shop.v1.S/R" in capsys.readouterr().out


def test_generate_writes_and_checks_packages(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["generate", "--proto-root", str(root), str(root / "shop"), "--out", str(tmp_path / "out")]
    assert main(command) == 0
    assert "1 operations" in capsys.readouterr().out
    package = tmp_path / "out" / "shop_v1"
    assert (package / "shop" / "v1" / "group_1.py").exists()
    assert (package / "_runtime" / "proto" / "message.py").exists()
    assert main([*command, "--check"]) == 0


def test_a_root_without_files_is_a_mistake_of_the_command_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["generate", "--proto-root", str(root)])
    assert caught.value.code == 2
    assert "--proto-root needs SPEC" in capsys.readouterr().err


def test_several_documents_that_are_no_protos_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    for path in paths:
        path.write_text("openapi: 3.1.0")
    assert main(["ir", *map(str, paths)]) == 1
    assert "one spec at a time" in capsys.readouterr().err


def test_an_error_in_a_proto_ends_in_status_1_with_its_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "bad.proto").write_text('syntax = "proto3";\nmessage M { Missing m = 1; }\n')
    assert main(["ir", str(root / "bad.proto")]) == 1
    assert "bad.proto:2:13  error SB242" in capsys.readouterr().err


@pytest.mark.usefixtures("root")
def test_our_own_protos_become_packages_beside_the_others(tmp_path: Path) -> None:
    config = tmp_path / "specbind.toml"
    entry = '[api.shop]\nprotos = ["protos/shop"]\nproto_roots = ["protos"]\n'
    config.write_text(f'output = "out"\noverlays = "overlays"\n{entry}')
    assert main(["generate", "--config", str(config)]) == 0
    bindings = tmp_path / "out/python/specbind/bindings"
    assert (bindings / "shop/shop/v1/services.py").exists()
    assert (bindings / "_runtime/grpc/rpc.py").exists()
    assert (tmp_path / "out/ir/shop.json").exists()
    assert main(["generate", "--config", str(config), "--check"]) == 0


@pytest.mark.parametrize("entry", ["", 'spec = "a.yaml"\nprotos = ["b"]'])
def test_an_api_has_either_a_spec_or_protos(tmp_path: Path, entry: str) -> None:
    config = tmp_path / "specbind.toml"
    config.write_text(f'output = "out"\noverlays = "overlays"\n[api.shop]\n{entry}\n')
    with pytest.raises(SpecError, match="needs either spec or protos"):
        load_config(config)


def test_check_knows_what_protos_were_read(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["generate", "--proto-root", str(root), str(root / "shop"), "--out", str(out)]) == 0
    assert main(["check", str(out)]) == 0
    items = root / "shop" / "v1" / "items.proto"
    items.write_text(ITEMS.replace("message Item {}", "message Item { string id = 1; }"))
    assert main(["check", str(out)]) == 1
    assert "why: the spec has changed" in capsys.readouterr().err
    items.write_text(ITEMS)
    assert main(["check", str(out)]) == 0
    (root / "shop" / "v1" / "more.proto").write_text('syntax = "proto3"; package shop.v1; message More {}')
    assert main(["check", str(out)]) == 1


def test_what_has_not_changed_is_not_read_again(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    command = ["generate", "--proto-root", str(root), str(root / "shop"), "--out", str(out)]
    assert main(command) == 0
    monkeypatch.setattr(pipeline, "make_standalone", None)
    assert main(command) == 0
    assert main(["check", str(out)]) == 0


def test_a_descriptor_set_is_checked_as_a_document_is(root: Path, tmp_path: Path) -> None:
    stored = tmp_path / "set.binpb"
    stored.write_bytes(compiled([root / "shop"], [root]))
    out = tmp_path / "out"
    assert main(["generate", str(stored), "--out", str(out), "--package", "shop"]) == 0
    assert main(["check", str(out)]) == 0
    stored.write_bytes(stored.read_bytes()[:0])
    assert main(["check", str(out)]) != 0


def test_a_document_is_read_without_what_protos_need() -> None:
    program = "import sys; import specbind.generator.freshness; sys.exit('betterproto' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_language_without_messages_is_refused(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["generate", str(root / "shop"), "--proto-root", str(root), "--out", str(tmp_path / "out")]
    assert main([*command, "--target", "typescript"]) == 1
    assert "protos do not come out as typescript yet" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_many_equal_warnings_are_counted_and_others_and_errors_are_seen(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imports = "".join(f'import "x{number}.proto";\n' for number in range(40))
    for number in range(40):
        (root / f"x{number}.proto").write_text('syntax = "proto3";')
    (root / "many.proto").write_text(f'syntax = "proto3";\n{imports}message M {{}}')
    command = ["generate", str(root / "many.proto"), "--out", str(root / "out"), "--package", "many"]
    assert main(command) == 0
    said = capsys.readouterr().err.splitlines()
    assert sum("warning SB243" in line for line in said) == 3
    assert said[3:] == ["... and 37 more SB243 (--verbose shows them)"]
    assert main([*command, "--force", "--verbose"]) == 0
    assert sum("warning SB243" in line for line in capsys.readouterr().err.splitlines()) == 40
    (root / "bad.proto").write_text(
        f'syntax = "proto3";\n{imports}message M {{ A a = 1; B b = 2; C c = 3; D d = 4; E e = 5; }}'
    )
    assert main(["ir", str(root / "bad.proto")]) == 1
    assert sum("error SB242" in line for line in capsys.readouterr().err.splitlines()) == 5
