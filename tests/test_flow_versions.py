"""Versions of the flow in the database, and work handed to a Rasa server."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from support import database
from support.errors import FlowBusy, FlowChanged, FlowError, FlowVersionMissing
from support.flow import document, drafting, jobs, project, published, versions
from support.flow.document import Changes
from support.flow.versions import Draft, Publication
from support.models import AuditEntry, FlowStatus, JobStatus

PROJECT = project.read()
NOON = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.timezone.utc)


@pytest.fixture(autouse=True)
def _database(db: Any) -> None:
    """A database with all tables."""


def save(text: str, expected: str | None = None, actor: str = "Ann") -> Draft:
    """A designer words one message."""
    sent = {"messages": {"utter_thank": text}}
    return drafting.save(lambda _: sent, actor, "flow.saved", NOON, expected)[1]


def draft() -> Draft:
    with database.read_scope() as session:
        return versions.draft(session, PROJECT)


def publish(found: Draft | None = None, live: int = 0, **options: Any) -> int:
    found = found or draft()
    changes = options.pop("changes", found.changes)
    given = {"revision": found.revision, **options}
    return versions.publish(
        Publication(changes, live, "Ann", ["words"], {"now": {}}, **given), NOON
    )


def statuses() -> dict[int, str]:
    with database.read_scope() as session:
        rows = session.query(versions.FlowVersion).all()
        return {row.number: row.status.value for row in rows}


def live_words() -> str | None:
    with database.read_scope() as session:
        return dict(versions.live_changes(session).messages).get("utter_thank")


def test_begins_with_the_files_as_live_and_no_draft() -> None:
    found = draft()
    assert (found.number, found.tag, found.changes) == (None, "live-0", Changes())
    assert found.flow == document.default(PROJECT)


def test_keeps_a_draft_that_visitors_know_nothing_of() -> None:
    saved = save("Any time!")
    assert (saved.number, saved.changed_by) == (1, "Ann")
    assert draft().flow.messages["utter_thank"] == "Any time!"
    assert live_words() is None


def test_tells_the_second_of_two_designers_and_loses_nothing() -> None:
    tag = draft().tag
    save("Ann's words", tag, "Ann")
    with pytest.raises(FlowChanged, match="by Ann"):
        save("Bob's words", tag, "Bob")
    assert draft().flow.messages["utter_thank"] == "Ann's words"
    save("Bob's words", draft().tag, "Bob")
    assert draft().flow.messages["utter_thank"] == "Bob's words"


def test_lets_others_write_while_a_draft_is_checked() -> None:
    def edit(found: Draft) -> dict[str, Any]:
        # A transaction around it would be waited for in vain.
        if not others:
            others.append(save("Bob's words", actor="Bob"))
        return {"messages": {**found.flow.messages, "utter_greet": "Hi."}}

    others: list[Draft] = []
    before, after = drafting.save(edit, "Ann", "flow.saved", NOON)
    assert before.tag == others[0].tag
    assert after.flow.messages["utter_thank"] == "Bob's words"
    assert after.flow.messages["utter_greet"] == "Hi."


def test_gives_up_when_somebody_is_always_faster() -> None:
    def edit(_: Draft) -> dict[str, Any]:
        others.append(save(f"words {len(others)}", actor="Bob"))
        return {"messages": {"utter_thank": "Ann's words"}}

    others: list[Draft] = []
    with pytest.raises(FlowChanged, match="by Bob"):
        drafting.save(edit, "Ann", "flow.saved", NOON)
    assert len(others) == drafting.TRIES
    assert draft().flow.messages["utter_thank"] == f"words {drafting.TRIES - 1}"


def test_keeps_nothing_of_a_document_that_is_refused() -> None:
    save("Any time!")
    with pytest.raises(FlowError):
        save("")
    assert draft().revision == 1


def test_publishes_the_draft_and_archives_what_was_live() -> None:
    save("one")
    assert publish() == 1
    save("two")
    assert publish(live=1) == 2
    assert statuses() == {1: "archived", 2: "published"}
    assert live_words() == "two"
    assert draft().number is None


def test_lets_a_draft_that_was_changed_meanwhile_go_on() -> None:
    measured = save("one")
    save("two")
    assert publish(measured) == 1
    assert live_words() == "one"
    assert draft().flow.messages["utter_thank"] == "two"
    assert statuses() == {1: "published", 2: "draft"}


def test_knows_a_draft_from_the_one_that_was_discarded() -> None:
    anns = save("Ann's words")
    with database.session_scope() as session:
        versions.discard_draft(session, anns.tag, PROJECT)
    bobs = save("Bob's words", actor="Bob")
    assert (bobs.number, bobs.revision) == (anns.number, anns.revision)
    with pytest.raises(FlowChanged, match="by Bob"):
        save("Ann's words again", anns.tag)
    assert publish(anns) == 1
    assert live_words() == "Ann's words"
    assert draft().flow.messages["utter_thank"] == "Bob's words"
    assert statuses() == {1: "published", 2: "draft"}


def test_brings_an_old_version_back_as_a_new_one_and_leaves_the_draft() -> None:
    save("one")
    publish()
    save("two")
    old = Changes()
    assert publish(live=1, changes=old, restores=0, revision=None) == 2
    assert live_words() is None
    assert draft().flow.messages["utter_thank"] == "two"
    with database.read_scope() as session:
        assert versions.find(session, 2).restores == 0
        actions = [row.action for row in session.query(AuditEntry)]
    assert actions == ["flow.saved", "flow.published", "flow.saved", "flow.restored"]


def test_does_not_publish_over_a_version_that_nobody_compared_with() -> None:
    save("one")
    publish()
    save("two")
    with pytest.raises(FlowChanged):
        publish(live=0)
    assert live_words() == "one"


def test_writes_down_what_an_admin_insisted_on() -> None:
    save("one")
    publish(despite=["It understands less."])
    with database.read_scope() as session:
        saved, published_one = session.query(AuditEntry).order_by(AuditEntry.id)
    assert (saved.action, published_one.action) == ("flow.saved", "flow.published")
    assert published_one.detail["insisted_despite"] == ["It understands less."]


def test_discards_a_draft() -> None:
    save("one")
    with database.session_scope() as session, pytest.raises(FlowChanged):
        versions.discard_draft(session, "live-0", PROJECT)
    with database.session_scope() as session:
        versions.discard_draft(session, None, PROJECT)
    assert draft().number is None


def test_compares_two_versions_in_words() -> None:
    save("one")
    publish()
    with database.read_scope() as session:
        said = versions.difference(session, 1, 0, PROJECT)
        assert said[0].startswith("Message utter_thank: “one” → “You're welcome!")
        for number in (7, -1, 2**40):
            with pytest.raises(FlowVersionMissing):
                versions.find(session, number)
    save("two")
    with database.read_scope() as session, pytest.raises(FlowVersionMissing, match="draft"):
        versions.find(session, 2)


def test_is_found_by_who_trains_a_model(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    save("one")
    publish()
    monkeypatch.setenv("DATABASE_URL", db.database_url)
    assert dict(published.changes().messages) == {"utter_thank": "one"}
    monkeypatch.setenv("DATABASE_URL", db.database_url.replace("support.db", "none.db"))
    assert published.changes() == Changes()


# Work


def test_gives_a_job_to_one_server_only() -> None:
    job_id = jobs.add(jobs.CHECK, {"texts": ["a"]}, "Ann", NOON)
    assert jobs.claim("one", (jobs.PUBLISH,), NOON) is None
    taken = jobs.claim("one", (jobs.CHECK,), NOON)
    assert taken is not None
    assert (taken.id, taken.task) == (job_id, {"texts": ["a"]})
    assert jobs.claim("two", (jobs.CHECK,), NOON) is None


def test_says_how_far_it_is_and_what_came_of_it() -> None:
    job_id = jobs.add(jobs.REVIEW, {}, "Ann", NOON)
    jobs.claim("one", (jobs.REVIEW,), NOON)
    assert jobs.progress(job_id, "one", "Training", NOON)
    assert not jobs.progress(job_id, "two", "Dreaming", NOON)
    assert jobs.find(job_id, NOON).step == "Training"
    assert jobs.finish(job_id, "one", JobStatus.DONE, {"a": 1}, NOON)
    assert not jobs.finish(job_id, "one", JobStatus.FAILED, {}, NOON)
    found = jobs.find(job_id, NOON)
    assert (found.status, found.result, found.step) == (JobStatus.DONE, {"a": 1}, "Training")


def test_publishes_one_at_a_time() -> None:
    jobs.add(jobs.PUBLISH, {}, "Ann", NOON)
    with pytest.raises(FlowBusy, match="Ann"):
        jobs.add(jobs.PUBLISH, {}, "Bob", NOON)
    jobs.add(jobs.REVIEW, {}, "Bob", NOON)


@pytest.mark.parametrize("taken", [True, False])
def test_gives_up_a_job_whose_server_has_died_or_never_was(taken: bool) -> None:
    job_id = jobs.add(jobs.PUBLISH, {}, "Ann", NOON)
    if taken:
        jobs.claim("one", (jobs.PUBLISH,), NOON)
    later = NOON + jobs.LOST_AFTER + dt.timedelta(seconds=1)
    found = jobs.find(job_id, later)
    assert found.status == JobStatus.FAILED
    assert found.result["reasons"] == [jobs.LOST if taken else jobs.UNTAKEN]
    assert not jobs.finish(job_id, "one", JobStatus.DONE, {}, later)
    jobs.add(jobs.PUBLISH, {}, "Ann", later)


def test_gives_up_no_job_that_waits_for_a_server_at_work() -> None:
    publishing = jobs.add(jobs.PUBLISH, {}, "Ann", NOON)
    jobs.claim("one", (jobs.PUBLISH,), NOON)
    waiting = jobs.add(jobs.REVIEW, {}, "Bob", NOON)
    later = NOON + 3 * jobs.LOST_AFTER
    jobs.progress(publishing, "one", None, later)
    assert jobs.find(waiting, later).status == JobStatus.QUEUED
    jobs.finish(publishing, "one", JobStatus.DONE, {}, later)
    assert jobs.find(waiting, later).status == JobStatus.QUEUED
    assert jobs.claim("one", (jobs.REVIEW,), later).id == waiting


def test_forgets_jobs_after_a_day() -> None:
    job_id = jobs.add(jobs.CHECK, {}, "Ann", NOON)
    jobs.claim("one", (jobs.CHECK,), NOON)
    jobs.finish(job_id, "one", JobStatus.DONE, {}, NOON)
    jobs.add(jobs.CHECK, {}, "Ann", NOON + jobs.KEPT_FOR + dt.timedelta(seconds=1))
    assert jobs.find(job_id, NOON) is None


def test_knows_the_statuses_that_tables_hold() -> None:
    assert [status.value for status in FlowStatus] == ["draft", "published", "archived"]
