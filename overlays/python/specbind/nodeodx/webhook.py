"""What a node posts when a task has ended.

    from specbind.nodeodx.webhook import parse_report

    async def task_ended(request):                        # of whatever web framework
        report = parse_report(await request.read())
        print(report.uuid, report.status, report.last_error)

The message bears no signature and no token: anybody can send one. It is a hint to look, not a proof: ask the node
(`node.get_task(report.uuid).info()`) before you act on it. A node sends it until the answer is 200, six times at most.
"""

from __future__ import annotations

import msgspec

from specbind.bindings.nodeodx import models

from .exceptions import NodeServerError
from .types import TaskReport

__all__ = ["MAX_REPORT", "parse_report"]

MAX_REPORT = 64 << 20
"""Bytes that a message may have."""


def parse_report(body: bytes | str) -> TaskReport:
    """Read the body of a webhook's request.

    Args:
        body: as it came.

    Raises:
        NodeServerError: it is not the state of a task, or larger than `MAX_REPORT`.
    """
    if len(body) > MAX_REPORT:
        raise NodeServerError(f"a report of {len(body)} bytes is refused, {MAX_REPORT} are allowed")
    try:
        return TaskReport(msgspec.json.decode(body, type=models.TaskReport))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise NodeServerError(f"this is not the report of a task: {error}") from error
