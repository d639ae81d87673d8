"""Files are written together or not at all, and never over somebody else's."""

import json
import stat

import pytest

from specbind.generator.diagnostics import SpecError
from specbind.generator.emit.fileset import FileSet, write_files
from specbind.generator.emit.formatting import format_python
from specbind.generator.emit.manifest import MANIFEST, Manifest, ManifestApi, read_manifest


def files(**contents: str) -> FileSet:
    found = FileSet()
    for name, content in contents.items():
        found.add(name.replace("__", "/") + ".py", content)
    return found


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../up.py", "a/../../b.py", "", ".hidden", "a//../b", "a\\b", "a\nb", "-x"]
)
def test_unsafe_paths_are_refused(path):
    with pytest.raises(ValueError, match="unsafe path"):
        FileSet().add(path, "")


def test_no_path_is_given_twice():
    found = files(a="1")
    with pytest.raises(ValueError, match="same path"):
        found.add("a.py", "2")


def test_files_and_manifest_are_written(tmp_path):
    out = tmp_path / "new" / "sdk"
    write_files(files(a="x = 1\n", pkg__b="y = 2\n"), out, Manifest())
    manifest = json.loads((out / MANIFEST).read_text())
    assert sorted(manifest["files"]) == ["a.py", "pkg/b.py"]
    assert manifest["generator"] == "specbind"
    assert (out / "pkg/b.py").read_text() == "y = 2\n"
    assert [path.name for path in out.parent.iterdir()] == ["sdk"], "no temporary folder is left"


def test_a_second_generation_replaces_and_removes_its_own_files_only(tmp_path):
    out = tmp_path / "sdk"
    write_files(files(a="1", old__b="2"), out, Manifest())
    (out / "mine.txt").write_text("keep")
    write_files(files(a="3"), out, Manifest())
    assert (out / "a.py").read_text() == "3"
    assert not (out / "old").exists()
    assert (out / "mine.txt").read_text() == "keep"


def test_a_folder_of_somebody_else_is_not_taken(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(SpecError, match="SB506"):
        write_files(files(a="1"), tmp_path, Manifest())
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_of_somebody_else_is_not_overwritten(tmp_path):
    out = tmp_path / "sdk"
    write_files(files(a="1"), out, Manifest())
    (out / "b.py").write_text("mine")
    with pytest.raises(SpecError, match="SB507"):
        write_files(files(a="1", b="2"), out, Manifest())
    assert (out / "b.py").read_text() == "mine"


def test_an_edit_by_hand_is_not_lost_silently(tmp_path):
    out = tmp_path / "sdk"
    write_files(files(a="1"), out, Manifest())
    (out / "a.py").write_text("edited")
    with pytest.raises(SpecError, match="SB508"):
        write_files(files(a="2"), out, Manifest())
    assert (out / "a.py").read_text() == "edited"
    write_files(files(a="2"), out, Manifest(), force=True)
    assert (out / "a.py").read_text() == "2"


def test_an_edit_in_a_file_that_is_made_no_more_is_not_lost_either(tmp_path):
    out = tmp_path / "sdk"
    write_files(files(a="1", b="2"), out, Manifest())
    (out / "b.py").write_text("edited")
    with pytest.raises(SpecError, match="SB508"):
        write_files(files(a="1"), out, Manifest())
    assert (out / "b.py").read_text() == "edited"


def test_a_folder_that_the_user_removed_is_no_obstacle(tmp_path):
    out = tmp_path / "sdk"
    write_files(files(a="1", old__deep__b="2"), out, Manifest())
    (out / "old" / "deep" / "b.py").unlink()
    (out / "old" / "deep").rmdir()
    (out / "old").rmdir()
    write_files(files(a="3"), out, Manifest())
    assert (out / "a.py").read_text() == "3"


def test_the_package_of_another_spec_is_not_removed_silently(tmp_path):
    out = tmp_path / "sdk"
    api = ManifestApi("", "", "", ())
    write_files(files(pets__a="1"), out, Manifest(apis={"pets": api}))
    with pytest.raises(SpecError, match=r"SB509.*pets"):
        write_files(files(shop__a="1"), out, Manifest(apis={"shop": api}))
    assert (out / "pets" / "a.py").exists()
    write_files(files(shop__a="1"), out, Manifest(apis={"shop": api}), force=True)
    assert not (out / "pets").exists()


def test_an_output_that_cannot_be_written_is_an_error_with_a_way_out(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SpecError, match="choose another --out"):
        write_files(files(a="1"), tmp_path / "file" / "sdk", Manifest())
    with pytest.raises(SpecError, match="SB505"):
        write_files(files(a="1"), tmp_path / "file", Manifest())


def test_a_stale_path_in_a_manifest_never_leaves_the_folder(tmp_path):
    out = tmp_path / "sdk"
    write_files(files(a="1"), out, Manifest())
    victim = tmp_path / "victim.txt"
    victim.write_text("keep")
    manifest = json.loads((out / MANIFEST).read_text())
    manifest["files"]["../victim.txt"] = ""
    (out / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(SpecError, match="damaged"):
        write_files(files(a="1"), out, Manifest())
    assert victim.read_text() == "keep"


def test_python_is_formatted_in_one_run_and_verbatim_files_are_not():
    found = files(a="x=1")
    found.add("b.py", "x=1", verbatim=True)
    format_python(found)
    assert found["a.py"] == b"x = 1\n"
    assert found["b.py"] == b"x=1"


def test_code_that_does_not_parse_is_a_fault_of_ours():
    found = files(a="x = = 1")
    with pytest.raises(SpecError, match="SB503"):
        format_python(found)


def test_the_output_folder_can_be_read_by_others(tmp_path):
    write_files(files(a="1"), tmp_path / "sdk", Manifest())
    assert stat.S_IMODE((tmp_path / "sdk").stat().st_mode) & 0o555 == 0o555


@pytest.mark.parametrize("path", ["../../victim.txt", "/etc/passwd", "a/../../b", "c:\\x", ""])
def test_a_manifest_that_names_files_outside_is_damaged(tmp_path, path):
    write_files(files(a="1"), tmp_path / "sdk", Manifest())
    manifest = tmp_path / "sdk" / MANIFEST
    found = json.loads(manifest.read_text())
    found["files"][path] = "0" * 64
    manifest.write_text(json.dumps(found))
    with pytest.raises(SpecError, match="damaged"):
        read_manifest(tmp_path / "sdk")
