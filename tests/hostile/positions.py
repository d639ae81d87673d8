"""Every further position of a document in which a text may stand, and a document that has them all."""

from __future__ import annotations

from typing import Any

__all__ = ["FURTHER", "FURTHER_PROSE", "PLAIN_FURTHER", "widened"]

FURTHER_PROSE = (
    "info_summary", "terms", "contact_name", "contact_url", "contact_mail", "licence", "licence_id", "licence_url",
    "docs_url", "docs_text", "server_doc", "variable_doc", "scheme_doc", "bearer_format", "scope_doc", "header_doc",
    "link_doc", "callback_doc", "webhook_doc", "value_doc", "schema_title", "path_summary", "path_doc", "body_doc",
    "example_name", "example_value", "example_link", "comment",
)  # fmt: skip
"""Texts that people read, or that nobody does."""

FURTHER = (
    *FURTHER_PROSE, "variable_name", "variable_default", "variable_value", "scope", "token_url", "refresh_url",
    "authorization_url", "open_id_url", "http_scheme", "flow", "answer_header", "link", "link_operation",
    "link_parameter", "link_value", "callback", "callback_path", "webhook", "encoding_media", "encoding_header",
    "body_media", "event", "operation_name", "anchor", "pattern_property", "free_value", "required_scheme",
    "additional_method", "version_text", "status",
)  # fmt: skip
"""All of them."""

PLAIN_FURTHER = {name: f"{name}x" for name in FURTHER} | {
    "token_url": "https://host.test/token", "refresh_url": "https://host.test/refresh", "http_scheme": "digest",
    "authorization_url": "https://host.test/authorize", "open_id_url": "https://host.test/.well-known/x",
    "flow": "clientCredentials", "answer_header": "X-Answer", "encoding_media": "image/png",
    "encoding_header": "X-Part", "body_media": "application/x-sample", "callback_path": "{$request.body#/url}",
    "additional_method": "COPY", "contact_url": "https://host.test", "contact_mail": "a@host.test", "status": "418",
    "variable_default": "eu", "variable_value": "us",
}  # fmt: skip
"""Texts that are in order."""


def widened(document: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    """The document with every further position."""
    w = words
    document["info"] |= {
        "summary": w["info_summary"],
        "termsOfService": w["terms"],
        "contact": {"name": w["contact_name"], "url": w["contact_url"], "email": w["contact_mail"]},
        "license": {"name": w["licence"], "identifier": w["licence_id"], "url": w["licence_url"]},
    }
    document["externalDocs"] = {"url": w["docs_url"], "description": w["docs_text"]}
    document["tags"][0]["externalDocs"] = {"url": w["docs_url"], "description": w["docs_text"]}
    document["servers"].append({
        "url": "https://{" + w["variable_name"] + "}.host.test",
        "description": w["server_doc"],
        "variables": {
            w["variable_name"]: {
                "default": w["variable_default"],
                "enum": [w["variable_default"], w["variable_value"]],
                "description": w["variable_doc"],
            }
        },
    })  # fmt: skip
    document["components"]["securitySchemes"] |= _schemes(w)
    document["components"]["schemas"] |= _schemas(w)
    document["webhooks"] = {w["webhook"]: {"post": _operation(w["webhook_doc"])}}
    item = next(iter(document["paths"].values()))
    item |= {"summary": w["path_summary"], "description": w["path_doc"], "put": _called(w)}
    item["additionalOperations"] = {w["additional_method"]: _operation(w["webhook_doc"])}
    return document


def _schemes(w: dict[str, str]) -> dict[str, Any]:
    flow = {
        "tokenUrl": w["token_url"],
        "refreshUrl": w["refresh_url"],
        "authorizationUrl": w["authorization_url"],
        "scopes": {w["scope"]: w["scope_doc"]},
    }
    return {
        "plain_oauth": {"type": "oauth2", "description": w["scheme_doc"], "flows": {w["flow"]: flow}},
        "plain_bearer": {"type": "http", "scheme": "bearer", "bearerFormat": w["bearer_format"]},
        "plain_http": {"type": "http", "scheme": w["http_scheme"], "description": w["scheme_doc"]},
        "plain_open_id": {"type": "openIdConnect", "openIdConnectUrl": w["open_id_url"]},
    }


def _schemas(w: dict[str, str]) -> dict[str, Any]:
    return {
        "Titled": {
            "title": w["schema_title"],
            "type": "object",
            "$comment": w["comment"],
            "$anchor": w["anchor"],
            "externalDocs": {"url": w["docs_url"]},
            "properties": {
                "level": {
                    "type": "string",
                    "enum": ["low", "high"],
                    "x-enum-descriptions": [w["value_doc"], w["value_doc"]],
                    "title": w["schema_title"],
                },
                "part": {"type": "object", "title": w["schema_title"], "properties": {"x": {"type": "string"}}},
            },
            "patternProperties": {w["pattern_property"]: {"type": "string"}},
            "examples": [w["example_value"], {w["example_name"]: w["example_value"]}],
            "default": {w["free_value"]: w["free_value"]},
        },
        "Kinds": {"oneOf": [{"const": 1, "title": w["schema_title"]}, {"const": 2, "title": w["value_doc"]}]},
    }


def _operation(doc: str) -> dict[str, Any]:
    return {"description": doc, "responses": {"200": {"description": doc}}}


def _called(w: dict[str, str]) -> dict[str, Any]:
    """An operation with everything that stands below one."""
    titled = {"$ref": "#/components/schemas/Titled"}
    example = {w["example_name"]: {"summary": w["example_value"], "externalValue": w["example_link"]}}
    part = {
        "contentType": w["encoding_media"],
        "headers": {w["encoding_header"]: {"schema": {"type": "string"}, "description": w["header_doc"]}},
    }
    return {
        "x-specbind-name": w["operation_name"],
        "externalDocs": {"url": w["docs_url"], "description": w["docs_text"]},
        "security": [{"plain_oauth": [w["scope"]]}, {w["required_scheme"]: []}],
        "requestBody": {
            "description": w["body_doc"],
            "content": {
                "multipart/form-data": {"schema": titled, "encoding": {"level": part}},
                w["body_media"]: {"schema": titled, "examples": example},
            },
        },
        "callbacks": {w["callback"]: {w["callback_path"]: {"post": _operation(w["callback_doc"])}}},
        "responses": {
            "200": {
                "description": w["body_doc"],
                "headers": {w["answer_header"]: {"schema": {"type": "integer"}, "description": w["header_doc"]}},
                "content": {"text/event-stream": {"itemSchema": _event(w)}},
                "links": {
                    w["link"]: {
                        "operationId": w["link_operation"],
                        "parameters": {w["link_parameter"]: w["link_value"]},
                        "requestBody": w["link_value"],
                        "description": w["link_doc"],
                    }
                },
            },
            w["status"]: {"description": w["body_doc"]},
        },
    }


def _event(w: dict[str, str]) -> dict[str, Any]:
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": {"type": "integer"}}
    return {"oneOf": [{"properties": {"event": {"const": w["event"]}, "data": data}}, {"properties": {"data": data}}]}
