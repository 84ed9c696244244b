"""Work on the flow that takes seconds, each piece as one call, for a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.engine.recipes.recipe import Recipe
from rasa.shared.utils.common import class_from_module_path

from components import flow_review, understanding, vector_cache
from components.candidates import Candidates
from components.flow_importer import FlowImporter
from components.rehearsal import Rehearsal
from components.workshop import Say
from support.config import PROJECT
from support.flow import document, labelled, project
from support.flow.document import Changes

CONFIG = str(PROJECT / "config.yml")
# Sentences that are encoded before it is said that the work goes on, some ten seconds of a core.
AT_ONCE = 2000


def prepare() -> None:
    """Import what the tasks need, so that none of them has to."""
    # Importing scikit-learn's part is a tenth of a training.
    import sklearn.linear_model  # noqa: F401

    config = FlowImporter(CONFIG, changes=Changes()).get_config()
    Recipe.recipe_for_name(config.get("recipe"))
    for each in [*config["pipeline"], *config["policies"]]:
        if "." in each["name"]:
            class_from_module_path(each["name"])


def train(candidates: Candidates, live: Path | None, changes: Changes, say: Say) -> None:
    """Make the flow's model, if it is not there. live: a model to encode new phrases with."""
    say("Training")
    if live is not None:
        _encode(_agent(live), changes, say)
    candidates.model_of(changes)


def review(
    candidates: Candidates,
    live: Path,
    before: Changes,
    changes: Changes,
    say: Say,
    *,
    comes_back: bool = False,
) -> dict[str, Any]:
    """How the flow compares with the one that is live. live: that one's model.

    comes_back: whether it was live before.
    """
    say("Training")
    agent = _agent(live)
    _encode(agent, changes, say)
    candidate = _rehearsal(candidates.model_of(changes), changes)
    result = flow_review.review(agent.processor, before, candidate, say, comes_back=comes_back)
    vector_cache.save()
    return result


def rehearse(
    candidates: Candidates, changes: Changes, messages: Sequence[str], say: Say
) -> dict[str, Any]:
    """What comes of these messages."""
    say("Making the draft ready to talk to")
    candidate = _rehearsal(candidates.model_of(changes), changes)
    return asyncio.run(candidate.talk(messages)).to_json()


def is_warm() -> bool:
    """Whether everything is encoded that every training and measuring needs."""
    return vector_cache.holds(_texts())


def warm_up(live: Path, say: Say) -> None:
    """Encode it; fifteen seconds of a core, once on a machine."""
    say("Reading the examples")
    understanding.read(_agent(live).processor, _texts())
    vector_cache.save()


def _encode(agent: Agent, changes: Changes, say: Say) -> None:
    """Encode the flow's phrases and keep that, a portion at a time: thousands take minutes."""
    phrases = document.laid_over(changes, project.read()).trigger_phrases
    new = [phrase for phrase in phrases if not vector_cache.holds([phrase])]
    for start in range(0, len(new), AT_ONCE):
        understanding.read(agent.processor, new[start : start + AT_ONCE])
        vector_cache.save()
        say("Training")


def _agent(model: Path) -> Agent:
    agent = Agent()
    agent.load_model(model)
    return agent


def _texts() -> list[str]:
    labelled_ones = labelled.read_messages(labelled.MESSAGES)
    return [*project.read().examples, *(item.text for item in labelled_ones)]


def _rehearsal(model: Path, changes: Changes) -> Rehearsal:
    return Rehearsal(model, document.laid_over(changes, project.read()))
