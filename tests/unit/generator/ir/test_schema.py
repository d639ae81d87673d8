"""The JSON schema of the model describes what dump writes."""

from specbind.generator.ir.model import Api
from specbind.generator.ir.schema import json_schema


def test_every_reference_of_the_schema_leads_somewhere():
    schema = json_schema()
    wanted = set()
    stack = [schema]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                wanted.add(value["$ref"].removeprefix("#/$defs/"))
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    assert wanted <= set(schema["$defs"])
    assert {"Api", "Object", "Operation", "UnionType"} <= wanted


def test_members_are_described():
    schema = json_schema()
    assert set(schema["$defs"]["Api"]["properties"]) == set(Api.__struct_fields__)
    assert "A record" in schema["$defs"]["Object"]["description"]
