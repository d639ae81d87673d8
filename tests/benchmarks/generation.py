"""Making a package from a document, beside openapi-python-client: CPU seconds and peak memory.

CPU is user and system time of the program and its children. GitHub's document comes from the npm package
@octokit/openapi (`make bench` installs it), Stripe's from the shared collection; without them their rows are skipped.
The peer has one turn: it takes half a minute.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from measuring.documents import (
    NODEODX,
    github,
    operations_of_peer,
    operations_of_specbind,
    peer_command,
    shared,
    specbind_command,
)
from measuring.processes import MIB, Usage, in_turns, run_program
from measuring.rows import Report, Run, command_line

ROUNDS = 3
FIRST_PROMISE = 3.0
AGAIN_PROMISE = 0.5


def measure(report: Report, name: str, document: Path, rounds: int) -> None:
    """Make a package for the first time, then again, then with the peer."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "ours"), Path(folder, "theirs")
        runs: dict[str, Usage] = {}

        def first() -> float:
            shutil.rmtree(ours, ignore_errors=True)
            return again("first")

        def again(which: str = "again") -> float:
            usage = run_program(specbind_command(document, ours), Path(folder))
            if usage.status:
                raise RuntimeError(f"specbind ended with {usage.status} on {name}")
            if which not in runs or usage.cpu < runs[which].cpu:
                runs[which] = usage
            return usage.cpu

        fresh = in_turns(rounds, {"ours": first})["ours"]
        unchanged = in_turns(rounds, {"ours": again})["ours"]
        peer = run_program(peer_command(document, theirs), Path(folder))
        kept, peer_kept = operations_of_specbind(ours), operations_of_peer(theirs)
        finished = "finished" if peer.status == 0 else f"failed with status {peer.status}"
    note = f"{kept} operations; peer {finished}, {peer_kept} operations"
    report.row(f"{name}: CPU", fresh, "s", promise=FIRST_PROMISE, peer=peer.cpu, note=note)
    report.row(f"{name}: CPU, ratio", fresh / peer.cpu, note="to the peer")
    memory = runs["first"].peak
    report.row(f"{name}: peak memory", memory / MIB, "MiB", peer=peer.peak / MIB)
    report.row(f"{name}: peak memory, ratio", memory / peer.peak, note="to the peer")
    report.row(f"{name}, unchanged: CPU", unchanged, "s", promise=AGAIN_PROMISE, note="the same command again")


def main(run: Run) -> None:
    """Measure all documents that are there."""
    report = Report("generation", run)
    if run.quick:
        measure(report, "NodeODX", NODEODX, run.rounds)
    else:
        documents = {
            "GitHub, 13 MB JSON": (github(), "install @octokit/openapi with `make bench`"),
            "Stripe, 4 MB YAML": (shared("corpus", "openapi", "stripe--api.yaml"), "SPECBIND_SHARED says where it is"),
        }
        for name, (document, hint) in documents.items():
            if document is None:
                report.skip(name, f"the document is not there; {hint}")
            else:
                measure(report, name, document, run.rounds)
    report.close()


if __name__ == "__main__":
    main(command_line(__doc__ or "", ROUNDS))
