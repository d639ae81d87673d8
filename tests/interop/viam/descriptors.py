"""Print what the descriptors inside the official wheel say, as JSON; runs in the official client's environment.

    python descriptors.py MODULE...

It needs the modules and the standard library only.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

KINDS = {
    1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 6: "fixed64", 7: "fixed32", 8: "bool", 9: "string",
    12: "bytes", 13: "uint32", 15: "sfixed32", 16: "sfixed64", 17: "sint32", 18: "sint64",
}  # fmt: skip


def field_type(field: Any) -> str:
    named = field.message_type or field.enum_type
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        key, value = field.message_type.fields
        return f"map<{field_type(key)}, {field_type(value)}>"
    return named.full_name if named is not None else KINDS[field.type]


def field_facts(field: Any) -> list[Any]:
    oneof = field.containing_oneof
    synthetic = oneof is not None and len(oneof.fields) == 1 and oneof.name == f"_{field.name}"
    is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
    return [
        field.number,
        field.name,
        field.json_name,
        field_type(field),
        "one" if not field.is_repeated else "map" if is_map else "many",
        field.has_presence,
        "" if oneof is None or synthetic else oneof.name,
        field.GetOptions().deprecated,
    ]


def messages(message: Any) -> dict[str, Any]:
    found = {message.full_name: [message.GetOptions().deprecated, sorted(map(field_facts, message.fields))]}
    for nested in message.nested_types:
        if not nested.GetOptions().map_entry:
            found.update(messages(nested))
    return found


def main() -> None:
    facts: dict[str, Any] = {"messages": {}, "enums": {}, "services": {}}
    for name in sys.argv[1:]:
        file = import_module(name).DESCRIPTOR
        for message in file.message_types_by_name.values():
            facts["messages"].update(messages(message))
        for enum in file.enum_types_by_name.values():
            facts["enums"][enum.full_name] = [[value.name, value.number] for value in enum.values]
        for service in file.services_by_name.values():
            facts["services"][service.full_name] = [
                [
                    method.name,
                    method.input_type.full_name,
                    method.output_type.full_name,
                    method.client_streaming,
                    method.server_streaming,
                    method.GetOptions().deprecated,
                ]
                for method in service.methods
            ]
    json.dump(facts, sys.stdout)


if __name__ == "__main__":
    main()
