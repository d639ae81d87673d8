"""No tracked file says where or how it was written, and names use the words of the field."""

from __future__ import annotations

import ast
import re

import pytest
from tests.unit.house.sources import hand_written, parsed, python_modules, relative, tracked_files


def pattern(*parts: str) -> re.Pattern[str]:
    """One expression of parts that would be found in this very file if they stood here whole."""
    return re.compile("".join(parts))


# what -> expression; places that may have it are in PLACES
TEXT = {
    "path of a machine": pattern(r"(?<![\w.$:/}])/(?:wo", r"rk|ro", r"ot|ho", r"me)/\w"),
    "address of a package registry": pattern(
        r"(?:files\.)?python", r"hosted\.org|py", r"pi\.org/simple|registry\.np", r"mjs"
    ),
    "option that sets a registry": pattern(r"--(?:extra-)?index", r"-url|--find", r"-links|--trusted", r"-host"),
    "word of how the work was organised": pattern(
        r"(?i)\b(?:sub", r"agent|cla", r"ude|open", r"ai(?!\w*api)|prom", r"pt engineer|brie", r"f\.md)\b"
    ),
    "credential": pattern(r"(?:ghp_|glpat-|AKIA|xox[bp]-)", r"[A-Za-z0-9]{12}"),
    "mark of a merge": pattern(r"(?m)^(?:<<<<", r"<<< |>>>>", r">>> )"),
}
PLACES: dict[tuple[str, str], str] = {}

OFFICIAL = {"specbind.viam.utils"}  # modules whose name an official client prescribes

VAGUE = frozenset("common helper helpers manager managers processor processors util utils".split())


def words(name: str) -> set[str]:
    """The words of a name in snake case or camel case."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def text_files() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for path in tracked_files():
        try:
            found.append((relative(path), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


@pytest.mark.parametrize("what", TEXT)
def test_no_file_has(what: str):
    found = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}"
        for name, text in text_files()
        if (what, name) not in PLACES
        for match in TEXT[what].finditer(text)
    ]
    assert not found, "\n".join(found)


def test_constraints_are_versions_and_nothing_else():
    for name, text in text_files():
        if name.startswith(".ci/constraints"):
            assert [line for line in text.splitlines() if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == [], name


def test_names_say_what_a_thing_does():
    vague = [f"module {name}" for name in {*python_modules()} - OFFICIAL if VAGUE & words(name.rpartition(".")[2])]
    for path in tracked_files():
        if hand_written(path) and not relative(path).startswith("tests/"):
            vague.extend(
                f"{relative(path)}: class {node.name}"
                for node in ast.walk(parsed(path))
                if isinstance(node, ast.ClassDef) and VAGUE & words(node.name)
            )
    assert not vague, "\n".join(vague)


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("path of a machine", "see /ho" + "me/me/x"),
        ("address of a package registry", "https://py" + "pi.org/simple/x"),
        ("option that sets a registry", "pip install --index" + "-url x"),
        ("mark of a merge", "<<<<" + "<<< HEAD"),
    ],
)
def test_the_expressions_find_what_they_are_for(what: str, text: str):
    assert TEXT[what].search(text)


@pytest.mark.parametrize("name", ["SessionManager", "str_utils", "common", "HTTPHelper"])
def test_vague_names_are_found(name: str):
    assert VAGUE & words(name)


@pytest.mark.parametrize("name", ["utility_rate", "managed", "Commonwealth", "get_task_info"])
def test_precise_names_are_not(name: str):
    assert not VAGUE & words(name)
