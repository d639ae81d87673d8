"""For all tests: `tests.support` is importable, and no skip goes unseen where witnesses are required."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.witness import skip_is_allowed, witnesses_required

if TYPE_CHECKING:
    from collections.abc import Generator


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure if witnesses are required and it is not on the list."""
    if not report.skipped or not witnesses_required() or hasattr(report, "wasxfail"):
        return
    message = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not skip_is_allowed(message):
        report.outcome = "failed"
        report.longrepr = f"{message}\n(skips are failures here; see .ci/allowed-skips.txt)"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Watch the skips of tests."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Watch the skips of whole files."""
    report = yield
    _refuse_skip(report)
    return report
