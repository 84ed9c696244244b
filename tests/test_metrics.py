"""What the two servers count of their own."""

from __future__ import annotations

import pytest

from support.errors import DeliveryError
from support.metrics import ActionMetrics, RasaMetrics
from support.trace import Outcome, Turn


class Channel:
    """Answers, or raises what it is given."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    def send(self, _message: object) -> str:
        """As channels do."""
        if self._error:
            raise self._error
        return "250 ok"


@pytest.mark.parametrize(
    "error, result",
    [
        (DeliveryError("busy"), "refused"),
        (DeliveryError("no such mailbox", permanent=True), "refused_for_good"),
        (KeyError("a fault"), "broke"),
    ],
)
def test_counts_attempts_that_fail_and_lets_the_error_through(
    error: Exception, result: str
) -> None:
    metrics = ActionMetrics()
    channels = metrics.watched({"slack": Channel(error)})
    with pytest.raises(type(error)) as raised:
        channels["slack"].send(object())  # type: ignore[arg-type]
    assert raised.value is error
    figures = metrics.registry.get_sample_value
    labels = {"channel": "slack", "result": result}
    assert figures("support_deliveries_total", labels) == 1
    assert figures("support_delivery_duration_seconds_count", {"channel": "slack"}) == 1


def test_counts_attempts_that_are_accepted_and_passes_the_answer_on() -> None:
    metrics = ActionMetrics()
    channels = metrics.watched({"email": Channel(), "slack": Channel()})
    assert channels["email"].send(object()) == "250 ok"  # type: ignore[arg-type]
    figures = metrics.registry.get_sample_value
    accepted = {"channel": "email", "result": "accepted"}
    assert figures("support_deliveries_total", accepted) == 1
    assert figures("support_deliveries_total", {**accepted, "channel": "slack"}) is None


def test_counts_turns_by_door_and_outcome() -> None:
    metrics = RasaMetrics()
    for outcome in (Outcome.ANSWERED, Outcome.ANSWERED, Outcome.APOLOGISED):
        metrics.took(Turn("id", "hash", "rest", outcome=outcome))
    figures = metrics.registry.get_sample_value
    labels = {"channel": "rest", "outcome": "answered"}
    assert figures("support_turns_total", labels) == 2
    assert figures("support_turn_duration_seconds_count", {"channel": "rest"}) == 3


def test_shares_nothing_between_two_servers() -> None:
    one, other = RasaMetrics(), RasaMetrics()
    one.understood(0.1)
    name = "support_understanding_duration_seconds_count"
    assert one.registry.get_sample_value(name) == 1
    assert other.registry.get_sample_value(name) == 0


@pytest.mark.parametrize("metrics, package", [(RasaMetrics, "rasa"), (ActionMetrics, "rasa_sdk")])
def test_tells_which_server_it_is(metrics: type, package: str) -> None:
    (build,) = (f for f in metrics().registry.collect() if f.name == "support_build_info")
    labels = build.samples[0].labels
    assert set(labels) == {"server", "python", package}
    assert labels[package].startswith("3.6.")
