"""Training the assistant, when something it learns from has changed.

    python -m scripts.training [--if-needed]

A checksum of all that goes into a model, the published handoff flow included, lies beside it, so
that a fresh clone, whose files are all new, and a file touched but not changed are told apart from
a change.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

from scripts.output import ProcessLog, say
from scripts.process import Keeper, Service, StartError, start
from support.config import PROJECT, environment
from support.errors import SupportError
from support.flow import inputs, overlay, published

MODELS = Path("models")
STAMP = MODELS / inputs.STAMP
MODEL = MODELS / "assistant.tar.gz"
LOGS = Path("var/log")
GRACE_SECONDS = 8.0
TRAINING = Service(
    "train",
    [sys.executable, "-m", "scripts.serve_rasa", "train", "--fixed-model-name", "assistant"],
)


def is_needed(project: Path = PROJECT) -> bool:
    """Whether there is no model, or something it was trained from has changed since."""
    stamp = project / STAMP
    if not stamp.is_file() or not any((project / MODELS).glob("*.tar.gz")):
        return True
    return stamp.read_text().strip() != checksum_of_inputs(project)


def checksum_of_inputs(project: Path = PROJECT) -> str:
    """One SHA-256 over all that a model depends on, the published flow among it.

    StartError when that cannot be read.
    """
    return inputs.checksum(_published_flow(), project)


def flow_in_model(model: Path) -> str:
    """The fingerprint of the flow that a model was trained with; empty for the files alone."""
    with tarfile.open(model) as archive:
        member = next(each for each in archive if each.name.endswith("metadata.json"))
        content = archive.extractfile(member)
        slots = json.load(content)["domain"]["slots"] if content else {}
    values = {name: slot.get("initial_value") for name, slot in slots.items()}
    return overlay.fingerprint_in(values)


def _published_flow() -> str:
    try:
        return published.changes().fingerprint
    except SupportError as error:
        raise StartError(str(error)) from None


async def train(environ: Mapping[str, str]) -> None:
    """Train into models/assistant.tar.gz; StartError says why when that fails."""
    flow = _published_flow()
    checksum = inputs.checksum(flow)
    log = ProcessLog(TRAINING.name, PROJECT / LOGS)
    keeper = Keeper()
    process = await start(TRAINING, environ, log, keeper)
    try:
        code = await process.wait()
    finally:
        await process.stop(GRACE_SECONDS)
        keeper.close()
        log.close()
    if code:
        raise StartError(f"Training ended with code {code}. Its last lines:{log.last_words()}")
    if flow_in_model(PROJECT / MODEL) != flow:
        # Rasa goes on with a warning when it does not find an importer.
        raise StartError(
            "The trained model does not hold the published handoff flow: config.yml must name "
            f"'components.flow_importer.FlowImporter' under importers.{log.last_words()}"
        )
    (PROJECT / STAMP).write_text(f"{checksum}\n")


def main() -> int:
    """Train, or with --if-needed only when an input has changed; the exit code."""
    try:
        if sys.argv[1:] == ["--if-needed"] and not is_needed():
            say("The trained model is current.")
            return 0
        say("Training the assistant; this takes about half a minute.")
        asyncio.run(train(environment()))
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    say("Trained: models/assistant.tar.gz")
    return 0


if __name__ == "__main__":
    sys.exit(main())
