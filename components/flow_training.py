"""Training a model with a flow laid over the files, in the process that serves.

What `rasa train` does, without its imports (ten seconds), its questions and its cache.
"""

from __future__ import annotations

import contextlib
import copy
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import rasa.core.policies.memoization
import rasa.engine.validation
import rasa.shared.core.generator
import rasa.shared.utils.io
from rasa.engine.constants import PLACEHOLDER_IMPORTER
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.recipe import Recipe
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.data import TrainingType
from rasa.shared.importers.importer import (
    CombinedDataImporter,
    E2EImporter,
    ResponsesSyncImporter,
    TrainingDataImporter,
)
from rasa.shared.nlu.training_data import training_data

from components.flow_importer import FlowImporter
from support.config import PROJECT
from support.flow.document import Changes

# Folders beside the models that a training works in begin so.
UNFINISHED = ".training-"
# A server that starts takes the model with the newest time (rasa.model.get_latest_model), and
# what is trained here may never go live.
LONG_AGO = 0.0


def train(changes: Changes, model: Path) -> None:
    """Train a model into the file `model`, which is whole or not there.

    Its time of change is LONG_AGO, so that no server takes it before it is made the newest.
    Raises whatever Rasa does when domain, rules or examples contradict each other.
    """
    importer = _importer(changes)
    config = importer.get_config()
    recipe = Recipe.recipe_for_name(config.get("recipe"))
    graph = recipe.graph_config_for_recipe(config, {}, training_type=TrainingType.BOTH)
    rasa.engine.validation.validate(graph)
    model.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=model.parent))
    try:
        storage = folder / "storage"
        storage.mkdir()
        models = LocalModelStorage(storage)
        context = ExecutionContext(graph_schema=graph.train_schema)
        # Without the hooks that look for what could be taken from a cache: a third of the time.
        runner = DaskGraphRunner.create(graph.train_schema, models, context)
        with _without_bars(), _without_copies():
            runner.run(inputs={PLACEHOLDER_IMPORTER: importer})
        models.create_model_package(folder / model.name, graph, importer.get_domain())
        os.utime(folder / model.name, (LONG_AGO, LONG_AGO))
        (folder / model.name).replace(model)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _without_bars() -> Iterator[None]:
    """Rasa draws progress bars of a hundred lines into the log unless it is told to be silent."""
    places = (rasa.shared.utils.io, rasa.shared.core.generator, rasa.core.policies.memoization)
    shown = rasa.shared.utils.io.is_logging_disabled
    for place in places:
        place.is_logging_disabled = lambda: True
    try:
        yield
    finally:
        for place in places:
            place.is_logging_disabled = shown


@contextlib.contextmanager
def _without_copies() -> Iterator[None]:
    """Rasa copies three thousand examples deeply each time it adds some; none is changed by that.

    The copying is a fifth of a training.
    """
    training_data.copy = SimpleNamespace(copy=copy.copy, deepcopy=copy.copy)
    try:
        yield
    finally:
        training_data.copy = copy


def _importer(changes: Changes) -> TrainingDataImporter:
    files = FlowImporter(
        str(PROJECT / "config.yml"),
        str(PROJECT / "domain.yml"),
        [str(PROJECT / "data")],
        changes=changes,
    )
    return E2EImporter(ResponsesSyncImporter(CombinedDataImporter([files])))
