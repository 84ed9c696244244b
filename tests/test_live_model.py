"""The model that visitors meet: it changes with the published flow, or not at all."""

from __future__ import annotations

import datetime as dt
import errno
import os
import time
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from support import database
from support.errors import FlowChanged, WorkFailed
from support.flow import versions
from support.flow.document import Changes
from support.flow.overlay import FLOW_SLOT
from support.flow.versions import Publication

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from rasa.model import get_latest_model

    from components import candidates, flow_training, swapping
    from components.candidates import DRAFTS_KEPT_SECONDS
    from components.live_model import LiveModel

# Rasa reads YAML with pkg_resources, which warns of itself.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
NOON = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.timezone.utc)


class Processor:
    """A loaded model, as far as anybody here looks."""

    def __init__(self, changes: Changes, model: Path) -> None:
        self.model_path = model
        self.model_metadata = SimpleNamespace(model_id="made-up")
        slot = SimpleNamespace(name=FLOW_SLOT, initial_value=changes.fingerprint)
        self.domain = SimpleNamespace(slots=[slot], responses={})


class Rasa:
    """A server with the files' model: trains into empty files, and loads what it is told to."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.trained: list[str] = []
        self.fails: Exception | None = None
        self.agent: Any = SimpleNamespace(tracker_store=SimpleNamespace(domain=None), nlg=None)
        swapping.swap(self.agent, self._processor(folder / "assistant.tar.gz"))
        monkeypatch.setattr(swapping, "loaded", lambda _, model: self._processor(model))
        self.live = LiveModel(self.agent, self._train, folder)

    def _train(self, work: Any, _say: Any) -> None:
        if self.fails:
            raise self.fails
        candidates, _live, changes = work.args
        self.trained.append(changes.fingerprint)
        candidates.file_of(changes).write_text(changes.messages.get("utter_thank", ""))

    def _processor(self, model: Path) -> Any:
        words = model.read_text() if model.is_file() else ""
        return Processor(Changes(messages={"utter_thank": words} if words else {}), model)

    def serves(self) -> str:
        """The fingerprint of the flow that answers now."""
        return str(self.agent.domain.slots[0].initial_value)

    def models(self) -> set[str]:
        """All trained ones that are kept, by their words."""
        return {each.read_text() for each in self.folder.glob("flow-*.tar.gz")}


@pytest.fixture
def rasa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: Any) -> Rasa:
    return Rasa(tmp_path, monkeypatch)


def words(text: str) -> Changes:
    return Changes(messages={"utter_thank": text})


def publication(text: str, live: int) -> Publication:
    return Publication(words(text), live, "Ann", ["words"], None)


def live_number() -> int:
    with database.read_scope() as session:
        return versions.live_number(session)


def test_serves_the_files_while_nothing_is_published(rasa: Rasa) -> None:
    rasa.live.follow()
    assert (rasa.live.number, rasa.serves(), rasa.trained) == (0, "", [])


def test_publishes_and_serves_at_once(rasa: Rasa) -> None:
    assert rasa.live.publish(publication("one", 0), NOON) == 1
    assert (live_number(), rasa.serves()) == (1, words("one").fingerprint)
    assert rasa.live.file == rasa.live.candidates.file_of(words("one"))
    stamp = (rasa.folder / ".inputs.sha256").read_text()
    assert stamp.startswith(rasa.live.file.name.removeprefix("flow-").removesuffix(".tar.gz"))


def test_follows_what_another_server_has_published(rasa: Rasa) -> None:
    rasa.live.follow()
    versions.publish(publication("one", 0), NOON)
    rasa.live.follow()
    assert (rasa.live.number, rasa.serves()) == (1, words("one").fingerprint)
    rasa.live.follow()
    assert len(rasa.trained) == 1


def test_leaves_all_as_it_is_when_training_fails(rasa: Rasa) -> None:
    rasa.fails = WorkFailed("No space left on device")
    with pytest.raises(WorkFailed, match="No space left"):
        rasa.live.publish(publication("one", 0), NOON)
    assert (live_number(), rasa.serves(), rasa.models()) == (0, "", set())


def test_leaves_all_as_it_is_when_the_model_cannot_be_loaded(
    rasa: Rasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_agent: Any, _model: Path) -> Any:
        raise OSError("the archive is damaged")

    monkeypatch.setattr(swapping, "loaded", broken)
    with pytest.raises(OSError, match="damaged"):
        rasa.live.publish(publication("one", 0), NOON)
    assert (live_number(), rasa.serves()) == (0, "")


@pytest.mark.parametrize(
    "error", [OperationalError("BEGIN", {}, Exception("database is away")), FlowChanged()]
)
def test_serves_nothing_that_could_not_be_marked_as_live(
    rasa: Rasa, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*_: Any) -> int:
        raise error

    monkeypatch.setattr(versions, "publish", refuse)
    with pytest.raises(type(error)):
        rasa.live.publish(publication("one", 0), NOON)
    monkeypatch.undo()
    assert (live_number(), rasa.serves()) == (0, "")


def test_catches_up_after_it_died_between_publishing_and_swapping(rasa: Rasa) -> None:
    versions.publish(publication("one", 0), NOON)
    assert rasa.serves() == ""
    rasa.live.follow()
    assert rasa.serves() == words("one").fingerprint


def test_keeps_the_models_of_the_last_ten_versions(rasa: Rasa) -> None:
    for number in range(13):
        rasa.live.publish(publication(f"words {number}", number), NOON)
    assert rasa.models() == {f"words {number}" for number in range(3, 13)}


def test_keeps_the_model_of_a_draft_for_an_hour(
    rasa: Rasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = rasa.live.candidates.file_of(words("draft"))
    draft.write_text("draft")
    unfinished = rasa.folder / ".training-abc"
    unfinished.mkdir()
    rasa.live.publish(publication("one", 0), NOON)
    assert rasa.models() == {"one", "draft"}
    later = time.time() + DRAFTS_KEPT_SECONDS + 1
    monkeypatch.setattr(candidates, "time", SimpleNamespace(time=lambda: later))
    rasa.live.publish(publication("two", 1), NOON)
    assert rasa.models() == {"one", "two"}
    assert not unfinished.exists()


def test_is_live_although_old_models_cannot_be_removed(
    rasa: Rasa, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(*_: Any) -> Any:
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    monkeypatch.setattr(versions, "published", gone)
    assert rasa.live.publish(publication("one", 0), NOON) == 1
    assert rasa.serves() == words("one").fingerprint
    assert "Old models cannot be removed" in caplog.text


def test_gives_a_server_that_starts_the_live_model_and_not_a_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def package(_: Any, file: Path, *__: Any) -> None:
        file.write_text("model")

    monkeypatch.setattr(flow_training.LocalModelStorage, "create_model_package", package)
    monkeypatch.setattr(flow_training.DaskGraphRunner, "run", lambda *_, **__: {})
    live, draft = tmp_path / "assistant.tar.gz", tmp_path / "flow-x.tar.gz"
    live.write_text("model")
    flow_training.train(Changes(), draft)
    assert draft.is_file()
    assert get_latest_model(tmp_path) == str(live)


def test_leaves_nothing_behind_when_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(flow_training.LocalModelStorage, "create_model_package", full)
    monkeypatch.setattr(flow_training.DaskGraphRunner, "run", lambda *_, **__: {})
    with pytest.raises(OSError, match="No space left"):
        flow_training.train(Changes(), tmp_path / "models" / "flow-x.tar.gz")
    assert list((tmp_path / "models").iterdir()) == []
