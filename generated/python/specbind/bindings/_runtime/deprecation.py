"""The decorator of deprecated methods (PEP 702), without a dependency: older Pythons lack `warnings.deprecated`."""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["deprecated"]

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import deprecated
else:
    import functools
    import inspect
    import warnings

    def deprecated(message: str) -> Callable[[Callable[..., object]], Callable[..., object]]:
        """Mark a method: a call warns with DeprecationWarning, checkers strike it through."""

        def mark(method: Callable[..., object]) -> Callable[..., object]:
            @functools.wraps(method)
            def warn(*args: object, **kwargs: object) -> object:
                warnings.warn(message, DeprecationWarning, stacklevel=2)
                return method(*args, **kwargs)

            warn.__deprecated__ = message
            if inspect.iscoroutinefunction(method) and hasattr(inspect, "markcoroutinefunction"):
                return inspect.markcoroutinefunction(warn)
            return warn

        return mark
