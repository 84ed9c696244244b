"""Models of flows: where each lies, training those that are not there, and removing old ones."""

from __future__ import annotations

import logging
import os
from collections import OrderedDict
from pathlib import Path

from components import flow_training
from components.rehearsal import Rehearsal
from support import database
from support.flow import document, inputs, project, versions
from support.flow.document import Changes

logger = logging.getLogger(__name__)
# So many models are held ready to be talked to, beside the live one.
HELD = 2


class Candidates:
    """The models below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: OrderedDict[str, Rehearsal] = OrderedDict()

    def model_of(self, changes: Changes) -> Path:
        """The model for this flow and the files as they are now; trained if it is not there."""
        checksum = inputs.checksum(changes.fingerprint)
        model = self._file(checksum)
        if not model.is_file():
            flow_training.train(changes, model)
        return model

    def rehearsal_of(self, changes: Changes) -> Rehearsal:
        """The flow's model, loaded, to be talked to."""
        model = self.model_of(changes)
        held = self._held.pop(model.name, None)
        if held is None:
            held = Rehearsal(model, document.laid_over(changes, project.read()))
        self._held[model.name] = held
        while len(self._held) > HELD:
            self._held.popitem(last=False)
        return held

    def forget_held(self) -> None:
        """Let go of the memory of models that are only rehearsed."""
        self._held.clear()

    def make_newest(self, changes: Changes, model: Path) -> None:
        """A server that starts, and `make run`, take the newest model and look at the stamp."""
        try:
            os.utime(model)
            stamp = self.folder / inputs.STAMP
            stamp.write_text(f"{inputs.checksum(changes.fingerprint)}\n", encoding="utf-8")
        except OSError as error:
            logger.warning("The live model cannot be marked as the newest: %s", error)

    def remove_old(self) -> None:
        """Keep the models of the last versions, and those that are held."""
        with database.read_scope() as session:
            kept = [
                Changes.from_json(each.changes)
                for each in versions.published(session, versions.KEPT_MODELS)
            ]
            kept.append(versions.live_changes(session))
        names = {self._file(inputs.checksum(print_)).name for print_ in _fingerprints(kept)}
        for model in self.folder.glob("flow-*.tar.gz"):
            if model.name not in names and model.name not in self._held:
                model.unlink(missing_ok=True)

    def _file(self, checksum: str) -> Path:
        return self.folder / f"flow-{checksum[:16]}.tar.gz"


def _fingerprints(kept: list[Changes]) -> set[str]:
    return {changes.fingerprint for changes in kept}
