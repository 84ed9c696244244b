"""E-mail over SMTP: text and HTML from Jinja2 templates, one address a message."""

from __future__ import annotations

import contextlib
import datetime as dt
import smtplib
import socket
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from email_validator import EmailNotValidError, validate_email

from support import logs
from support.config import SmtpServer
from support.errors import DeliveryError
from support.flow.document import Mail
from support.flow.template_environment import one_line
from support.notifications.bounded_smtp import BoundedSMTP, BoundedSMTPS
from support.notifications.message import Message
from support.notifications.note import Note
from support.notifications.own_words import own_words
from support.notifications.words import labels, templates

SECONDS_PER_STEP = 10
TOO_BIG = 552
REFUSES_US = (smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPSenderRefused)
SUBJECT_NAME_LENGTH = 60
# Python folds a longer one without its quotes, if it has no blanks, and what is in it then counts.
DISPLAY_LENGTH = 50


class Email:
    """Sends through one SMTP server."""

    def __init__(self, server: SmtpServer, mail_from: str) -> None:
        self._server = server
        self._from_name, self._from_address = parseaddr(mail_from)
        self._templates = templates()

    def send(self, message: Message) -> str:
        """Hand over to the mail server; return its answer. Raises DeliveryError."""
        try:
            return self._deliver(self.render(message), message.target)
        except DeliveryError as error:
            # Servers quote what they refuse, and the owner reads why it was refused.
            said = logs.without(str(error), message.given)
            raise DeliveryError(said, permanent=error.permanent) from None

    def send_note(self, target: str, note: Note) -> str:
        """The same for a note to the owner."""
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = one_line(note.subject)
        mail["From"] = _address(self._from_name, self._from_address)
        mail["To"] = Address(addr_spec=_ascii(target) or target)
        mail["Date"] = format_datetime(dt.datetime.now(dt.timezone.utc))
        mail["Message-ID"] = self._message_id(note.id)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(_encodable(f"{note.text}\n\n{note.link}\n"), cte="quoted-printable")
        return self._deliver(mail, target)

    def _deliver(self, mail: EmailMessage, target: str) -> str:
        try:
            return self._hand_over(mail)
        except smtplib.SMTPRecipientsRefused as error:
            ((code, answer),) = error.recipients.values()
            raise _refused(f"refused the address {target}", code, answer) from error
        except smtplib.SMTPAuthenticationError as error:
            # An administrator can mend a sign-in, so it is worth trying again.
            raise DeliveryError(_said("refused the sign-in", error)) from error
        except REFUSES_US as error:
            # An administrator can mend that; but 552 is too big a mail.
            too_big = error.smtp_code == TOO_BIG
            raise DeliveryError(_said("refused the mail", error), permanent=too_big) from error
        except smtplib.SMTPResponseException as error:
            raise _refused("refused the mail", error.smtp_code, error.smtp_error) from error
        except ssl.SSLError as error:
            raise DeliveryError(f"No secure connection to {self._where()}: {error}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(f"No answer from {self._where()}: {_why(error)}") from error

    def render(self, message: Message) -> EmailMessage:
        """The mail as it will be sent, headers included."""
        mail = EmailMessage(policy=SMTP)
        name = one_line(message.name)[:SUBJECT_NAME_LENGTH]
        own = _own_words(message)
        mail["Subject"] = _unencoded(_subject(message, own))
        mail["From"] = _address(message.sender_name or self._from_name, self._from_address)
        mail["To"] = Address(addr_spec=_ascii(message.target) or message.target)
        reply_to = _reply_to(name, message.reply_to)
        if reply_to:
            mail["Reply-To"] = reply_to
        mail["Date"] = format_datetime(message.news.at if message.news else message.created_at)
        mail["Message-ID"] = self._message_id(message.delivery_id)
        if message.news and message.news.follows:
            mail["In-Reply-To"] = mail["References"] = self._message_id(message.news.follows)
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Support-Reference"] = message.reference
        kind = "followup" if message.news else "request"
        if own and message.news is None:
            text = own.text
            html = self._templates.get_template("own.html").render(m=message, text=text)
        else:
            known = {"m": message, "labels": labels(message)}
            text = self._templates.get_template(f"{kind}.txt").render(known)
            html = self._templates.get_template(f"{kind}.html").render(known)
        # Not every server takes 8-bit lines, and none has to take lines over 998 (RFC 5321).
        mail.set_content(_encodable(text), cte="quoted-printable")
        mail.add_alternative(_encodable(html), subtype="html", cte="quoted-printable")
        return mail

    def _message_id(self, delivery_id: str) -> str:
        return f"<{delivery_id}@{self._from_address.rpartition('@')[2]}>"

    def _hand_over(self, mail: EmailMessage) -> str:
        smtp = self._connect()
        try:
            if self._server.user:
                smtp.login(self._server.user, self._server.password or "")
            smtp.send_message(mail)
        finally:
            # What a server answers to the goodbye changes nothing about a mail it has accepted.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()
        at = dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds")
        return f"Accepted by {self._where()} at {at}: {smtp.said}"

    def _connect(self) -> BoundedSMTP:
        host, port = self._server.host, self._server.port
        if self._server.tls == "tls":
            context = ssl.create_default_context()
            return BoundedSMTPS(host, port, timeout=SECONDS_PER_STEP, context=context)
        smtp = BoundedSMTP(host, port, timeout=SECONDS_PER_STEP)
        if self._server.tls == "starttls":
            try:
                smtp.starttls(context=ssl.create_default_context())
            except BaseException:
                smtp.close()
                raise
        return smtp

    def _where(self) -> str:
        return f"{self._server.host}:{self._server.port}"


def _own_words(message: Message) -> Mail | None:
    """The mail in the designer's words; None when there are none, or they fail on this request."""
    text = own_words(message.mail, message)
    name = (message.asked_as or message.name)[:SUBJECT_NAME_LENGTH]
    subject = own_words(message.mail, message, name=name)
    return Mail(subject.subject, text.text) if subject and text else None


def _subject(message: Message, own: Mail | None) -> str:
    """The same in all mails about a request, but for the mark of an answer: they are one thread."""
    name = one_line(message.asked_as or message.name)[:SUBJECT_NAME_LENGTH]
    subject = own.subject if own else f"[{message.reference}] {name} asks for a person"
    if message.test:
        return f"[Test] {subject}"
    return f"Re: {subject}" if message.news and message.news.follows else subject


def _encodable(text: str) -> str:
    """Half an emoji, as a client that cuts text may send, becomes a question mark."""
    return text.encode(errors="replace").decode()


def _ascii(address: str) -> str | None:
    """The address as every mail server takes it, or None when it cannot be written so."""
    try:
        return validate_email(address, check_deliverability=False).ascii_email
    except EmailNotValidError:
        return address if address.isascii() else None


def _reply_to(name: str, address: str | None) -> Address | None:
    """The visitor's address; None when none was given, or mails cannot carry it."""
    # A server without SMTPUTF8 would refuse the whole mail for another kind of address.
    written = _ascii(address) if address else None
    try:
        return _address(name, written) if written else None
    except (ValueError, MessageError, IndexError):
        # As typed it is in the mail's text, and the team is told all the same.
        return None


def _address(name: str, addr_spec: str) -> Address:
    return Address(display_name=_unencoded(one_line(name))[:DISPLAY_LENGTH], addr_spec=addr_spec)


def _unencoded(text: str) -> str:
    """Text in which nothing is an encoded word (RFC 2047).

    Python decodes those in a header that it is given, and what comes out may be another header.
    """
    return text.replace("=?", "= ?")


def _refused(what: str, code: int, answer: bytes | str) -> DeliveryError:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    # RFC 5321, section 4.2.1: 5yz will not change by itself, 4yz may.
    return DeliveryError(f"The mail server {what}: {code} {text}", permanent=code >= 500)


def _said(what: str, error: smtplib.SMTPResponseException) -> str:
    text = error.smtp_error
    shown = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"The mail server {what}: {error.smtp_code} {shown}"


def _why(error: Exception) -> str:
    if isinstance(error, (TimeoutError, socket.timeout)):
        return f"nothing heard for {SECONDS_PER_STEP} seconds"
    return str(error) or type(error).__name__
