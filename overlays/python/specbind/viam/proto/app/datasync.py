"""Messages of uploads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specbind.bindings.viam.viam.app.datasync.v1 import *  # noqa: F403 - the same names
else:
    import specbind.bindings.viam.viam.app.datasync.v1 as _module
    from specbind.viam._delegate import names_of

    __all__, __getattr__, __dir__ = names_of(_module)
