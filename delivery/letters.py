"""The letter that documents are attached to: its subject and text, in the languages of the documents."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Container
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path

from delivery.errors import NotEverError, NotNowError
from delivery.parcels import Parcel
from prm.errors import SettingsError
from prm.settings import Settings
from prm.words import LANGUAGES, Language, Words, format_period
from registry import is_address
from reports import Document

_SUBJECT = Words("Documents for {period}: {whose}", "Документы за {period}: {whose}")
_PART = Words("part {part} of {parts}", "часть {part} из {parts}")
_HELLO = Words("Good day!", "Добрый день!")
_ATTACHED = Words("Attached are the documents for {period}, {whose}:", "Во вложении документы за {period}, {whose}:")
_REPLACES = Words("replaces the one sent before", "взамен отправленного ранее")
_END = Words("{operator}\n\nThis letter was sent automatically.", "{operator}\n\nПисьмо отправлено автоматически.")
_OF_OPERATOR = Words("the operator's own", "для оператора")


def sender(settings: Settings) -> tuple[str, str]:
    """The sender's name (perhaps none) and address. Raises SettingsError where the setting is missing or no address."""
    name, address = parseaddr(settings.smtp_from or "")
    if not is_address(address):
        told = f"'{settings.smtp_from}' is no e-mail address" if settings.smtp_from else "it is not set"
        raise SettingsError(
            f"PRM_SMTP_FROM: {told}.", hint="Write documents@operator.example, or Name <documents@operator.example>."
        )
    return name, address


def letter(
    parcel: Parcel, message_id: str, whose: str, operator: str, replaced: Container[Path], settings: Settings
) -> EmailMessage:
    """The message of a parcel. whose: the counterparty's name. replaced: files of which an earlier version has arrived.

    Raises NotNowError where a document is not what was registered any more: it is being made anew; NotEverError for an
    address that no message can bear.
    """
    languages = [one for one in LANGUAGES if one in {document.language for document in parcel.documents}]
    message = EmailMessage(policy=SMTP)
    name, address = sender(settings)
    message["From"] = _address(address, _one_line(name or operator))
    message["To"] = _address(parcel.address)
    message["Subject"] = _one_line(" / ".join(_subject(parcel, whose, language) for language in languages))
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"  # so that no absence is answered
    message.set_content(
        "\n* * *\n\n".join(_text(parcel, whose, operator, replaced, language) for language in languages), cte="base64"
    )
    for document in parcel.documents:
        kind, _ = mimetypes.guess_type(document.path.name)
        main, _, sub = (kind or "application/octet-stream").partition("/")
        message.add_attachment(content_of(document), maintype=main, subtype=sub, filename=document.path.name)
    return message


def content_of(document: Document) -> bytes:
    """A document's bytes. Raises NotNowError unless they are those that were registered."""
    content = document.path.read_bytes() if document.path.exists() else b""
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise NotNowError(f"{document.path.name} is being made anew: it is not what was registered.")
    return content


def _address(text: str, name: str = "") -> Address:
    """An address for a header; the domain in Latin letters, as every mail server takes it."""
    local, _, domain = text.rpartition("@")
    try:
        return Address(display_name=name, username=local, domain=domain.encode("idna").decode())
    except (ValueError, MessageError) as error:
        raise NotEverError(f"'{text}' is no address that a message can be sent to: {error}.") from None


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _subject(parcel: Parcel, whose: str, language: Language) -> str:
    period = format_period(parcel.period, language)
    subject = _SUBJECT.text(language, period=period, whose=_name(parcel, whose, language))
    part = _PART.text(language, part=parcel.part, parts=parcel.parts)
    return f"{subject} ({part})" if parcel.parts > 1 else subject


def _text(parcel: Parcel, whose: str, operator: str, replaced: Container[Path], language: Language) -> str:
    period = format_period(parcel.period, language)
    lines = [_HELLO.text(language), ""]
    lines.append(_ATTACHED.text(language, period=period, whose=_name(parcel, whose, language)))
    for document in parcel.documents:
        again = f" ({_REPLACES.text(language)})" if document.path in replaced else ""
        lines.append(f"- {document.title}: {document.path.name}{again}")
    return "\n".join([*lines, "", _END.text(language, operator=operator), ""])


def _name(parcel: Parcel, whose: str, language: Language) -> str:
    return f"{whose} ({parcel.counterparty_id})" if parcel.counterparty_id else _OF_OPERATOR.text(language)
