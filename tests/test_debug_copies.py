"""Rasa's log copies nothing, and nothing else of Rasa's has to do without copies."""

from __future__ import annotations

import ast
import copy
import inspect
import warnings
from types import ModuleType

import pytest

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from components import debug_copies


def is_copying(node: ast.AST) -> bool:
    """Whether it is `copy.deepcopy`, or anything else of `copy`."""
    return isinstance(node, ast.Name) and node.id == "copy"


@pytest.mark.parametrize("module", debug_copies.MODULES, ids=lambda module: module.__name__)
def test_all_copies_of_these_modules_are_for_their_debug_log(module: ModuleType) -> None:
    tree = ast.parse(inspect.getsource(module))
    logged = {
        id(inner)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "structlogger.debug"
        for inner in ast.walk(call)
    }
    copies = [node for node in ast.walk(tree) if is_copying(node)]
    assert copies
    assert all(id(node) in logged for node in copies)


def test_hands_over_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in debug_copies.MODULES:
        monkeypatch.setattr(module, "copy", copy)
    debug_copies.install()
    value = {"some": ["value"]}
    for module in debug_copies.MODULES:
        assert module.copy.deepcopy(value) is value
    assert copy.deepcopy(value) is not value
