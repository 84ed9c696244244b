"""Putting another model in an agent's place while it answers.

`Agent.load_model` in two steps: what can fail, and what cannot. Made for Rasa 3.6.
"""

from __future__ import annotations

from pathlib import Path

from rasa.core.agent import Agent
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.processor import MessageProcessor


def loaded(agent: Agent, model: Path) -> MessageProcessor:
    """The model with the agent's stores and words, ready to answer. Raises what Rasa does."""
    return MessageProcessor(
        model_path=model,
        tracker_store=agent.tracker_store,
        lock_store=agent.lock_store,
        action_endpoint=agent.action_endpoint,
        generator=agent.nlg,
        http_interpreter=agent.http_interpreter,
    )


def swap(agent: Agent, processor: MessageProcessor) -> None:
    """Let the agent answer with it from the next message on; those under way end as they began."""
    agent.processor = processor
    agent.domain = processor.domain
    agent.fingerprint = processor.model_metadata.model_id
    agent.tracker_store.domain = processor.domain
    if isinstance(agent.nlg, TemplatedNaturalLanguageGenerator):
        agent.nlg.responses = processor.domain.responses


def model_of(processor: MessageProcessor) -> Path:
    """The file that the model was loaded from."""
    path = Path(processor.model_path).resolve()
    return path / processor.model_filename if path.is_dir() else path
