"""Parcels: which documents go together to which address, and what keeps one from going."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import reports
from prm.database import Connection
from prm.period import Period
from registry import addresses_in, is_address
from registry.document_attributes import EMAIL
from reports import Document, Send
from reports.schedule import THEIRS


@dataclass(frozen=True)
class Parcel:
    """Documents of one counterparty (empty: the operator's) and month, to one address.

    channel: `email` or `folder`. trouble: why it can't go; None: it can. part, parts: of what is too large for one message.
    """

    period: Period
    counterparty_id: str
    channel: str
    address: str
    documents: tuple[Document, ...]
    trouble: str | None = None
    part: int = 1
    parts: int = 1


class Addresses:
    """Counterparties' e-mail addresses as they are on a day."""

    def __init__(self, connection: Connection, day: date):
        rows = connection.execute("select counterparty_id, email from reporting.counterparties").fetchall()
        self._known = {row["counterparty_id"]: row["email"] for row in rows}
        self._set = reports.attribute_values(connection, EMAIL, day)

    def of(self, counterparty_id: str) -> list[str]:
        """The addresses, as written: of the attribute (its own, otherwise its branch's), otherwise of the registry."""
        text = self._set.get(counterparty_id) or self._known.get(counterparty_id) or ""
        return addresses_in(text)


def parcels(documents: Iterable[Document], addresses: Addresses, sends: Iterable[Send]) -> list[Parcel]:
    """What goes where, of documents and those of their places that are among `sends`; sorted, so that it is the same
    whenever it is asked."""
    ready, found = set(sends), dict[tuple[Period, str, str, str], list[Document]]()
    for document in documents:
        for send in document.sends:
            for address in _addresses(send, document, addresses) if send in ready else ():
                of = found.setdefault((document.period, document.counterparty_id, send.channel, address), [])
                if document not in of:
                    of.append(document)
    return [
        Parcel(*key, tuple(of), _trouble(key[2], key[3])) for key, of in sorted(found.items(), key=lambda one: one[0])
    ]


Version = tuple[Path, str, str, str]
"""A version of a document on its way: its file, its SHA-256, the channel, the address."""


def left_of(parcel: Parcel, leave_out: Container[Version]) -> Parcel | None:
    """A parcel without documents that are to be left out; None where nothing is left."""
    left = tuple(document for document in parcel.documents if version_of(parcel, document) not in leave_out)
    return replace(parcel, documents=left) if left else None


def version_of(parcel: Parcel, document: Document) -> Version:
    """What the journal knows a document of a parcel by."""
    return (document.path, document.sha256, parcel.channel, parcel.address)


def split(parcel: Parcel, largest: int) -> Iterator[Parcel]:
    """A parcel of e-mail as messages of at most so many bytes; a document that is too large alone has its trouble."""
    if parcel.channel != "email" or parcel.trouble:
        yield parcel
        return
    messages: list[list[Document]] = [[]]
    room = largest - _LETTER
    for document in parcel.documents:
        size = _encoded(document.path.stat().st_size) if document.path.exists() else 0
        if size > largest - _LETTER:
            yield replace(parcel, documents=(document,), trouble=_too_large(document, size, largest))
            continue
        if size > room and messages[-1]:
            messages.append([])
            room = largest - _LETTER
        messages[-1].append(document)
        room -= size
    full = [tuple(of) for of in messages if of]
    for number, of in enumerate(full, 1):
        yield replace(parcel, documents=of, part=number, parts=len(full))


_LETTER = 32 * 1024
"""Bytes for headers and text of a message."""


def _encoded(size: int) -> int:
    """Bytes of a file in a message: base64 in lines of 76, and its headers."""
    return -(-size // 57) * 78 + 1024


def _too_large(document: Document, size: int, largest: int) -> str:
    return (
        f"{document.path.name} has {size / 1e6:.1f} MB as an attachment, and a message may have {largest / 1e6:.1f} MB. "
        "Send it to a folder, choose a smaller format, or raise PRM_SMTP_LARGEST where the mail servers allow it."
    )


def _addresses(send: Send, document: Document, addresses: Addresses) -> Sequence[str]:
    if send.to != THEIRS:
        return (send.to,)
    return (addresses.of(document.counterparty_id) or [""]) if document.counterparty_id else ()


def _trouble(channel: str, address: str) -> str | None:
    if channel != "email" or is_address(address):
        return None
    told = f"'{address}' is no e-mail address." if address else "No e-mail address is known."
    return f"{told} Set one: prm registry set-attribute {EMAIL} name@dealer.example --counterparty …"
