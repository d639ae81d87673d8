"""Values as the type of an array that is there, where that changes none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specbind.tiled._libraries import load

if TYPE_CHECKING:
    from specbind.tiled._libraries import Array, Dtype

__all__ = ["converted"]

_WIDER = {"ii", "uu", "ui", "ff", "cc", "SS", "UU", "bb"}


def converted(array: Array, dtype: Dtype) -> Array:
    """Give the same values as another type: in another order of bytes, or wider within their kind.

    Unsigned numbers become signed ones that have them all. Records are matched by the names of their fields, times are
    compared after the conversion.

    Raises:
        ValueError: a value would be another one, or of another kind.
    """
    if array.dtype == dtype:
        return array
    if dtype.names or array.dtype.names:
        return _records(array, dtype)
    if dtype.kind in "mM" and array.dtype.kind == dtype.kind:
        return _times(array, dtype)
    numpy = load("numpy")
    if array.dtype.kind + dtype.kind not in _WIDER or not numpy.can_cast(array.dtype, dtype, casting="safe"):
        raise _refused(array, dtype)
    found: Array = array.astype(dtype)
    return found


def _records(array: Array, dtype: Dtype) -> Array:
    given, wanted = array.dtype.names or (), dtype.names or ()
    if set(given) != set(wanted) or not wanted:
        raise _refused(array, dtype)
    found: Array = load("numpy").empty(array.shape, dtype)
    fields: Any = dtype
    for name in wanted:
        found[name] = converted(array[name], fields[name])
    return found


def _times(array: Array, dtype: Dtype) -> Array:
    numpy = load("numpy")
    units = {numpy.datetime_data(each)[0] for each in (array.dtype, dtype)}
    if not numpy.can_cast(array.dtype, dtype, casting="safe") or (len(units) > 1 and "generic" in units):
        raise _refused(array, dtype)
    try:
        found: Array = array.astype(dtype)
    except OverflowError as error:
        raise _refused(array, dtype) from error
    if not bool((found.astype(array.dtype).view("i8") == array.view("i8")).all()):
        raise ValueError(
            f"the array holds {dtype}, and a time of the data ({array.dtype}) lies outside of what that can hold"
        )
    return found


def _refused(array: Array, dtype: Dtype) -> ValueError:
    return ValueError(
        f"the array holds {dtype}, the data {array.dtype}; convert them first with astype, and look whether each value "
        "is still the same"
    )
