"""What can be written: arrays whose bytes mean the same everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from specbind.tiled._libraries import load

from .jobs import in_thread

if TYPE_CHECKING:
    from specbind.tiled._libraries import Array, Dtype

__all__ = ["MASKED", "check_writable", "is_lazy", "packed", "plain_array", "plain_in_thread"]

MASKED = (
    "{} is a masked array, and a mask has no form on the wire; give it values first, as {}, and write the mask as an "
    "array of its own"
)
_UNKNOWN = 1 << 62
_LARGEST = {"f": 8, "c": 16}


def is_lazy(array: object) -> bool:
    """Whether it is an array of dask, which has no values yet."""
    return hasattr(array, "dask")


def check_writable(dtype: Dtype, argument: str = "array") -> None:
    """Refuse what no server can keep: it would make the node and fail at the data.

    Raises:
        ValueError: the dtype has no form on the wire, or one that differs from machine to machine.
    """
    problem = _problem(dtype)
    if problem:
        raise ValueError(f"{argument} has the dtype {dtype}: {problem}")


def _problem(dtype: Any) -> str:  # noqa: ANN401 - numpy's dtype, with members that differ by kind
    if dtype.hasobject:
        return "an array of Python objects has no form on the wire; convert it first, as array.astype('U') for texts"
    if dtype.names:
        for name in dtype.names:
            problem = _field_problem(dtype.fields[name][0])
            if problem:
                return f"in field {name!r}, {problem}"
        return ""
    if dtype.isbuiltin == 2 or dtype.kind not in "?biufcmMSUV":
        return "it is no type of numpy's own; convert it first, as array.astype('f4')"
    if dtype.itemsize > _LARGEST.get(dtype.kind, dtype.itemsize):
        smaller = f"{dtype.kind}{_LARGEST[dtype.kind]}"
        return f"its bytes mean something else on another machine; convert it first with array.astype({smaller!r})"
    if dtype.kind == "M" and load("numpy").datetime_data(dtype)[0] == "generic":
        return "a time needs a unit; give it one, as array.astype('M8[ns]')"
    if not dtype.itemsize:
        return "its elements have no bytes; leave it out, or convert it, as array.astype('u1')"
    return ""


def _field_problem(dtype: Any) -> str:  # noqa: ANN401 - as above
    if dtype.subdtype:
        return f"each element is an array of its own ({dtype}); write that field as an array with more dimensions"
    if dtype.kind == "V" and not dtype.names:
        if not dtype.itemsize:
            return "there are no bytes; leave it out"
        return (
            f"raw bytes ({dtype}) have no form within a record; view the field as 'S{dtype.itemsize}', or leave it out"
        )
    return _problem(dtype)


def plain_array(array: object, argument: str = "array") -> Array:
    """Give numpy's array of something like one; gaps between fields are closed.

    Raises:
        ValueError: it has masked values, or a dtype that cannot be written.
    """
    numpy = load("numpy")
    if isinstance(array, numpy.ma.MaskedArray):
        raise ValueError(MASKED.format(argument, "array.filled(0)"))  # noqa: TRY004 - it is an array, with a mask
    found: Array = numpy.asarray(array)
    check_writable(found.dtype, argument)
    wanted = packed(found.dtype)
    return found if wanted == found.dtype else found.astype(wanted)


def packed(dtype: Dtype) -> Dtype:
    """A dtype without gaps between its fields."""
    if not dtype.names:
        return dtype
    found: Dtype = load("numpy.lib.recfunctions").repack_fields(dtype, recurse=True)
    return found


async def plain_in_thread(array: object, argument: str = "array") -> Array:
    """`plain_array`, in a thread where that may take long: values of other libraries may come from a disk."""
    numpy = load("numpy")
    size = int(cast("Any", array).nbytes) if isinstance(array, numpy.ndarray) else _UNKNOWN
    return await in_thread(size, plain_array, array, argument)
