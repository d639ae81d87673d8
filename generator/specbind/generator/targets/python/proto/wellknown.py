"""Messages of google.protobuf that the runtime has; some of them are plain Python as fields."""

from __future__ import annotations

__all__ = ["PLAIN", "RUNTIME", "WRAPPED"]

PLAIN = {"google.protobuf.Struct": "struct", "google.protobuf.Value": "value", "google.protobuf.ListValue": "list"}
"""Full name to the kind of a field."""

WRAPPED = {
    f"google.protobuf.{name}Value": scalar
    for name, scalar in (
        ("Double", "double"),
        ("Float", "float"),
        ("Int64", "int64"),
        ("UInt64", "uint64"),
        ("Int32", "int32"),
        ("UInt32", "uint32"),
        ("Bool", "bool"),
        ("String", "string"),
        ("Bytes", "bytes"),
    )
}
"""Full name to the scalar that a field holds."""

RUNTIME = {
    **{f"google.protobuf.{name}": name for name in "Timestamp Duration Any FieldMask Empty NullValue".split()},
    **{full_name: full_name.rpartition(".")[2] for full_name in (*PLAIN, *WRAPPED)},
}
"""Full name to class of `_runtime.proto.wellknown`."""
