"""What the official client does: run by its own Python, with the address, the key and a step."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

os.environ.setdefault("ENV", "production")
os.environ["SUPERVISELY_SKIP_HTTPS_USER_HELPER_CHECK"] = "true"

import supervisely as sly  # it reads the environment when it is imported


def main() -> dict[str, Any]:
    url, token, step, *rest = sys.argv[1:]
    api = sly.Api(url, token, retry_count=1)
    versions = api.project.version
    project = int(rest[0])
    if step == "create":
        return {"version": versions.create(project, "official", "made by the official client", enable_preview=True)}
    if step == "restore":
        made = versions.restore(project, version_id=int(rest[1]), skip_missed_entities=False)
        return {"project": made.id, "name": made.name, "description": made.description, "custom": made.custom_data}
    if step == "read":
        snapshot = versions.download_snapshot(project, int(rest[1]), rest[2])
        info, meta, datasets, images, figures, masks = sly.Project._read_snapshot(snapshot)  # its reader
        return {
            "project": info.name,
            "settings": info.settings,
            "classes": sorted(each.name for each in meta.obj_classes),
            "tags": sorted(each.name for each in meta.tag_metas),
            "multiview": meta.project_settings.multiview_tag_name,
            "datasets": sorted((each.id, each.name, each.parent_id, each.custom_data) for each in datasets),
            "images": sorted((i.id, i.name, i.hash, i.link, i.meta, i.size, i.width, len(i.tags)) for i in images),
            "figures": sorted(
                (f.id, image, f.geometry_type, json.dumps(f.geometry, sort_keys=True), len(f.tags))
                for image, each in figures.items()
                for f in each
            ),
            "masks": len(masks),
        }
    if step == "list":
        found = versions.get_list(project)
        version = found[0]
        return {
            "fields": list(version._fields),
            "list": [tuple(each) for each in found],
            "by number": tuple(versions.get_info_by_number(project, 1)),
            "id": versions.get_id_by_number(project, 1),
            "none": versions.get_info_by_id(project, 10**6),
            "json": versions.convert_info_to_json(version),
            "generator": [
                [tuple(each) for each in page]
                for page in versions.get_list_all_pages_generator(
                    "projects.versions.list", {"projectId": project, "pagination_mode": "token"}
                )
            ],
            "all pages": len(versions.get_list_all_pages("projects.versions.list", {"projectId": project}, limit=1)),
            "map": versions.get_map(project),
            "update": versions.update(version.id, name="renamed"),
            "renamed": versions.get_info_by_id(project, version.id).name,
        }
    if step == "cancel":
        number, key = versions.reserve(project)
        return {"reserved": isinstance(number, int), "cancelled": versions.cancel_reservation(number, key)}
    raise ValueError(step)


sys.stdout.write("RESULT" + json.dumps(main(), default=str))
