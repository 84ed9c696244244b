"""Which class an event has that came as JSON: looked up once for each kind.

Stock Rasa looks through all classes of events, and theirs, for each event of an action's answer.
"""

from __future__ import annotations

from rasa.shared.core.events import Event

from components import rasa_version

_look_up = Event.resolve_by_type
_known: dict[str, type[Event]] = {}


def install() -> None:
    """Let Rasa look up so. Raises ConfigError on a Rasa whose code this was not made for."""
    rasa_version.require(__name__)
    Event.resolve_by_type = staticmethod(resolve_by_type)


def resolve_by_type(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
    """As Rasa's own: the class; `default` for an unknown name, or ValueError without one."""
    if type_name not in _known:
        found: type[Event] | None = _look_up(type_name, default)
        if found is None or found is default:
            return found
        _known[type_name] = found
    return _known[type_name]
