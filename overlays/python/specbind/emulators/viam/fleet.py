"""The machines that the emulated platform knows."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FLEET", "ORGANIZATION_ID", "OTHER_ORGANIZATION_ID", "PART_ID", "Part"]


@dataclass(frozen=True)
class Part:
    """A part of a machine, with where it belongs."""

    id: str
    name: str
    robot_id: str
    robot_name: str
    location_id: str
    organization_id: str


ORGANIZATION_ID = "0d4c1f6e-7a52-4c1b-9e0a-5b1f3c2d4e01"
"""The organization of the first two parts."""

OTHER_ORGANIZATION_ID = "0d4c1f6e-7a52-4c1b-9e0a-5b1f3c2d4e02"
"""The organization of the third part."""

PART_ID = "6f1c9a52-0d1e-4b7a-9c55-3f2f6f6f0a01"
"""The first part."""

FLEET = (
    Part(PART_ID, "rover-main", "a3b7c2d1-5e4f-4a6b-8c9d-0e1f2a3b4c01", "rover", "yard4k2p7q", ORGANIZATION_ID),
    Part(
        "6f1c9a52-0d1e-4b7a-9c55-3f2f6f6f0a02",
        "arm-main",
        "a3b7c2d1-5e4f-4a6b-8c9d-0e1f2a3b4c02",
        "arm",
        "lab8x3m1zt",
        ORGANIZATION_ID,
    ),
    Part(
        "6f1c9a52-0d1e-4b7a-9c55-3f2f6f6f0a03",
        "buoy-main",
        "a3b7c2d1-5e4f-4a6b-8c9d-0e1f2a3b4c03",
        "buoy",
        "sea5v9n6wd",
        OTHER_ORGANIZATION_ID,
    ),
)
"""Three parts of three machines in three locations, the last one in another organization."""
