"""Two versions of an API compared: what breaks on the wire, what breaks for code that uses it, what is new."""

from .compare import Comparison, compare, locate
from .findings import Finding
from .render import FORMATS, render
from .rules import Flow, Impact, Rule

__all__ = ["FORMATS", "Comparison", "Finding", "Flow", "Impact", "Rule", "compare", "locate", "render"]
