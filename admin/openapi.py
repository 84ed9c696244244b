"""The API's description in OpenAPI 3.1, put together from its parts.

A part is a module with `paths()` and `schemas()`, made with `admin.describing`.
"""

from __future__ import annotations

from admin import describing as d
from admin import (
    openapi_channels,
    openapi_figures,
    openapi_flow,
    openapi_people,
    openapi_privacy,
    openapi_requests,
    openapi_settings,
)

PARTS = (
    openapi_settings,
    openapi_channels,
    openapi_requests,
    openapi_figures,
    openapi_privacy,
    openapi_people,
    openapi_flow,
)


def description() -> d.Json:
    """The whole document."""
    paths = {"/admin/api/openapi.json": {"get": _describe()}}
    error = d.record({"code": d.TEXT, "message": d.TEXT, "field": d.TEXT}, optional=["field"])
    schemas = {"Error": d.record({"error": error})}
    for part in PARTS:
        paths.update(part.paths())
        schemas.update(part.schemas())
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Support Operations",
            "version": "1",
            "description": "Settings of the live-agent handoff, and the requests visitors made.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
    }


def _describe() -> d.Json:
    operation = d.reading(
        "describe", "This description", d.answer("OpenAPI 3.1.", {"type": "object"})
    )
    for status in ("401", "403"):
        del operation["responses"][status]
    return {**operation, "security": []}
