"""Training the assistant, when something it learns from has changed.

    python -m scripts.training [--if-needed]

A checksum of all that goes into a model lies beside it, so that a fresh clone, whose files are
all new, and a file touched but not changed are told apart from a change.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from scripts.output import ProcessLog, say
from scripts.process import Keeper, Service, StartError, start
from support.config import PROJECT, environment

INPUTS = ("config.yml", "domain.yml", "domain", "data", "components", "requirements/project.txt")
MODELS = Path("models")
STAMP = MODELS / ".inputs.sha256"
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
    """One SHA-256 over the names and contents of all files that a model depends on."""
    digest = hashlib.sha256()
    for path in _input_files(project):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(project).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _input_files(project: Path) -> Iterator[Path]:
    for name in INPUTS:
        path = project / name
        if path.is_file():
            yield path
        for each in sorted(path.rglob("*")):
            if each.is_file() and "__pycache__" not in each.parts:
                yield each


async def train(environ: Mapping[str, str]) -> None:
    """Train into models/assistant.tar.gz; StartError says why when that fails."""
    checksum = checksum_of_inputs()
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
    (PROJECT / STAMP).write_text(f"{checksum}\n")


def main() -> int:
    """Train, or with --if-needed only when an input has changed; the exit code."""
    if sys.argv[1:] == ["--if-needed"] and not is_needed():
        say("The trained model is current.")
        return 0
    say("Training the assistant; this takes about half a minute.")
    try:
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
