"""Importing types, and making a client, in new interpreters: CPU as a ratio to the packages that they stand on.

The types are 20 out of 3 groups of the package of GitHub's document (over 7,000 types), and NodeODX's. The peer's
package of the same document loads all its types with the first one.
"""

from __future__ import annotations

import re
import tempfile
from functools import partial
from itertools import combinations
from pathlib import Path

from measuring.documents import ROOT, github, peer_command, specbind_command
from measuring.processes import MIB, FreshPython, in_turns, run_program
from measuring.rows import Report, Run, command_line

ROUNDS = 9
TYPES_PROMISE = 1.3
CLIENT_PROMISE = 1.1
TYPES = 20
GROUPS = 3


def chosen(models: Path) -> list[str]:
    """Twenty types that load exactly three groups, some of each; fewer where there are fewer."""
    texts = {path.stem: path.read_text("utf-8") for path in models.glob("group_*.py")}
    needs = {name: set(re.findall(r"^from \.(group_\d+) import", text, re.MULTILINE)) for name, text in texts.items()}
    for number in range(min(GROUPS, len(needs)), 0, -1):
        for groups in combinations(sorted(needs), number):
            if all(needs[group] <= set(groups) for group in groups):
                names = [re.findall(r"^class (\w+)\(Model", texts[group], re.MULTILINE) for group in groups]
                return [name for found in names for name in found[: -(-TYPES // number)]][:TYPES]
    raise RuntimeError(f"no types are found in {models}")


def types(report: Report, name: str, ours: tuple[Path, str], theirs: tuple[Path, str] | None, rounds: int) -> None:
    """Import types only."""
    statements = {
        "ours": f"from {ours[1]}.models import {', '.join(chosen(ours[0] / ours[1].replace('.', '/') / 'models'))}",
        "msgspec": "import msgspec",
    }
    if theirs is not None:
        names = (theirs[0] / theirs[1] / "models" / "__init__.py").read_text("utf-8")
        found = sorted(re.findall(r'^    "(\w+)",$', names, re.MULTILINE))
        statements["theirs"] = f"from {theirs[1]}.models import {', '.join(found[:TYPES])}"
    with FreshPython(*(place[0] for place in (ours, theirs) if place)) as python:
        cpu = in_turns(rounds, {key: partial(python.cpu, text) for key, text in statements.items()})
        peak = in_turns(min(rounds, 2), {key: partial(python.peak, text) for key, text in statements.items()})
    base = cpu["msgspec"]
    report.row(
        f"{name}: {statements['ours'].count(',') + 1} types",
        cpu["ours"] / base,
        promise=TYPES_PROMISE,
        peer=cpu["theirs"] / base if theirs else None,
        note=f"to `import msgspec`, {base * 1e3:.1f} ms",
    )
    memory = peak["theirs"] / MIB if theirs else None
    report.row(f"{name}: memory of the types", peak["ours"] / MIB, "MiB", peer=memory, note="over bare Python")


def client(report: Report, name: str, place: tuple[Path, str], rounds: int) -> None:
    """Make a client."""
    ours = f"from {place[1]} import Client; Client('http://127.0.0.1:3000'); import aiohttp"
    with FreshPython(place[0]) as python:
        cpu = in_turns(rounds, {"ours": lambda: python.cpu(ours), "aiohttp": lambda: python.cpu("import aiohttp")})
    report.row(
        f"{name}: make a client",
        cpu["ours"] / cpu["aiohttp"],
        promise=CLIENT_PROMISE,
        note=f"with `import aiohttp`, to that alone, {cpu['aiohttp'] * 1e3:.1f} ms",
    )


def main(run: Run) -> None:
    """Measure NodeODX's package, and GitHub's where its document is there."""
    report = Report("imports", run)
    own = ROOT / "generated" / "python", "specbind.bindings.nodeodx"
    types(report, "NodeODX", own, None, run.rounds)
    client(report, "NodeODX", own, run.rounds)
    document = github()
    if run.quick:
        report.skip("GitHub", "a short look makes no package")
    elif document is None:
        report.skip("GitHub", "the document is not there; install @octokit/openapi with `make bench`")
    else:
        with tempfile.TemporaryDirectory() as folder:
            ours, theirs = Path(folder, "ours"), Path(folder, "peer")
            for command in (specbind_command(document, ours), peer_command(document, theirs)):
                if status := run_program(command, Path(folder)).status:
                    raise RuntimeError(f"{command[0]} ended with {status}")
            types(report, "GitHub", (ours, "sdk"), (theirs.parent, theirs.name), run.rounds)
            client(report, "GitHub", (ours, "sdk"), run.rounds)
    report.close()


if __name__ == "__main__":
    main(command_line(__doc__ or "", ROUNDS))
