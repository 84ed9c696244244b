"""The chat's scripts as the server keeps them."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from components.page_channel import _Files


@pytest.fixture
def files(tmp_path: Path) -> _Files:
    (tmp_path / "chat" / "parts").mkdir(parents=True)
    (tmp_path / "chat" / "chat.js").write_text("export {};\n")
    (tmp_path / "secret.js").write_text("no\n")
    return _Files(tmp_path / "chat")


def test_keeps_a_file_once_however_its_name_is_written(files: _Files) -> None:
    names = ["chat.js", "./chat.js", "././chat.js", "parts/../chat.js", "nothing/../chat.js"]
    assert all(files.serves(name) for name in names)
    assert len({files._copy(name).tag for name in names}) == 1
    assert len(files._copies) == 1


@pytest.mark.parametrize("name", ["../secret.js", "parts", "missing.js", "parts/../../secret.js"])
def test_serves_nothing_else(files: _Files, name: str) -> None:
    assert not files.serves(name)
