"""Names that generated Python must not take, by the scope in which they stand.

The lists are part of the public surface: a name added here renames something in every package that used it, so they
change only with a major version. They are written out, not taken from `keyword` or `builtins`, so that the output does
not depend on the interpreter.
"""

from __future__ import annotations

__all__ = [
    "CLIENT_MEMBERS",
    "ENUM_MEMBERS",
    "KEYWORDS",
    "METHOD_ARGUMENTS",
    "MODEL_MEMBERS",
    "PACKAGE_NAMES",
    "RESOURCE_MEMBERS",
    "SERVER_MEMBERS",
    "TYPE_NAMES",
]

KEYWORDS = frozenset(
    "False None True and as assert async await break class continue def del elif else except finally for from global "
    "if import in is lambda nonlocal not or pass raise return try while with yield __debug__".split()
)

# Names with a meaning inside the classes and modules that we write.
MODEL_MEMBERS = frozenset({"self", "cls"})
ENUM_MEMBERS = frozenset({"mro", "name", "value"})
METHOD_ARGUMENTS = frozenset({"self", "extra_headers", "extra_query", "timeout", "models", "operations"})
RESOURCE_MEMBERS = frozenset({"with_raw_response"})
CLIENT_MEMBERS = frozenset(
    "answer base_url build call close default_base_url enter made_of send send_plain servers with_options".split()
)
SERVER_MEMBERS = frozenset(
    "application authenticate base_path endpoints fail largest_body largest_upload miss not_implemented "
    "paths reject routes schemes".split()
)
PACKAGE_NAMES = frozenset(
    "ByteStream Client Error File Limits Rejection Retry RetryPolicy ScriptedTransport Server StatusError SyncClient "
    "Timeout UNSET Webhooks discover discover_sync errors models parse_webhook webhook_bodies with_part_headers".split()
)
TYPE_NAMES = frozenset(
    {
        "Model",
        "File",
        "ShapedUnion",
        "Variant",
        "UnknownVariant",
        "OpenStr",
        "OpenInt",
        "OpenFloat",
        "OpenModel",
        "Int64Text",
        "UInt64Text",
        "DurationText",
    }
)
