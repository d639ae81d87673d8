"""The options of the emulated engine, and how a node checks values for them."""

from __future__ import annotations

import json
import re
from typing import NamedTuple, cast

import msgspec

from specbind.bindings.nodeodx.models import Option, OptionType, TaskOption

__all__ = ["OPTIONS", "BadOptionsError", "parse_options"]


class BadOptionsError(Exception):
    """Options that a node refuses; the message is what it answers."""


def _option(name: str, type: str, value: str, domain: str | list[str], help: str) -> Option:
    return Option(name=name, type=OptionType(type), value=value, domain=domain, help=help)


_QUALITIES = ["ultra", "high", "medium", "low", "lowest"]

OPTIONS: tuple[Option, ...] = (
    _option("end-with", "enum", "odm_postprocess", ["dataset", "opensfm", "odm_postprocess"], "Last stage."),
    _option("rerun-all", "bool", "false", "", "Discard earlier results and run every stage again."),
    _option("feature-quality", "enum", "high", _QUALITIES, "Image size for the search of features."),
    _option("min-num-features", "int", "10000", "integer", "Features to look for in each image, at least."),
    _option("matcher-neighbors", "int", "0", "positive integer", "Neighbours to match an image with; 0 for all."),
    _option("max-concurrency", "int", "4", "positive integer", "Processes that run at the same time, at most."),
    _option(
        "camera-lens", "enum", "auto", ["auto", "perspective", "brown", "fisheye", "spherical"], "Model of the lens."
    ),
    _option("cameras", "string", "", "json", "Camera parameters from an earlier task."),
    _option("boundary", "string", "", "json", "GeoJSON polygon that limits the reconstruction."),
    _option("pc-quality", "enum", "medium", _QUALITIES, "Density of the point cloud."),
    _option("pc-filter", "float", "5", "float", "Standard deviations beyond which a point is dropped; 0 keeps all."),
    _option("pc-sample", "float", "0", "positive float", "Least distance between two points, in meters; 0 keeps all."),
    _option("pc-ept", "bool", "false", "", "Also write the point cloud as Entwine tiles."),
    _option("mesh-octree-depth", "int", "11", "integer: 1 <= x <= 14", "Depth of the octree of the mesh."),
    _option("mesh-size", "int", "200000", "positive integer", "Vertices of the mesh, at most."),
    _option("fast-orthophoto", "bool", "false", "", "Skip the dense reconstruction."),
    _option(
        "orthophoto-resolution", "float", "5", "float > 0.0", "Resolution of the orthophoto, in centimeters per pixel."
    ),
    _option(
        "orthophoto-compression",
        "enum",
        "DEFLATE",
        ["JPEG", "LZW", "PACKBITS", "DEFLATE", "LZMA", "NONE"],
        "Compression.",
    ),
    _option("orthophoto-cutline", "bool", "false", "", "Cut the orthophoto along natural features."),
    _option("skip-orthophoto", "bool", "false", "", "Leave out the orthophoto."),
    _option("dsm", "bool", "false", "", "Make a digital surface model."),
    _option("dtm", "bool", "false", "", "Make a digital terrain model."),
    _option("dem-resolution", "float", "5", "float", "Resolution of elevation models, in centimeters per pixel."),
    _option("dem-decimation", "int", "1", "positive integer", "Take every n-th point for elevation models."),
    _option("crop", "float", "3", "positive float", "Distance from the edge to crop, in meters; 0 for none."),
    _option("resize-images", "int", "100", "percent", "Size of the images to work with, in percent."),
    _option("primary-band", "string", "auto", "string", "Band to reconstruct from, for multispectral images."),
    _option("align", "string", "", "path", "Reference to align to, a point cloud or an elevation model."),
    _option("sm-cluster", "string", "", "string", "URL of a cluster for split tasks."),
    _option("tiles", "bool", "false", "", "Make map tiles."),
    _option("cog", "bool", "false", "", "Write the orthophoto as cloud optimized GeoTIFF."),
    _option("gltf", "bool", "false", "", "Also write the model as glTF."),
)
"""A cut through the options of an engine: each type and each kind of domain is there."""

_BY_NAME = {option.name: option for option in OPTIONS}
_POST_PROCESSING = ("pc-ept", "cog", "gltf")
_RANGE = re.compile(r"^(?:integer|float):\s*(-?[\d.]+)\s*<=\s*x\s*<=\s*(-?[\d.]+)$")


class _Setting(NamedTuple):
    name: str
    value: object


def parse_options(text: str, *, post_processing: bool = False) -> list[TaskOption]:
    """Read the JSON text of a request; unknown names are dropped, as nodes do.

    Args:
        text: JSON text; empty for none.
        post_processing: switch on the results that a node makes unless it is told to skip them.

    Raises:
        BadOptionsError: not JSON, or a value that does not fit.
    """
    found: dict[str, TaskOption] = {}
    problems: list[dict[str, str]] = []
    for setting in _settings(text):
        option = _BY_NAME.get(setting.name)
        if option is None:
            continue
        try:
            found[option.name] = TaskOption(name=option.name, value=_checked(option, setting.value))
        except ValueError as error:
            problems.append({"name": setting.name, "error": str(error)})
    if problems:
        raise BadOptionsError(json.dumps(problems, separators=(",", ":")))
    if post_processing:
        found |= {name: TaskOption(name=name, value=True) for name in _POST_PROCESSING}
    return list(found.values())


def _settings(text: str) -> list[_Setting]:
    if not text:
        return []
    try:
        items: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadOptionsError(f"Unexpected token in JSON: {error}") from error
    if not isinstance(items, list):
        return []  # as nodes do
    found = cast("list[object]", items)
    members = [cast("dict[str, object]", item) for item in found if isinstance(item, dict)]
    return [_Setting(name, item.get("value")) for item in members if isinstance(name := item.get("name"), str)]


def _checked(option: Option, value: object) -> bool | float | str:
    """The value in the option's own type. Raises ValueError with what a node would say."""
    if option.type == OptionType.BOOL:
        return _boolean(value)
    if option.type == OptionType.ENUM:
        return _member(option, value)
    if option.type == OptionType.STRING:
        return _text(option, value)
    return _number(option, value)


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "1"):
        return True
    if value in ("false", "0"):
        return False
    raise ValueError(f"Value is not a boolean: {value}")


def _member(option: Option, value: object) -> str:
    if isinstance(value, str) and value in option.domain:
        return value
    raise ValueError(f"Invalid value {value} not in {', '.join(option.domain)}")


def _text(option: Option, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"Value is not a string: {value}")  # noqa: TRY004 - what the node says of a value
    if option.domain == "json" and value:
        try:
            msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError) as error:
            raise ValueError("Value is not valid JSON") from error
    return value


def _number(option: Option, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"Value is not a number: {value}")  # noqa: TRY004 - what the node says of a value
    try:
        number = int(value) if option.type == OptionType.INT else float(value)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"Value is not a number: {value}") from error
    if not _in_domain(number, str(option.domain)):
        raise ValueError(f"Value {value} is outside of its domain: {option.domain}")
    return number


def _in_domain(number: float, domain: str) -> bool:
    if number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN
        return False
    if domain.startswith("positive"):
        return number >= 0
    if domain.endswith("> 0.0"):
        return number > 0
    if domain == "percent":
        return 0 <= number <= 100
    if (limits := _RANGE.match(domain)) is not None:
        return float(limits[1]) <= number <= float(limits[2])
    return True
