"""The rooms' doors: who may import what, who reads the environment, and where sentences are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.config import PROJECT

ROOMS = ("support", "actions", "admin", "components")
CLOSED = {
    "support": {"rasa", "rasa_sdk", "sanic", "actions", "admin", "components", "scripts"},
    "actions": {"rasa", "sqlalchemy", "smtplib", "sanic", "admin", "components", "scripts"},
    "admin": {"rasa", "rasa_sdk", "actions", "components", "scripts"},
    "components": {"actions", "admin", "rasa_sdk", "scripts"},
}
# Where the rooms are joined, and the one name that a database error has.
OPEN = {
    "actions/server.py": {"sanic", "admin"},
    "actions/contact.py": {"sanic"},
    "actions/monitoring.py": {"sanic"},
    "actions/handoff_form.py": {"sqlalchemy.exc"},
    "actions/submit_handoff.py": {"sqlalchemy.exc"},
    "actions/send_followup.py": {"sqlalchemy.exc"},
}
READS_ENVIRONMENT = {
    "support/config.py",
    "actions/server.py",  # hands its address to the SDK, which reads it there
    "scripts/serve_rasa.py",  # sets what Rasa and its libraries read at import
    "scripts/evaluate.py",  # the same, to be quiet
}


def files(*folders: str) -> list[Path]:
    """The Python files below folders of the project."""
    return sorted(file for folder in folders for file in (PROJECT / folder).rglob("*.py"))


def name_of(file: Path) -> str:
    """As the tables above call it."""
    return file.relative_to(PROJECT).as_posix()


def tree(file: Path) -> list[ast.AST]:
    """Everything that a file says."""
    return list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def imports(file: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it."""
    for node in tree(file):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(file)}:{node.lineno} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_in(module: str, names: set[str]) -> bool:
    """Whether a module is one of these, or below one."""
    return any(module == name or module.startswith(f"{name}.") for name in names)


@pytest.mark.parametrize("room", ROOMS)
def test_imports_only_through_open_doors(room: str) -> None:
    wrong = [
        f"{name_of(file)} imports {module}"
        for file in files(room)
        for module in imports(file)
        if is_in(module, CLOSED[room]) and not is_in(module, OPEN.get(name_of(file), set()))
    ]
    assert wrong == []


def test_reads_the_environment_in_one_place() -> None:
    readers = {
        name_of(file)
        for file in files(*ROOMS, "scripts", "migrations")
        for node in tree(file)
        if (isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb"))
        or (isinstance(node, ast.ImportFrom) and node.module == "os")
    }
    assert readers <= READS_ENVIRONMENT


def test_only_sets_the_sdks_address_in_the_action_server() -> None:
    source = (PROJECT / "actions/server.py").read_text(encoding="utf-8")
    assert source.count("environ") == 1
    assert 'os.environ.setdefault("SANIC_HOST"' in source


def said(call: ast.Call) -> Iterator[str]:
    """The texts that a call of the dispatcher's is given."""
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    for node in (node for value in values for node in ast.walk(value)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.value


def test_says_nothing_to_visitors_in_code() -> None:
    wrong = []
    for file in files("actions"):
        for node in tree(file):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            by_text = any(keyword.arg == "text" for keyword in node.keywords)
            by_dispatcher = getattr(node.func.value, "id", "") == "dispatcher"
            if (node.func.attr == "utter_message" and (by_text or node.args)) or (
                by_dispatcher and list(said(node))
            ):
                wrong.append(f"{name_of(file)}:{node.lineno}")
    assert wrong == []


@pytest.mark.parametrize("room", [*ROOMS, "scripts"])
def test_does_nothing_at_import_but_define(room: str) -> None:
    wrong = [
        f"{name_of(file)}:{node.lineno}"
        for file in files(room)
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, (ast.With, ast.For, ast.While, ast.Try))
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
    ]
    assert wrong == []


def test_looks_at_files_at_all() -> None:
    assert all(files(room) for room in ROOMS)
    assert "sqlalchemy.exc.SQLAlchemyError" in imports(PROJECT / "actions/handoff_form.py")
