"""Names from servers are harmless; digests from servers are understood."""

from __future__ import annotations

import base64
import hashlib
import pickle
import zlib

import pytest
from multidict import CIMultiDict

from specbind import core
from specbind.bindings._runtime import Error
from specbind.core import Digest, DigestMismatchError, disposition_filename, safe_filename, url_filename
from specbind.core.digest import check_digests, promised_digests


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system.ini", "system.ini"),
        ("/", "download"),
        ("..", "download"),
        ("", "download"),
        (".bashrc", "bashrc"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("lpt9 .log", "_lpt9 .log"),
        ("a\r\nb\x00c\u202etxt.exe", "abctxt.exe"),
        ("trailing. . ", "trailing"),
        ('a<b>:"|?*c', "abc"),
        ("ünïcode.zip", "ünïcode.zip"),
        ("~/x", "x"),
    ],
)
def test_safe_filename(name, safe):
    assert safe_filename(name) == safe


def test_a_long_name_keeps_its_extension():
    short = safe_filename("ä" * 500 + ".tar")
    assert len(short.encode()) <= 200
    assert short.endswith("ä.tar")
    assert len(safe_filename("x" * 500)) == 200
    assert len(safe_filename("x." + "y" * 500)) == 200


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="all.zip"', "all.zip"),
        ("attachment; filename=all.zip", "all.zip"),
        ("attachment; filename=\"x.zip\"; filename*=UTF-8''%e2%82%ac%20rates.zip", "€ rates.zip"),
        ("attachment; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", "passwd"),
        ('attachment; filename="a\\"b.zip"', "ab.zip"),
        ('attachment; filename="..\\\\..\\\\x.zip"', "x.zip"),
        ("attachment; filename*=bogus''x", "download"),
        ("inline", "download"),
        (None, "download"),
    ],
)
def test_disposition_filename(header, name):
    assert disposition_filename(header) == name


def test_url_filename_never_has_the_query():
    assert url_filename("https://h/a/b%2Fc.zip?token=secret#f") == "c.zip"
    assert url_filename("https://h/") == "download"


CONTENT = b"some content"


def b64(value):
    return base64.b64encode(value).decode()


MD5 = hashlib.new("md5", CONTENT, usedforsecurity=False).digest()
SHA1 = hashlib.new("sha1", CONTENT, usedforsecurity=False).digest()
SHA256 = hashlib.sha256(CONTENT).digest()
SHA512 = hashlib.sha512(CONTENT).digest()
CRC32 = zlib.crc32(CONTENT).to_bytes(4, "big")


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([("Content-MD5", b64(MD5))], [Digest("md5", MD5)]),
        ([("Content-MD5", MD5.hex())], [Digest("md5", MD5)]),
        ([("Digest", f"SHA-256={b64(SHA256)},md5={b64(MD5)}")], [Digest("sha256", SHA256), Digest("md5", MD5)]),
        ([("Repr-Digest", f"sha-512=:{b64(SHA512)}:, unixsum=:AAA=:")], [Digest("sha512", SHA512)]),
        ([("Content-Digest", f"sha-256=:{b64(SHA256)}:;x=1")], [Digest("sha256", SHA256)]),
        ([("x-goog-hash", "crc32c=n03x6A=="), ("x-goog-hash", f"md5={b64(MD5)}")], [Digest("md5", MD5)]),
        ([("x-goog-hash", f"md5={b64(MD5)}"), ("x-goog-stored-content-encoding", "gzip")], []),
        ([("x-amz-checksum-sha1", b64(SHA1))], [Digest("sha1", SHA1)]),
        ([("x-amz-checksum-crc32", b64(CRC32))], [Digest("crc32", CRC32)]),
        ([("x-amz-checksum-sha256", b64(SHA256) + "-5")], []),
        ([("x-amz-checksum-sha256", b64(SHA256)), ("x-amz-checksum-type", "COMPOSITE")], []),
        ([], []),
    ],
)
def test_promised_digests(headers, found, tmp_path):
    digests = promised_digests(CIMultiDict(headers))
    assert digests == found
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    check_digests(path, digests)
    path.write_bytes(CONTENT + b"!")
    if digests:
        with pytest.raises(DigestMismatchError):
            check_digests(path, digests)


def test_digests_of_a_part_are_not_taken_for_the_whole():
    headers = {
        "Content-MD5": b64(MD5),
        "Content-Digest": f"sha-256=:{b64(SHA256)}:",
        "Repr-Digest": f"sha=:{b64(SHA1)}:",
    }
    assert promised_digests(headers, partial=True) == [Digest("sha1", SHA1)]


@pytest.mark.parametrize("text", ["", "!!!!", "AAAA", "zz" * 16])
def test_a_digest_that_cannot_be_read_is_not_passed_over(text):
    with pytest.raises(DigestMismatchError, match="cannot be read"):
        promised_digests({"Content-MD5": text})


def test_an_unknown_digest_of_the_caller_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DigestMismatchError, match="crc32c"):
        check_digests(tmp_path / "file", [Digest("crc32c", b"1234")])


@pytest.mark.parametrize("name", [name for name in core.__all__ if name.endswith("Error")])
def test_errors_stand_in_the_one_tree_and_can_be_pickled(name):
    kind = getattr(core, name)
    assert issubclass(kind, Error)
    error = kind("what happened")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 (made in the same line)
    assert (type(again), str(again), vars(again)) == (kind, "what happened", vars(error))


def test_every_exported_name_is_there_and_no_other():
    assert sorted(core.__all__) == sorted(set(core.__all__))
    for name in core.__all__:
        assert getattr(core, name) is not None
    assert set(core.__all__) <= set(dir(core))
    with pytest.raises(AttributeError):
        core.no_such_name  # noqa: B018 (the access is the test)
