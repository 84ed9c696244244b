"""Every error this product raises on purpose.

SupportError
├── ConfigError          a variable in the environment is missing or wrong
├── SettingsError        a change to Support Operations was refused; names the field
├── SupportDisabled      a request came while Support Operations is off
├── IncompleteRequest    a request without all it needs was to be stored
├── TooManyTries         a request was asked for with wrong details too often
├── RequestEnded         something was to be added to a request that is not open any more
├── NoSuchRequest        the team was to work on a request, or delivery, that does not exist
├── WorkRefused          the team cannot do this with the request as it stands
│   ├── RequestTaken     somebody else of the team has it; says who
│   └── RequestChanged   it has changed since it was looked at
└── DeliveryError        one attempt to tell the team failed; says whether trying again can help

A message says what was wrong, with which value, and what to do. No message holds a secret.
"""

from __future__ import annotations


class SupportError(Exception):
    """Something went wrong in the support product."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class ConfigError(SupportError):
    """A variable in the environment is missing or wrong."""


class SettingsError(SupportError):
    """A change to the settings was refused.

    field: the setting at fault, or None when the change as a whole is.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class SupportDisabled(SupportError):
    """Support Operations is switched off, so no request was stored."""


class IncompleteRequest(SupportError):
    """A request needs a name, a reason, and an e-mail address or a phone number."""


class RequestEnded(SupportError):
    """This request is not open any more, so nothing was changed in it."""


class NoSuchRequest(SupportError):
    """There is no request with this reference."""


class WorkRefused(SupportError):
    """This cannot be done with the request as it stands."""


class RequestTaken(WorkRefused):
    """Somebody else has this request. by: that person's name."""

    def __init__(self, by: str) -> None:
        super().__init__(f"{by} has taken this request; it has to be given back first.")
        self.by = by


class RequestChanged(WorkRefused):
    """The request has changed since you looked at it. Nothing was done; look at it again."""


class TooManyTries(SupportError):
    """Too many wrong references or addresses; asking works again later."""


class DeliveryError(SupportError):
    """The team could not be told.

    permanent: True when trying again cannot help, such as for an unknown mailbox.
    """

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent
