"""Every error this product raises on purpose.

SupportError
├── ConfigError          a variable in the environment is missing or wrong
├── SettingsError        a change to Support Operations was refused; names the field
├── ChannelError         a channel cannot be made, changed or deleted so; names the field
├── PeopleError          a change to a person, a password or a token was refused; names the field
├── SignInRefused        a wrong name, password or token
├── TooManySignIns       wrong ones too often; says how long to wait
├── SupportDisabled      a request came while Support Operations is off
├── IncompleteRequest    a request without all it needs was to be stored
├── TooManyTries         a request was asked for with wrong details too often
├── RequestEnded         something was to be added to a request that is not open any more
├── LimitReached         somebody has sent as much as is taken in a day; names the limit
├── PersonUnclear        whose data is meant cannot be told from what was typed
├── DataChanged          there is other data of a person than was shown before erasing
├── KeyReused            a key for doing something once was used for something else
├── StillAtWork          what is to be done once is being done at this moment
├── NoSuchRequest        the team was to work on a request, or delivery, that does not exist
├── WorkRefused          the team cannot do this with the request as it stands
│   ├── RequestTaken     somebody else of the team has it; says who
│   └── RequestChanged   it has changed since it was looked at
├── FlowError            a handoff flow was refused; says what is wrong where
├── FlowChanged          somebody else has changed the flow meanwhile
├── FlowUnreadable       the published flow cannot be read, so no model can be trained
├── FlowBusy             a flow is being published already
├── FlowVersionMissing   there is no such version of the flow
├── WorkFailed           work on the flow came to nothing; says why
├── WorkshopClosed       the process that works on the flow is gone
└── DeliveryError        one attempt to tell the team failed; says whether trying again can help

A message says what was wrong, with which value, and what to do. No message holds a secret.
"""

from __future__ import annotations

from collections.abc import Sequence


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


class ChannelError(SupportError):
    """A channel cannot be made, changed or deleted like this.

    field: what of the channel is at fault, or None when the change as a whole is.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class PeopleError(SupportError):
    """A change to the people who work here, to a password or to a token was refused.

    field: what in the form or the body is at fault, or None when the change as a whole is.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class SignInRefused(SupportError):
    """The name or the password is wrong."""


class TooManySignIns(SupportError):
    """Too many wrong tries to sign in. seconds: until the next one is looked at."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many wrong tries. Try again in {seconds} seconds.")
        self.seconds = seconds


class SupportDisabled(SupportError):
    """Support Operations is switched off, so no request was stored."""


class IncompleteRequest(SupportError):
    """A request needs a name, a reason, and an e-mail address or a phone number."""


class RequestEnded(SupportError):
    """This request is not open any more, so nothing was changed in it."""


class LimitReached(SupportError):
    """As much has been sent as is taken, so nothing was stored; it works again later.

    kind: the limit, a setting's name or limits.CHANGES. conversation_id, client: who ran into it.
    """

    def __init__(self, kind: str, conversation_id: str, client: str | None) -> None:
        super().__init__(f"The limit {kind} is reached, so nothing was stored.")
        self.kind = kind
        self.conversation_id = conversation_id
        self.client = client


class PersonUnclear(SupportError):
    """This is no e-mail address, no phone number, and no reference of a request."""


class DataChanged(SupportError):
    """What is stored of this person has changed since it was shown; nothing was erased."""


class KeyReused(SupportError):
    """This key was used before, for another call; use a new one for each thing to do."""


class StillAtWork(SupportError):
    """The first call with this key is still at work; ask again in a moment."""


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


class FlowError(SupportError):
    """The handoff flow cannot be used as it is.

    problems: what is wrong, with its place in the document, such as 'fields[4].name'.
    """

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        place, first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{place}: {first}{more}")
        self.problems = tuple(problems)


class FlowChanged(SupportError):
    """The flow has been changed since it was read; read it again."""


class FlowUnreadable(SupportError):
    """The published handoff flow cannot be read."""


class FlowBusy(SupportError):
    """A version of the flow is being published; wait until that has ended."""


class FlowVersionMissing(SupportError):
    """There is no version of the flow with this number."""


class WorkFailed(SupportError):
    """Work on the flow came to nothing."""


class WorkshopClosed(SupportError):
    """The process that works on the flow is gone."""


class DeliveryError(SupportError):
    """The team could not be told.

    permanent: True when trying again cannot help, such as for an unknown mailbox. retry_after: how
    many seconds the other side asked to be left alone, None when it did not say.
    """

    def __init__(
        self, message: str, *, permanent: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
