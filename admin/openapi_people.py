"""The API's description: people, tokens, and the record of who did what."""

from __future__ import annotations

from admin import describing as d
from support.api_tokens import LONGEST_NAME as LONGEST_TOKEN_NAME
from support.models import Role
from support.people import LONGEST_NAME

NOBODY = {"404": "There is nobody with this number."}
# A form sends what was left empty as well.
DAY: d.Json = {"anyOf": [{"type": "string", "format": "date"}, {"const": ""}]}
NUMBER: d.Json = {"type": "integer", "minimum": 1}
ROLE: d.Json = {
    "enum": [role.value for role in Role],
    "description": "Each may do what those before it may.",
}


def paths() -> d.Json:
    """The routes, by address."""
    return {**_own(), **_people(), "/admin/api/audit": {"get": _audit()}}


def schemas() -> d.Json:
    """A person, a token, and an entry."""
    token = {
        "id": NUMBER,
        "name": d.TEXT,
        "created_at": d.MOMENT,
        "used_at": {**d.MAYBE_MOMENT, "description": "Last used, to the minute; null: never."},
    }
    person = {
        "id": NUMBER,
        "name": d.TEXT,
        "role": ROLE,
        "created_at": d.MOMENT,
        "disabled_at": d.MAYBE_MOMENT,
        "has_password": {**d.FLAG, "description": "false: invited, and not come yet."},
        "token_count": d.COUNT,
    }
    with_tokens = {**person, "tokens": d.array(d.ref("Token"))}
    entry = {
        "id": NUMBER,
        "at": d.MOMENT,
        "actor": d.TEXT,
        "action": d.TEXT,
        "object": d.MAYBE_TEXT,
        "detail": {"type": "object"},
    }
    return {
        "Account": d.record({"id": {"type": ["integer", "null"]}, "name": d.TEXT, "role": ROLE}),
        "Token": d.record(token),
        "NewToken": d.record({**token, "token": {**d.TEXT, "description": "Shown only here."}}),
        "Person": d.record(person),
        "PersonWithTokens": d.record(with_tokens),
        "Invitation": d.record(
            {
                "person": d.ref("PersonWithTokens"),
                "link": {**d.TEXT, "description": "Where the password is chosen; shown only here."},
                "ends_at": d.MOMENT,
            }
        ),
        "AuditEntry": d.record(entry),
    }


def _own() -> d.Json:
    name = {"type": "string", "minLength": 1, "maxLength": LONGEST_TOKEN_NAME}
    return {
        "/admin/api/account": {
            "get": d.reading(
                "readAccount",
                "Whose token this is",
                d.answer("Its owner; id is null for the admin token.", d.ref("Account")),
            )
        },
        "/admin/api/tokens": {
            "get": d.reading(
                "listTokens",
                "List the tokens of the token's owner",
                d.answer("Those that are not revoked.", d.rows("tokens", "Token")),
            ),
            "post": d.writing(
                "makeToken",
                "Make a token with the same owner",
                d.answer("The token.", d.ref("NewToken")),
                body=d.record({"name": name}),
                status="201",
            ),
        },
        "/admin/api/tokens/{token_id}": {
            "delete": d.writing(
                "revokeToken",
                "Revoke a token of the same owner",
                d.nothing("It works no more."),
                status="204",
                parameters=[d.in_path("token_id")],
                errors={"404": "The owner has no such token."},
            )
        },
    }


def _people() -> d.Json:
    one = d.in_path("person_id", "The person's `id`.")
    name = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}
    change = d.record({"role": ROLE, "disabled": d.FLAG}, optional=["role", "disabled"])
    invitation = d.answer("The person, and the link to send.", d.ref("Invitation"))
    return {
        "/admin/api/people": {
            "get": d.reading(
                "listPeople",
                "List everybody who can sign in, or could",
                d.answer("By name; the disabled last.", d.rows("people", "Person")),
            ),
            "post": d.writing(
                "addPerson",
                "Add somebody, who chooses a password by a link",
                invitation,
                body=d.record({"name": name, "role": ROLE}),
                status="201",
            ),
        },
        "/admin/api/people/{person_id}": {
            "get": d.reading(
                "readPerson",
                "Read one person with their tokens",
                d.answer("The person.", d.ref("PersonWithTokens")),
                parameters=[one],
                errors=NOBODY,
            ),
            "patch": d.writing(
                "changePerson",
                "Change a role, disable, or enable again",
                d.answer("The person.", d.ref("PersonWithTokens")),
                body=change,
                parameters=[one],
                errors=NOBODY,
            ),
        },
        "/admin/api/people/{person_id}/invitation": {
            "post": d.writing(
                "invitePerson",
                "Make a new link; the password so far stops working",
                invitation,
                status="201",
                parameters=[one],
                errors=NOBODY,
            )
        },
        "/admin/api/people/{person_id}/tokens/{token_id}": {
            "delete": d.writing(
                "revokeTokenOfPerson",
                "Revoke a token of somebody's",
                d.nothing("It works no more."),
                status="204",
                parameters=[one, d.in_path("token_id")],
                errors={"404": "There is nobody with this number, or no such token."},
            )
        },
    }


def _audit() -> d.Json:
    return d.reading(
        "listAuditEntries",
        "Who did what, newest first",
        d.answer("One page of entries.", _page()),
        parameters=[
            d.limit(),
            d.in_query("before", "`next` of the page before.", {**NUMBER, "maximum": 999_999_999}),
            d.in_query("person", "Who did it, by name."),
            d.in_query("action", "Such as 'request.viewed', or 'request' for all that begin so."),
            d.in_query("object", "What it was done to, such as a request's reference."),
            d.in_query("since", "The first day, in UTC.", DAY),
            d.in_query("until", "The last day, in UTC.", DAY),
        ],
        errors={"422": d.PARAMETER_WRONG},
    )


def _page() -> d.Json:
    following = {"type": ["integer", "null"], "description": "null on the last page."}
    return d.record({"entries": d.array(d.ref("AuditEntry")), "next": following})
