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


def prepare() -> None:
    """Import what the tasks need, so that none of them has to."""
    # Importing scikit-learn's part is a tenth of a training.
    import sklearn.linear_model  # noqa: F401

    config = FlowImporter(CONFIG, changes=Changes()).get_config()
    Recipe.recipe_for_name(config.get("recipe"))
    for each in [*config["pipeline"], *config["policies"]]:
        if "." in each["name"]:
            class_from_module_path(each["name"])


def train(candidates: Candidates, changes: Changes, say: Say) -> None:
    """Make the flow's model, if it is not there."""
    say("Training")
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
    candidate = _rehearsal(candidates.model_of(changes), changes)
    agent = Agent()
    agent.load_model(live)
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
    agent = Agent()
    agent.load_model(live)
    understanding.read(agent.processor, _texts())
    vector_cache.save()


def _texts() -> list[str]:
    labelled_ones = labelled.read_messages(labelled.MESSAGES)
    return [*project.read().examples, *(item.text for item in labelled_ones)]


def _rehearsal(model: Path, changes: Changes) -> Rehearsal:
    return Rehearsal(model, document.laid_over(changes, project.read()))
