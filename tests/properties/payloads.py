"""JSON values that a schema of a document allows, made from the document alone: the generator has no part in it.

A strategy is generous where a keyword is hard to satisfy by making (`oneOf` that overlap, `not`, `minProperties`): who
uses it drops what the validator refuses.
"""

from __future__ import annotations

import base64
import re
from typing import Any

from hypothesis import strategies as st

__all__ = ["Payloads"]

_DEEP = 4
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2),
    max_leaves=4,
)
_NUMBERS = st.floats(-1e9, 1e9, allow_nan=False, allow_subnormal=False) | st.integers(-(10**6), 10**6)


def _seconds(value: int) -> str:
    return f"P{value // 86400}DT{value % 86400}S"


_FORMATS: dict[str, st.SearchStrategy[str]] = {
    "date-time": st.datetimes().map(lambda found: f"{found.isoformat()}Z"),
    "date": st.dates().map(str),
    "time": st.times().map(lambda found: f"{found.isoformat()}Z"),
    "duration": st.integers(0, 10**8).map(_seconds),
    "uuid": st.uuids().map(str),
    "byte": st.binary(max_size=12).map(lambda found: base64.b64encode(found).decode()),
    "decimal": st.decimals(-1000, 1000, places=2).map(str),
    "int64": st.integers(-(2**63), 2**63 - 1).map(str),
    "uint64": st.integers(0, 2**64 - 1).map(str),
    "uri": st.sampled_from(["https://example.com/a?b=c", "urn:x:y"]),
    "url": st.just("https://example.com/"),
    "email": st.just("a@example.com"),
    "ipv4": st.just("127.0.0.1"),
    "ipv6": st.just("::1"),
    "hostname": st.just("example.com"),
}


class Payloads:
    """Values for the schemas of one document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def of(self, schema: Any, depth: int = 0) -> st.SearchStrategy[Any]:
        """Values of a schema."""
        if not isinstance(schema, dict):
            return _ANY
        flat = self.flat(schema)
        choices = self._variants(flat)
        if choices:
            return st.sampled_from(choices).flatmap(lambda chosen: self.of(chosen, depth))
        made = self._plain(flat, depth)
        nullable = flat.get("nullable") is True or "null" in _types(flat)
        return made | st.none() if nullable and depth else made

    def flat(self, schema: Any, seen: tuple[str, ...] = ()) -> dict[str, Any]:
        """A schema with what it refers to and the branches of its allOf taken into it."""
        if not isinstance(schema, dict):
            return {}
        found: dict[str, Any] = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        reference = schema.get("$ref")
        branches = list(schema.get("allOf", []))
        if isinstance(reference, str) and reference not in seen:
            seen = (*seen, reference)
            branches.insert(0, self.resolved(reference))
        for branch in branches:
            found = _merged(found, self.flat(branch, seen))
        return found

    def resolved(self, reference: str) -> Any:
        value: Any = self._document
        for token in reference.removeprefix("#").split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            value = value[int(key)] if isinstance(value, list) else value[key]
        return value

    def _variants(self, flat: dict[str, Any]) -> list[dict[str, Any]]:
        """The schema joined with each of its variants; a discriminator says what its property then is."""
        rest = {key: value for key, value in flat.items() if key not in ("oneOf", "anyOf", "discriminator")}
        variants = [*flat.get("oneOf", []), *flat.get("anyOf", [])]
        discriminator = flat.get("discriminator") or {}
        joined: list[dict[str, Any]] = []
        for variant in variants:
            tag = self._tag(discriminator, variant)
            joined.append(_merged(_merged(rest, self.flat(variant)), tag))
        return joined

    @staticmethod
    def _tag(discriminator: dict[str, Any], variant: Any) -> dict[str, Any]:
        name, reference = discriminator.get("propertyName"), variant.get("$ref") if isinstance(variant, dict) else None
        if not name or not reference:
            return {}
        short = reference.rpartition("/")[2]
        values = [key for key, target in discriminator.get("mapping", {}).items() if target in (reference, short)]
        return {"properties": {name: {"enum": values or [short]}}, "required": [name]}

    def _plain(self, flat: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
        if "const" in flat:
            return st.just(flat["const"])
        if flat.get("enum"):
            values = [value for value in flat["enum"] if value is not None]
            return st.sampled_from(values) if values else st.none()
        kinds = [kind for kind in _types(flat) if kind != "null"]
        if not kinds:
            kinds = ["object"] if "properties" in flat else ["array"] if "items" in flat else []
        if not kinds:
            return st.none() if _types(flat) else _ANY
        return st.one_of([self._typed(kind, flat, depth) for kind in kinds])

    def _typed(self, kind: str, flat: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
        match kind:
            case "string":
                return _strings(flat)
            case "integer":
                return _integers(flat)
            case "number":
                return _NUMBERS.filter(lambda value: _within(value, flat))
            case "boolean":
                return st.booleans()
            case "array":
                return self._arrays(flat, depth)
            case _:
                return self._objects(flat, depth)

    def _arrays(self, flat: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
        least = flat.get("minItems", 0)
        most = min(flat.get("maxItems", 3), 3) if depth < _DEEP else least
        items = self.of(flat.get("items", True), depth + 1) if flat.get("items") is not False else st.nothing()
        prefix = [self.of(item, depth + 1) for item in flat.get("prefixItems", [])]
        rest = st.lists(
            items,
            min_size=max(0, least - len(prefix)),
            max_size=0 if flat.get("items") is False else max(least - len(prefix), most - len(prefix), 0),
            unique_by=repr if flat.get("uniqueItems") else None,
        )
        return st.tuples(st.tuples(*prefix), rest).map(lambda found: [*found[0], *found[1]])

    def _objects(self, flat: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
        properties = {
            name: found for name, found in flat.get("properties", {}).items() if not self.flat(found).get("writeOnly")
        }
        needed = [name for name in flat.get("required", []) if name in properties]
        strange = [name for name in flat.get("required", []) if name not in flat.get("properties", {})]
        free = [] if depth >= _DEEP else [name for name in properties if name not in needed]
        required = {name: st.deferred(lambda found=properties[name]: self.of(found, depth + 1)) for name in needed}
        required |= dict.fromkeys(strange, _ANY)
        optional = {name: st.deferred(lambda found=properties[name]: self.of(found, depth + 1)) for name in free}
        made = st.fixed_dictionaries(required, optional=optional)
        extra = flat.get("additionalProperties")
        if isinstance(extra, dict) and depth < _DEEP:
            more = st.dictionaries(
                _TEXT.filter(lambda name: name not in properties), self.of(extra, depth + 1), max_size=2
            )
            return st.tuples(made, more).map(lambda found: {**found[1], **found[0]})
        return made


def _types(flat: dict[str, Any]) -> list[str]:
    stated = flat.get("type", [])
    return stated if isinstance(stated, list) else [stated]


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    found = {**other, **one}
    for key in one.keys() & other.keys():
        if key in ("properties", "patternProperties"):
            shared = {
                name: {"allOf": [one[key][name], other[key][name]]} for name in one[key].keys() & other[key].keys()
            }
            found[key] = {**other[key], **one[key], **shared}
        elif key == "required":
            found[key] = list(dict.fromkeys([*one[key], *other[key]]))
        elif key == "enum":
            found[key] = [value for value in one[key] if value in other[key]] or one[key]
        elif key == "nullable":
            found[key] = one[key] and other[key]
        elif key in ("oneOf", "anyOf"):
            found[key] = [{"allOf": [a, b]} for a in one[key] for b in other[key]]
    return found


def _strings(flat: dict[str, Any]) -> st.SearchStrategy[str]:
    known = _FORMATS.get("byte" if flat.get("contentEncoding") == "base64" else flat.get("format", ""))
    if known is not None:
        return known
    least, most = flat.get("minLength", 0), flat.get("maxLength", 1000)
    pattern = flat.get("pattern")
    if isinstance(pattern, str):
        try:
            made = st.from_regex(re.compile(pattern))
        except re.error:
            return st.nothing()
        return made.filter(lambda text: least <= len(text) <= most and text.isprintable())
    return st.text(st.characters(codec="utf-8"), min_size=least, max_size=max(least, min(most, least + 8)))


def _integers(flat: dict[str, Any]) -> st.SearchStrategy[int]:
    least, most = (-(2**31), 2**31 - 1) if flat.get("format") == "int32" else (-(2**63), 2**63 - 1)
    least = max(least, int(flat.get("minimum", least)))
    most = min(most, int(flat.get("maximum", most)))
    if least > most:
        return st.nothing()
    step = flat.get("multipleOf")
    if isinstance(step, int) and step > 1:
        return st.integers(-(-least // step), most // step).map(lambda value: value * step)
    return st.integers(least, most).filter(lambda value: _within(value, flat))


def _within(value: float, flat: dict[str, Any]) -> bool:
    low, high = flat.get("minimum"), flat.get("maximum")
    above, below = flat.get("exclusiveMinimum"), flat.get("exclusiveMaximum")
    return (
        (low is None or value > low or (value == low and above is not True))
        and (high is None or value < high or (value == high and below is not True))
        and (above is None or isinstance(above, bool) or value > above)
        and (below is None or isinstance(below, bool) or value < below)
    )
