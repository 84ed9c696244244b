"""Models of flows: where each lies, training those that are not there, and removing old ones."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from components import flow_training
from support import database
from support.flow import inputs, versions
from support.flow.document import Changes
from support.models import FlowVersion

logger = logging.getLogger(__name__)
# A model of no version is a draft's, which may be published, or read, at this moment.
DRAFTS_KEPT_SECONDS = 3600.0
# Models of versions older than those that are kept are looked for among so many.
ALSO_LOOKED_AT = 100


@dataclass(frozen=True)
class Candidates:
    """The models below one folder."""

    folder: Path

    def model_of(self, changes: Changes) -> Path:
        """The model for this flow and the files as they are now; trained if it is not there."""
        model = self.file_of(changes)
        if not model.is_file():
            flow_training.train(changes, model)
        return model

    def file_of(self, changes: Changes) -> Path:
        """Where that model lies, or would."""
        return self._file_with(changes.fingerprint)

    def make_newest(self, changes: Changes, model: Path) -> None:
        """A server that starts, and `make run`, take the newest model and look at the stamp."""
        try:
            os.utime(model)
            stamp = self.folder / inputs.STAMP
            stamp.write_text(f"{inputs.checksum(changes.fingerprint)}\n", encoding="utf-8")
        except OSError as error:
            logger.warning("The live model cannot be marked as the newest: %s", error)

    def remove_old(self) -> None:
        """Keep the models of the last versions, and for an hour those of drafts."""
        with database.read_scope() as session:
            rows = versions.published(session, versions.KEPT_MODELS + ALSO_LOOKED_AT)
            live = self.file_of(versions.live_changes(session))
        kept = {*self._files_of(rows[: versions.KEPT_MODELS]), live}
        old = set(self._files_of(rows[versions.KEPT_MODELS :])) - kept
        forgotten = time.time() - DRAFTS_KEPT_SECONDS
        for model in set(self.folder.glob("flow-*.tar.gz")) - kept:
            try:
                # Not the time of change, which says what a server takes when it starts.
                if model in old or model.stat().st_ctime < forgotten:
                    model.unlink(missing_ok=True)
            except OSError as error:
                logger.warning("An old model cannot be removed: %s", error)
        for unfinished in self.folder.glob(f"{flow_training.UNFINISHED}*"):
            # Whoever trained there was killed; or ended at this moment.
            with contextlib.suppress(FileNotFoundError):
                if unfinished.stat().st_mtime < forgotten:
                    shutil.rmtree(unfinished, ignore_errors=True)

    def _files_of(self, rows: Iterable[FlowVersion]) -> list[Path]:
        prints = {Changes.from_json(row.changes).fingerprint for row in rows}
        return [self._file_with(print_) for print_ in prints]

    def _file_with(self, fingerprint: str) -> Path:
        return self.folder / f"flow-{inputs.checksum(fingerprint)[:16]}.tar.gz"
