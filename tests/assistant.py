"""The assistant's files, as tests read them."""

from __future__ import annotations

from functools import cache
from typing import Any

from ruamel.yaml import YAML

from support.config import PROJECT


def _read(name: str) -> Any:
    return YAML(typ="safe").load((PROJECT / name).read_text(encoding="utf-8"))


@cache
def domain() -> dict[str, Any]:
    """domain.yml."""
    return dict(_read("domain.yml"))


@cache
def paths() -> list[dict[str, Any]]:
    """All rules and stories."""
    files = ["data/rules.yml", "data/rules/returning.yml"]
    rules = [rule for file in files for rule in _read(file)["rules"]]
    return [*rules, *_read("data/stories.yml")["stories"]]
