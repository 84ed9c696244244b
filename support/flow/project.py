"""What the project's own files say: the flow without any change made in Support Operations."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from support.config import PROJECT

TRIGGER = "request_human"


@dataclass(frozen=True)
class Project:
    """domain.yml, and the examples in data/. examples: each text's intent, texts as written."""

    domain: Mapping[str, Any]
    examples: Mapping[str, str]

    @property
    def phrases(self) -> tuple[str, ...]:
        """The examples of asking for a person, in the files' order."""
        return tuple(text for text, intent in self.examples.items() if intent == TRIGGER)

    def responses(self) -> dict[str, list[dict[str, Any]]]:
        """The responses, to change as one likes."""
        return copy.deepcopy(dict(self.domain["responses"]))


def read(folder: Path = PROJECT) -> Project:
    """The project as its files are now; read again only when one has changed."""
    files = [folder / "domain.yml", *sorted((folder / "data").rglob("*.yml"))]
    return _read(tuple((file, file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=2)
def _read(files: tuple[tuple[Path, int], ...]) -> Project:
    domain, *data = (_yaml(file) for file, _ in files)
    return Project(domain, dict(pair for each in data for pair in _examples(each)))


def _yaml(file: Path) -> Any:
    return YAML(typ="safe").load(file.read_text(encoding="utf-8")) or {}


def _examples(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for block in data.get("nlu") or ():
        for line in str(block.get("examples") or "").splitlines():
            if "intent" in block and line.startswith("- "):
                yield line[2:].strip(), block["intent"]
