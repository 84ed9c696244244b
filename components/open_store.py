"""Our conversation store without the wrapper that Rasa puts around every store.

It hides a store's errors: a conversation that cannot be read begins anew, and one that cannot be
written goes into a memory that nobody reads.
"""

from __future__ import annotations

from rasa.core.agent import Agent
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain

from components import rasa_version
from components.conversation_store import ConversationStore


def install() -> None:
    """Let an Agent use our store as it is; any other is wrapped as ever.

    Raises ConfigError on a Rasa whose code this was not made for.
    """
    rasa_version.require(__name__)
    Agent._create_tracker_store = staticmethod(_create)


_wrapped = Agent._create_tracker_store


def _create(store: TrackerStore | None, domain: Domain) -> TrackerStore:
    if not isinstance(store, ConversationStore):
        return _wrapped(store, domain)
    store.domain = domain
    return store
