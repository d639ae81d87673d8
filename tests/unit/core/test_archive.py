"""A zip file is unpacked whole and below its folder, or refused."""

from __future__ import annotations

import os
import stat
import struct
import sys
import zipfile

import pytest

from specbind.core import ArchiveLimits, BrokenArchiveError, NotEnoughSpaceError, UnsafeArchiveError, unzip, whole_zip


@pytest.fixture
def pack(tmp_path):
    """Make an archive of (name, content) pairs; names go in as they are."""

    def make(*entries, compression=zipfile.ZIP_DEFLATED, mode=None):
        path = tmp_path / "some.zip"
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in entries:
                info = zipfile.ZipInfo("x")
                info.filename = name
                info.compress_type = compression
                if mode is not None:
                    info.external_attr = mode << 16
                archive.writestr(info, content)
        return path

    return make


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "out"


def test_files_come_out_in_order(pack, folder):
    path = pack(("b/c.txt", b"one"), ("a.txt", b"two"), ("empty/", b""))
    seen = []
    assert unzip(path, folder, on_file=seen.append) == [folder / "b/c.txt", folder / "a.txt"] == seen
    assert (folder / "b/c.txt").read_bytes() == b"one"
    assert (folder / "empty").is_dir()
    assert sorted(p.name for p in folder.iterdir()) == ["a.txt", "b", "empty"]
    whole_zip(path)


def test_files_have_usual_permissions(pack, folder):
    unzip(pack(("a", b"x"), mode=stat.S_IFREG | 0o4777), folder)
    (folder / "usual").touch()
    assert (folder / "a").stat().st_mode == (folder / "usual").stat().st_mode


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd", "../up", "a/../../up", "..", "a/./b", "a//b", "C:/x", "c:x", "\\\\host\\share", "a\\..\\b",
        "x\x1b[2J", "con", "a/NUL.txt", "com1.log", "a. ", "trailing.", "x" * 256, "a:stream",
    ],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(pack, folder, name):
    with pytest.raises(UnsafeArchiveError):
        unzip(pack(("good", b"x"), (name, b"bad")), folder)
    assert not folder.exists()


def test_a_name_with_a_zero_byte_is_refused(pack, folder):
    path = pack(("goodXname", b"x"))
    path.write_bytes(path.read_bytes().replace(b"goodXname", b"good\0name"))
    with pytest.raises((UnsafeArchiveError, BrokenArchiveError)):
        unzip(path, folder)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_refused(pack, folder, kind):
    with pytest.raises(UnsafeArchiveError, match="link or a device"):
        unzip(pack(("a", b"/etc/passwd"), mode=kind | 0o777), folder)


@pytest.mark.parametrize(
    "names",
    [("a", "A"), ("é", "e\u0301"), ("a", "a/b"), ("a/b", "a"), ("x/y", "X/Y"), ("straße", "STRASSE"), ("d/", "d")],
)
def test_names_that_collide_are_refused(pack, folder, names):
    with pytest.raises(UnsafeArchiveError, match=r"collides|below another"):
        unzip(pack(*[(name, b"") for name in names]), folder)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_refused(pack, folder):
    with pytest.raises(UnsafeArchiveError, match="collides"):
        unzip(pack(("a", b"1"), ("a", b"2")), folder)


def test_limits(pack, folder):
    path = pack(*[(f"{n}", b"0" * 1000) for n in range(10)])
    for limits in (ArchiveLimits(files=9), ArchiveLimits(unpacked=9999), ArchiveLimits(ratio=2, allowance=0)):
        with pytest.raises(UnsafeArchiveError, match="limit"):
            unzip(path, folder, limits=limits)
        with pytest.raises(UnsafeArchiveError, match="limit"):
            whole_zip(path, limits=limits)
    unzip(path, folder)


def test_folders_that_only_names_tell_of_count_as_entries(pack, folder):
    path = pack(*[(f"{n}/a/b/c/file", b"") for n in range(10)])
    with pytest.raises(UnsafeArchiveError, match="limit of 49"):
        unzip(path, folder, limits=ArchiveLimits(files=49))
    assert not folder.exists()
    assert len(unzip(path, folder, limits=ArchiveLimits(files=50))) == 10


def test_folders_without_end_are_refused(pack, folder):
    with pytest.raises(UnsafeArchiveError, match="folders deep"):
        unzip(pack(("a/" * 101 + "file", b"")), folder)
    assert not folder.exists()
    assert len(unzip(pack(("a/" * 100 + "file", b"")), folder)) == 1


def test_an_entry_that_lies_about_its_size_is_stopped(pack, folder):
    path = pack(("a", b"0" * 100_000))
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<L", 100_000), struct.pack("<L", 10)))
    with pytest.raises(BrokenArchiveError):
        unzip(path, folder)
    assert list(folder.iterdir()) == []


def test_entries_that_share_bytes_are_refused(pack, folder):
    path = pack(("a", b"1" * 100), ("b", b"2" * 100), compression=zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    second = content.rindex(b"PK\x01\x02")
    content[second + 42 : second + 46] = struct.pack("<L", 0)
    path.write_bytes(content)
    with pytest.raises(UnsafeArchiveError, match="share bytes"):
        unzip(path, folder)


@pytest.mark.parametrize("cut", [1, 22, 60, 200])
def test_a_cut_archive_is_not_whole(pack, folder, cut):
    path = pack(("a", os.urandom(200)), ("b", os.urandom(200)))
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(BrokenArchiveError, match=r"some\.zip"):
        whole_zip(path)
    with pytest.raises(BrokenArchiveError):
        unzip(path, folder)


def test_a_changed_byte_is_found(pack, folder):
    path = pack(("a", b"x" * 5000), compression=zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[3000] ^= 1
    path.write_bytes(content)
    with pytest.raises(BrokenArchiveError, match="damaged"):
        whole_zip(path)
    folder.mkdir()
    (folder / "a").write_bytes(b"before")
    with pytest.raises(BrokenArchiveError):
        unzip(path, folder)
    assert (folder / "a").read_bytes() == b"before"
    assert [p.name for p in folder.iterdir()] == ["a"]


@pytest.mark.parametrize("content", [b"", b"<html>busy</html>", b"PK\x05\x06"])
def test_what_is_no_zip_is_said_so(tmp_path, content):
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(BrokenArchiveError, match="not a whole zip"):
        whole_zip(path)


def test_an_encrypted_entry_is_said_so(pack):
    path = pack(("a", b"x"))
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(BrokenArchiveError, match="encrypted"):
        whole_zip(path)


def test_too_little_space_is_seen_before_the_first_byte(pack, folder, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: os.terminal_size((0, 0)) and _Usage())
    with pytest.raises(NotEnoughSpaceError):
        unzip(pack(("a", b"xxxx")), folder)


class _Usage:
    free = 3


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_in_the_folder_is_not_followed(pack, folder, tmp_path):
    (tmp_path / "outside").mkdir()
    folder.mkdir()
    (folder / "sub").symlink_to(tmp_path / "outside")
    with pytest.raises(UnsafeArchiveError, match="link"):
        unzip(pack(("sub/a", b"x")), folder)
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_in_the_place_of_a_file_is_replaced(pack, folder, tmp_path):
    outside = tmp_path / "outside"
    outside.write_bytes(b"mine")
    folder.mkdir()
    (folder / "a").symlink_to(outside)
    unzip(pack(("a", b"new")), folder)
    assert outside.read_bytes() == b"mine"
    assert not (folder / "a").is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes there")
def test_what_is_no_plain_file_is_not_replaced(pack, folder):
    folder.mkdir()
    os.mkfifo(folder / "null")
    with pytest.raises(UnsafeArchiveError, match="no plain file"):
        unzip(pack(("null", b"x")), folder)
    assert stat.S_ISFIFO((folder / "null").lstat().st_mode)


def test_other_methods_than_deflate_are_said_so(pack):
    with pytest.raises(BrokenArchiveError, match="method 12"):
        whole_zip(pack(("a", b"x"), compression=zipfile.ZIP_BZIP2))


ENTRY = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"


def listed(path, entries, *, told=None, large=False, behind=b"", padding=b"", elsewhere=None):
    """A file that is a list of entries and nothing else."""
    told = len(entries) if told is None else told
    folder = b"".join(entries)
    small = (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF) if large else (told, told, len(folder), 0)
    content = folder
    if large:
        named = len(folder) if elsewhere is None else elsewhere
        content += struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, told, told, len(folder), 0) + padding
        content += struct.pack("<4sLQL", b"PK\x06\x07", 0, named, 1)
    content += struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, *small, len(behind)) + behind
    path.write_bytes(content)
    return path


@pytest.fixture
def unopened(monkeypatch):
    """The list is refused before zipfile takes it into memory."""
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_, **__: pytest.fail("zipfile has read the list"))


@pytest.mark.usefixtures("unopened")
@pytest.mark.parametrize("large", [True, False])
@pytest.mark.parametrize("told", [None, 1])
@pytest.mark.parametrize("behind", [b"", b"a comment"])
def test_too_many_entries_are_refused_before_they_are_read(tmp_path, folder, large, told, behind):
    path = listed(tmp_path / "x.zip", [ENTRY] * 11, told=told, large=large, behind=behind)
    for judge in (whole_zip, lambda path, **limits: unzip(path, folder, **limits)):
        with pytest.raises(UnsafeArchiveError, match="more than the limit of 10"):
            judge(path, limits=ArchiveLimits(files=10))
    assert not folder.exists()


@pytest.mark.usefixtures("unopened")
def test_a_number_of_entries_that_is_only_told_is_enough(tmp_path):
    path = listed(tmp_path / "x.zip", [ENTRY], told=1 << 40, large=True)
    with pytest.raises(UnsafeArchiveError, match="1099511627776 entries"):
        whole_zip(path)


@pytest.mark.usefixtures("unopened")
def test_a_list_of_too_many_bytes_is_refused_before_it_is_read(tmp_path):
    path = listed(tmp_path / "x.zip", [ENTRY] * 3)
    with pytest.raises(UnsafeArchiveError, match=r"list of entries of 141 bytes.* limit of 140"):
        whole_zip(path, limits=ArchiveLimits(directory=140))


@pytest.mark.usefixtures("unopened")
@pytest.mark.parametrize(
    "wrong",
    [
        {"entries": [ENTRY, b"PK\x01\x03" + ENTRY[4:]]},
        {"entries": [ENTRY, ENTRY[:20]]},
        {"entries": [ENTRY], "large": True, "padding": b"more"},
        {"entries": [b"PK\x06\x06" + bytes(52), ENTRY], "large": True, "elsewhere": 0},
    ],
)
def test_a_list_that_can_be_read_in_two_ways_is_broken(tmp_path, wrong):
    with pytest.raises(BrokenArchiveError, match="not a whole zip"):
        whole_zip(listed(tmp_path / "x.zip", **wrong))


@pytest.mark.parametrize("front", [b"", b"#!/bin/sh\n"])
@pytest.mark.parametrize("comment", [b"", b"PK", b"c" * 65_535])
def test_archives_in_every_usual_form_are_read(tmp_path, folder, front, comment):
    path = tmp_path / "x.zip"
    path.write_bytes(front)
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = comment
        archive.writestr("one", b"1")
        archive.writestr("two", b"2")
    whole_zip(path)
    assert len(unzip(path, folder)) == 2


def test_a_large_archive_is_read(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)  # the records of large files, also for small ones
    for front in (b"", b"#!/bin/sh\n"):
        path = tmp_path / "x.zip"
        path.write_bytes(front)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("one", b"1")
            archive.writestr("two", b"2")
        assert b"PK\x06\x06" in path.read_bytes()
        whole_zip(path)
        assert len(unzip(path, folder)) == 2
        path.unlink()
