"""What a model is made of, in one checksum: the project's files and the published flow."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from support.config import PROJECT

INPUTS = ("config.yml", "domain.yml", "domain", "data", "components", "requirements/project.txt")
# Beside the models: the checksum that the newest of them was trained with.
STAMP = ".inputs.sha256"


def checksum(fingerprint: str, project: Path = PROJECT) -> str:
    """SHA-256 over the names and contents of all files that a model depends on.

    fingerprint: the flow's, empty for the files alone.
    """
    digest = hashlib.sha256()
    for path in _files(project):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(project).as_posix()} {content}\n".encode())
    if fingerprint:
        digest.update(f"flow {fingerprint}\n".encode())
    return digest.hexdigest()


def _files(project: Path) -> Iterator[Path]:
    for name in INPUTS:
        path = project / name
        if path.is_file():
            yield path
        for each in sorted(path.rglob("*")):
            if each.is_file() and "__pycache__" not in each.parts:
                yield each
