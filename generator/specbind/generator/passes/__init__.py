"""The model refined: pure functions from Api to Api, each for one reason, in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from .aliases import break_alias_cycles
from .constants import fix_constants
from .directions import split_directions
from .failures import split_failures
from .select import select
from .unions import flatten_unions

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api

__all__ = ["PASSES", "Pass", "run_passes", "select"]

Pass: TypeAlias = "Callable[[Api, Diagnostics], Api]"  # noqa: S105 - not a password

PASSES: tuple[Pass, ...] = (
    break_alias_cycles,  # a type that is written out as itself has no end, in any language
    flatten_unions,  # a decoder has to see all variants of a union at once to tell them apart
    split_directions,  # what a request must not say and what an answer does not say are different types
    fix_constants,  # one value tells variants apart, but an answer may come with a second one
    split_failures,  # a good answer's type should be what the caller wants, not `Result | Failure`
)


def run_passes(api: Api, diagnostics: Diagnostics) -> Api:
    """Run all passes in order."""
    for refine in PASSES:
        api = refine(api, diagnostics)
    return api
