"""The mail's templates: what a designer can write, and what is refused at its line."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2.exceptions import SecurityError, TemplateError

from support.flow import document, project, sample_request, templates
from support.flow.document import ChatMessage, FlowField, Mail
from support.flow.template_values import values_of
from support.notifications import words
from support.notifications.message import Added
from tests.test_email import ANN, parts, render

FIELDS = document.default(project.read()).fields
ORDER = FlowField("order_number", "text", False, "Order", "Which order?")


def why(text: str) -> str:
    """Why a text is refused; empty when it is not."""
    found = templates.problem(Mail("x", text), (*FIELDS, ORDER))
    return found[1] if found else ""


def test_renders_the_mail_as_the_product_words_it_by_default() -> None:
    default = document.default(project.read()).notification
    mail = templates.rendered(default, values_of(ANN))
    assert mail.subject == render()["Subject"]
    assert mail.text.split() == parts(render())["plain"].split()


def test_words_the_message_to_chat_channels_as_the_product_does_by_default() -> None:
    default = document.default(project.read()).chat_message
    message = templates.rendered(default, values_of(ANN))
    assert message.title == words.headline(ANN)
    facts = [f"{label}: {value}" for label, value in words.facts(ANN)]
    assert message.text.split("\n")[0] == ANN.reason
    assert [fact for fact in facts if fact not in message.text] == []
    assert words.conversation(ANN, 1500) in message.text


def test_names_the_part_at_fault() -> None:
    assert templates.problem(ChatMessage("a\nb", "c"), []) == (
        "title",
        "It has more than one line.",
    )
    assert templates.problem(ChatMessage("a", "{{ b }}"), [])[0] == "text"  # type: ignore[index]


@pytest.mark.parametrize(
    "text",
    [
        "{{ name }} {{ order_number }}",
        "{% for a in answers %}{{ a.label }}: {{ a.value|upper }}{% endfor %}",
        "{% if can_reply and 'email' not in unverified %}yes{% else %}no{% endif %}",
        "{% for line in conversation %}{{ loop.index }} {{ line.text|indent(2) }}{% endfor %}",
        "{{ reason|default('-') ~ '!' }}",
        "{{ answers[0].label }}: {{ answers|join(', ', attribute='value') }}",
        "{{ unverified|join(' and ') }}",
        "{% for a in answers %}{% for line in conversation %}{{ a.name }}{% endfor %}{% endfor %}",
    ],
)
def test_takes_values_conditions_and_loops(text: str) -> None:
    assert why(text) == ""


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "empty"),
        ("a\n{{ nme }}", "Line 2: there is nothing called nme"),
        ("a\n\n{% if x %}", "Line 3"),
        ("{{ name", "Line 1"),
        ("{{ ''.__class__.__mro__ }}", "Line 1"),
        ("{{ name.upper() }}", "call is not possible"),
        ("{{ 'a' * 10000000 }}", "mul is not possible"),
        ("{% include '/etc/passwd' %}", "include is not possible"),
        ("{% macro a() %}{% endmacro %}", "macro is not possible"),
        ("{{ range(9) }}", "not possible"),
        ("{{ name|attr('x') }}", "attr"),
        ("{{ name|center(100000000) }}", "center"),
        ("{{ 1 + 1 }}", "add is not possible"),
        ("{% set a = name %}", "assign is not possible"),
        (
            "a\n{% for a in answers %}{{ a.field.label }}{% endfor %}",
            "Line 2: 'dict object' has",
        ),
        ("{% for n in unverified %}{{ n.a.b }}{% endfor %}", "has no attribute 'a'"),
        ("{{ answers[9].label }}", "Line 1"),
        ("{% for letter in reason %}x{% endfor %}", "goes over answers, conversation or unverif"),
        ("{% for a in conversation|join %}x{% endfor %}", "goes over"),
        ("{% if name %}" * 101 + "{% endif %}" * 101, "nested too deeply"),
        ("{{ name" + "|upper" * 250 + " }}", "nested too deeply"),
        ("{{ name == " + "9" * 5000 + " }}", "cannot be read"),
        ("{{ " + "(" * 5000, "cannot be read"),
        ("{{ name }}" * 1001, "more than 1000 parts"),
        ("{% for a in answers %}x{% endfor %}" * 21, "more than 20 loops"),
        ("{{ " + "name ~ " * 11 + "name }}", "more than 10 texts"),
        (
            "{% for a in answers %}{% for b in answers %}{% for c in answers %}x"
            "{% endfor %}{% endfor %}{% endfor %}",
            "at most 2",
        ),
        ("x" * 20_001, "20001"),
    ],
)
def test_refuses_what_cannot_be_rendered_or_is_more_than_words(text: str, reason: str) -> None:
    assert reason in why(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ name|join('xxxxxxxxxx')|join('xxxxxxxxxx')|join('xxxxxxxxxx') }}",
        "{{ unverified|join('" + "x" * 10_000 + "') }}",
        "{{ conversation|indent(100000000) }}",
    ],
)
def test_lets_no_filter_make_much_of_little(text: str) -> None:
    assert why(text) == ""
    values = {**sample_request.values(FIELDS, verified=False), "name": "Ann"}
    assert len(templates.rendered(Mail("x", text), values).text) < 1000


def test_ends_a_text_that_comes_to_too_much() -> None:
    line = {"time": "12:00:00", "who": "Visitor", "text": "x" * 1000}
    values = {**sample_request.values(FIELDS), "conversation": [line] * 500}
    inner = "{% for b in conversation %}{{ b.text }}{% endfor %}"
    text = "{% for a in conversation %}" + inner + "{% endfor %}"
    assert why(text) == ""
    with pytest.raises(TemplateError, match="more than 1000000 characters"):
        templates.rendered(Mail("x", text), values)


def test_gives_a_designer_no_way_to_pythons_objects() -> None:
    text = "{{ answers.__class__.__base__ }}"
    assert "unsafe" in why(text)
    with pytest.raises(SecurityError):
        templates.rendered(Mail("x", text), sample_request.values(FIELDS))


def test_says_not_given_for_a_field_that_this_visitor_was_not_asked() -> None:
    mail = Mail("{{ order_number }}", "{{ order_number }}")
    assert templates.rendered(mail, values_of(ANN)) == Mail("not given", "not given")


def test_shows_answers_to_added_fields_in_the_usual_mail() -> None:
    added = (Added("order_number", "Order number", "AB-1234 <b>"),)
    mail = render(answers=added, unverified=("order_number",))
    assert "Order number AB-1234 <b> (not verified)" in parts(mail)["plain"]
    assert "AB-1234 &lt;b&gt;" in parts(mail)["html"]


def test_tells_the_team_all_the_same_when_the_designers_words_fail(caplog: Any) -> None:
    broken = Mail("{{ name }}", "{{ answers[0].value.x.y }}{% for a in name.b.c %}{% endfor %}")
    mail = render(mail=broken)
    assert "asks for a person" in mail["Subject"]
    assert "cannot be rendered" in caplog.text


def test_keeps_headers_on_one_line_whatever_a_visitor_is_called() -> None:
    mail = render(mail=Mail("For {{ name }}", "{{ name }}"), name="Ann\nBcc: eve@example.org")
    assert mail["Subject"] == "For Ann Bcc: eve@example.org"
    assert mail["Bcc"] is None
