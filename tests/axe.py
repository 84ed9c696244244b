"""What axe-core finds wrong with a page for people who do not see it, or use no mouse."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# WCAG 2.2 asks for targets of 24 pixels; axe looks for them only when told to.
OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}


def violations(page: Page, within: str | None = None) -> list[str]:
    """One sentence for each element at fault; empty when axe finds nothing.

    within: a CSS selector of the part of the page to look at. Open shadow roots are looked into.
    Colours in motion count as what they are at this moment, so wait until the page is at rest.
    """
    found: list[dict[str, Any]] = Axe().run(page, within, OPTIONS).response["violations"]
    return [
        f"{fault['id']} ({fault['impact']}): {fault['help']}: {_place(node)}"
        for fault in found
        for node in fault["nodes"]
    ]


def _place(node: dict[str, Any]) -> str:
    path = " > ".join(" ".join(part) if isinstance(part, list) else part for part in node["target"])
    return f"{path}: {node['html'][:200]}"
