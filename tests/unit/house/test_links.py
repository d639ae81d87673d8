"""Documents point at what is there."""

from __future__ import annotations

import re

from tests.unit.house.sources import ROOT, relative, tracked_files

LINK = re.compile(r"\[[^\]]*\]\((?!https?://|#|mailto:)([^)#\s]+)")
TARGET = re.compile(r"`make ([a-z-]+)")


def test_relative_links_lead_somewhere():
    broken = [
        f"{relative(path)}: {match.group(1)}"
        for path in tracked_files()
        if path.suffix == ".md"
        for match in LINK.finditer(path.read_text(encoding="utf-8"))
        if not (path.parent / match.group(1)).exists()
    ]
    assert not broken, "\n".join(broken)


def test_make_targets_that_documents_name_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        name
        for path in tracked_files()
        if path.suffix == ".md"
        for name in TARGET.findall(path.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= targets
