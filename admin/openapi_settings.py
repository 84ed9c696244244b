"""The settings in the API's description; each comes from the table of settings."""

from __future__ import annotations

import phonenumbers

from admin import describing as d
from support.settings import MAX_ADDRESSES, MAX_TEXT, SETTINGS, Setting


def paths() -> d.Json:
    """Reading, changing, and who changed what."""
    answer = d.answer(
        "The settings in force.", d.ref("Settings"), {"ETag": d.header("For If-Match.")}
    )
    return {
        "/admin/api/settings": {
            "get": d.reading("readSettings", "Read the settings", answer),
            "patch": d.writing(
                "changeSettings",
                "Change some settings, all or none",
                answer,
                body=d.ref("SettingsChange"),
                parameters=[d.in_header("If-Match", "Change only what carries this ETag.")],
                errors={"412": "The settings have changed since this ETag was given."},
            ),
        },
        "/admin/api/settings/history": {
            "get": d.reading(
                "listChanges",
                "Who changed which setting, newest first",
                d.answer("One page of changes.", d.page("changes", "Change")),
                parameters=[d.limit(), d.cursor()],
                errors={"422": d.PARAMETER_WRONG},
            )
        },
    }


def schemas() -> d.Json:
    """The settings, a change of some, and an entry of their history."""
    values = {setting.name: _setting(setting) for setting in SETTINGS}
    change = {"at": d.MOMENT, "actor": d.TEXT, "name": d.TEXT, "old": {}, "new": {}}
    return {
        "Settings": d.record(values),
        "SettingsChange": d.record(values, optional=list(values)),
        "Change": d.record(change),
    }


def _setting(setting: Setting) -> d.Json:
    by_type: dict[str, d.Json] = {
        "switch": d.FLAG,
        "addresses": {
            "type": "array",
            "items": {"type": "string", "format": "email"},
            "maxItems": MAX_ADDRESSES,
        },
        "text": {"type": "string", "maxLength": MAX_TEXT},
        "country": {"type": "string", "enum": sorted(phonenumbers.SUPPORTED_REGIONS)},
    }
    if setting.range:
        least, greatest = setting.range
        by_type["number"] = {"type": "integer", "minimum": least, "maximum": greatest}
    return {**by_type[setting.type], "title": setting.label, "description": setting.help}
