"""protoc, as a process of its own: protos in, a descriptor set out, its complaints as findings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from specbind.generator.codes import Code
from specbind.generator.diagnostics import Place

from .limits import MAX_BYTES, MAX_FINDINGS, PROTOC_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .report import Report
    from .roots import Input, Roots

__all__ = ["compile_protos"]

_AT_LINE = re.compile(r"(?P<file>[^\n]+?):(?P<line>\d+):(?P<column>\d+): (?P<warning>warning: )?(?P<text>.*)")
_AT_FILE = re.compile(r"(?P<file>[^\n:]+\.proto): (?P<warning>warning: )?(?P<text>.*)")


def compile_protos(inputs: Sequence[Input], roots: Roots, report: Report) -> bytes:
    """The descriptor set of the inputs with all that they import, with places and comments.

    Raises:
        SpecError: protoc refuses the inputs, takes longer than `PROTOC_SECONDS` or writes more than
            `MAX_BYTES`.
    """
    with tempfile.TemporaryDirectory(prefix="specbind-") as folder:
        output = Path(folder, "set.binpb")
        names = Path(folder, "names")
        names.write_text("".join(f"{found.disk}\n" for found in inputs), encoding="utf-8")
        command = [
            # -P: a folder called grpc_tools where somebody stands is not run
            *(sys.executable, "-P", "-m", "grpc_tools.protoc"),
            *(f"--proto_path={root}" for root in roots.folders),
            *("--include_imports", "--include_source_info", "--retain_options"),
            *(f"--descriptor_set_out={output}", f"@{names}"),
        ]
        status, said = _run(command, folder, report)
        failed, place = _pass_on(said, roots, report)
        if status:
            message = failed or f"protoc ended with status {status}"
            raise report.failure(Code.PROTOC, message, place or Place(inputs[0].shown))
        if output.stat().st_size > MAX_BYTES:
            raise report.failure(Code.TOO_LARGE, f"the descriptors have more than {MAX_BYTES} bytes", Place())
        return output.read_bytes()


def _run(command: list[str], folder: str, report: Report) -> tuple[int, str]:
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    with Path(folder, "said").open("w+b") as said:
        try:
            run = subprocess.run(  # noqa: S603  # no shell; names of files stand in a file
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                timeout=PROTOC_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise report.failure(Code.PROTOC, f"protoc took more than {PROTOC_SECONDS:.0f} s", Place()) from None
        said.seek(0)
        return run.returncode, said.read(1 << 20).decode(errors="replace")


def _pass_on(said: str, roots: Roots, report: Report) -> tuple[str, Place | None]:
    """Add what protoc said; gives a summary of the errors, "" where there is none, and the place of the first."""
    others: list[str] = []
    places: list[Place] = []
    for line in said.splitlines()[:MAX_FINDINGS]:
        match = _AT_LINE.fullmatch(line) or _AT_FILE.fullmatch(line)
        if match is None:
            if line.strip():
                others.append(line.strip())
            continue
        found = match.groupdict()
        place = Place(roots.shown(found["file"]), int(found.get("line") or 0), int(found.get("column") or 0))
        if found["warning"]:
            report.add(Code.PROTOC_WARNING, found["text"], place)
        else:
            report.add(Code.PROTO_REFUSED, found["text"], place)
            places.append(place)
    if places:
        count = f"{len(places)} finding{'s' * (len(places) > 1)}"
        return f"protoc refuses the protos: {count} (SB242)", places[0]
    return f"protoc refuses the protos: {others[0]}" if others else "", None
