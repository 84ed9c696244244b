"""Rasa's importer of this project: its files, with the published handoff flow laid over them.

`config.yml` names it, so `rasa train`, `rasa data validate` and publishing read the same. Rasa only
warns when an importer cannot be imported, and trains without; so nothing is imported here that may
be missing where Rasa is not, and everything else is an error that stops training.
"""

from __future__ import annotations

from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.exceptions import RasaException
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method


class FlowNotLoaded(RasaException):
    """The handoff flow cannot be laid over the project's files, so nothing is trained."""


class FlowImporter(RasaFileImporter):
    """The project's files with a flow laid over them."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        changes: Any = None,
    ) -> None:
        """Reads the published flow, unless `changes` (a `Changes`) says which one to lay over.

        Raises:
            FlowNotLoaded: it cannot be read.
        """
        super().__init__(config_file, domain_path, training_data_paths)
        try:
            from support.errors import SupportError
            from support.flow import document, overlay, published
        except ImportError as error:
            raise FlowNotLoaded(
                f"The handoff flow cannot be laid over the project's files: {error}. Start Rasa in "
                "the project's folder, with its requirements installed ('make install')."
            ) from error
        self._overlay, self._same = overlay, document.same
        try:
            self._changes = published.changes() if changes is None else changes
        except SupportError as error:
            raise FlowNotLoaded(str(error)) from error

    @cached_method
    def get_domain(self) -> Domain:
        """The domain with the flow's sentences, fields and slots."""
        domain = super().get_domain()
        if not self._changes.fingerprint or domain.is_empty():
            return domain
        return Domain.from_dict(self._overlay.lay_over(domain.as_dict(), self._changes))

    @cached_method
    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """The examples with the flow's trigger phrases."""
        from support.flow.project import TRIGGER

        data: TrainingData = super().get_nlu_data(language)
        removed = {self._same(phrase) for phrase in self._changes.phrases_removed}
        kept = [
            example
            for example in data.training_examples
            if example.get(INTENT) != TRIGGER or self._same(example.get(TEXT) or "") not in removed
        ]
        have = {self._same(each.get(TEXT) or "") for each in kept if each.get(INTENT) == TRIGGER}
        added = [
            Message.build(text=phrase, intent=TRIGGER)
            for phrase in self._changes.phrases_added
            if self._same(phrase) not in have
        ]
        if len(kept) == len(data.training_examples) and not added:
            return data
        return TrainingData(
            [*kept, *added],
            data.entity_synonyms,
            data.regex_features,
            data.lookup_tables,
            data.responses,
        )
