"""NodeODX, asynchronous: the names of `specbind.nodeodx`, with `await`.

async with Node("localhost", 3000) as node:
    task = await node.create_task(["one.jpg", "two.jpg"], {"dsm": True})
    await task.wait_for_completion()
"""

from __future__ import annotations

from .node import Node as Node
from .task import Task as Task

__all__ = ["Node", "Task"]
