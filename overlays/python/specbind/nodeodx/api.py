"""Node and Task, under the module name of the official client."""

from __future__ import annotations

from specbind.faces.nodeodx import Node, Task

__all__ = ["Node", "Task"]
