"""What a serving Rasa process needs of ours before its first message."""

from __future__ import annotations

from functools import lru_cache

from components import action_server
from support import config, database
from support.config import Config
from support.metrics import RasaMetrics


@lru_cache(maxsize=1)
def prepare() -> Config:
    """Read the configuration, point Rasa at the action server, open our database. Once.

    Rasa has no start hook for a project, so the first of our classes that it makes calls this:
    the conversation store in `rasa shell`, that or a channel in `rasa run`.
    """
    # Not at the top: the store is made with what is prepared here, and training needs none of it.
    from components import blas_threads, debug_copies, direct_runner, event_types, open_store

    configuration = config.load()
    blas_threads.install()
    open_store.install()
    debug_copies.install()
    direct_runner.install()
    event_types.install()
    action_server.install(configuration, metrics())
    database.connect(configuration.database_url)
    return configuration


@lru_cache(maxsize=1)
def metrics() -> RasaMetrics:
    """What this process counts; for the same reason made when first asked for."""
    return RasaMetrics()
