"""The decorator of deprecated methods (PEP 702), without a dependency: older Pythons lack `warnings.deprecated`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from typing_extensions import deprecated as deprecated
else:
    import functools
    import inspect
    import warnings

    F = TypeVar("F")

    def deprecated(message: str) -> Any:
        """Mark a method: a call warns with DeprecationWarning, checkers strike it through."""

        def mark(method: F) -> F:
            @functools.wraps(method)
            def warn(*args: Any, **kwargs: Any) -> Any:
                warnings.warn(message, DeprecationWarning, stacklevel=2)
                return method(*args, **kwargs)

            warn.__deprecated__ = message
            if inspect.iscoroutinefunction(method):
                warn = inspect.markcoroutinefunction(warn) if hasattr(inspect, "markcoroutinefunction") else warn
            return warn

        return mark


__all__ = ["deprecated"]
