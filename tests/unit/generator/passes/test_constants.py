"""A required enum of one value is that value where no second one can come."""

from specbind.generator.diagnostics import Diagnostics
from specbind.generator.ir.model import (
    Alias,
    Api,
    Body,
    Enum,
    EnumValue,
    Field,
    HttpBinding,
    LiteralType,
    Object,
    Operation,
    Payload,
    Presence,
    Ref,
    Response,
    ScalarKind,
    Service,
    UnionType,
    Variant,
)
from specbind.generator.passes.constants import fix_constants


def single(name):
    return Enum(f"{name}.kind", (EnumValue("t"),), ScalarKind.STRING, source=f"#/{name}/properties/kind")


def record(name, presence=Presence.REQUIRED):
    return Object(name, (Field("kind", Ref(f"{name}.kind"), presence, source=f"#/{name}/properties/kind"),))


def fixed(*definitions, sends=None, receives=None):
    operation = Operation(
        "put",
        HttpBinding("PUT", "/", ()),
        body=None if sends is None else Body((Payload("application/json", sends),)),
        responses=() if receives is None else (Response("200", (Payload("application/json", receives),)),),
    )
    api = Api(1, "a", "1", definitions=definitions, services=(Service("", (operation,)),))
    return {definition.id: definition for definition in fix_constants(api, Diagnostics()).definitions}


def test_what_is_received_keeps_the_open_enum():
    made = fixed(single("A"), record("A"), receives=Ref("A"))
    assert made["A"].fields[0].type == Ref("A.kind")
    assert "A.kind" in made


def test_what_is_only_sent_has_the_constant_and_the_enum_is_gone():
    made = fixed(single("A"), record("A"), sends=Ref("A"))
    assert made["A"].fields[0].type == LiteralType("t")
    assert "A.kind" not in made


def test_a_variant_has_the_constant_also_behind_an_alias():
    union = UnionType((Variant(Ref("A")), Variant(Ref("Other"))))
    made = fixed(single("A"), record("A"), single("B"), record("B"), Alias("Other", Ref("B")), receives=union)
    assert [made[name].fields[0].type for name in "AB"] == [LiteralType("t"), LiteralType("t")]


def test_an_optional_member_and_a_shared_enum_stay():
    shared = Enum("Kind", (EnumValue("t"),), ScalarKind.STRING, source="#/Kind")
    sharing = Object("B", (Field("kind", Ref("Kind"), Presence.REQUIRED, source="#/B/properties/kind"),))
    union = UnionType((Variant(Ref("A")), Variant(Ref("B"))))
    made = fixed(single("A"), record("A", Presence.OPTIONAL), shared, sharing, sends=union)
    assert made["A"].fields[0].type == Ref("A.kind")
    assert made["B"].fields[0].type == Ref("Kind")


def test_an_enum_that_nobody_uses_stays():
    alone = Enum("Alone", (EnumValue("t"),), ScalarKind.STRING, source="#/Alone")
    assert "Alone" in fixed(alone, single("A"), record("A"), sends=Ref("A"))
