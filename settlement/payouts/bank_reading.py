"""Reading what a bank sends back: which format it is follows from the file's own bytes."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from prm.errors import Place, PrmError
from prm.money import parse_decimal
from settlement.payouts.bank_entries import BankEntry, BankFile
from settlement.payouts.bank_xml import read_xml

_FORMATS = "There are camt.053, camt.054, pain.002, 1CClientBankExchange and CSV (docs/payouts.md)."
_COLUMNS = {
    "end_to_end_id": ("payout", "end to end id", "endtoendid", "выплата", "номер выплаты"),
    "outcome": ("исход", "результат", "статус"),
    "amount": ("сумма",),
    "currency": ("валюта",),
    "value_date": ("date", "дата", "дата списания", "дата валютирования"),
    "bank_reference": ("reference", "номер операции", "референс банка"),
    "reason": ("причина",),
}
_OUTCOMES = {
    "paid": "paid", "исполнено": "paid", "оплачено": "paid", "rejected": "rejected", "отклонено": "rejected",
    "returned": "rejected", "возвращено": "rejected",
}  # fmt: skip
_ID = re.compile(r"PRM-\d+-\d+")


def read_bank_file(path: Path, content: bytes) -> BankFile:
    """The entries of a bank's file. path: for errors. Raises PrmError for a file that is none of the formats."""
    name = path.name
    if not content.strip():
        raise PrmError("The file is empty.", where=Place(name))
    if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return read_xml(name, content)
    text = _text(name, content)
    if text.startswith("1CClientBankExchange"):
        return BankFile("1c", _read_1c(name, text))
    return BankFile("csv", _read_csv(name, text))


def _text(name: str, content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PrmError("The file is neither XML, nor text in UTF-8 or windows-1251.", where=Place(name), hint=_FORMATS)


def _read_1c(name: str, text: str) -> list[BankEntry]:
    entries: list[BankEntry] = []
    document: dict[str, str] | None = None
    ends = False
    for number, line in enumerate(text.splitlines(), start=1):
        key, _, value = line.strip().partition("=")
        if key == "СекцияДокумент":
            document = {}
        elif key == "КонецДокумента":
            if document is None:
                raise PrmError("КонецДокумента without СекцияДокумент.", where=Place(name, number))
            entries.append(_entry_of_1c(Place(name, number), document))
            document = None
        elif key == "КонецФайла":
            ends = True
        elif document is not None:
            document[key] = value.strip()
    if document is not None or not ends:
        raise PrmError("The file has no end: it was cut.", where=Place(name), hint="It ends with КонецФайла.")
    return entries


def _entry_of_1c(where: Place, document: dict[str, str]) -> BankEntry:
    """A payment that was debited is paid; one that came in and names a payout of ours has come back."""
    named = _ID.search(document.get("НазначениеПлатежа", ""))
    debited, received = document.get("ДатаСписано"), document.get("ДатаПоступило")
    number = document.get("Номер", "")
    comes_in = bool(received) and not debited
    return BankEntry(
        reference=named[0] if named else None,
        outcome="rejected" if comes_in else "paid" if debited else "pending",
        amount=_amount(where, document.get("Сумма", "")),
        currency="RUB",
        value_date=_day(where, debited or received),
        bank_reference=number or None,
        reason=document.get("НазначениеПлатежа") if comes_in else None,
        document_number=int(number) if number.isdigit() and not comes_in else None,
        document_date=_day(where, document.get("Дата")) if not comes_in else None,
        account=document.get("ПолучательСчет") or document.get("ПолучательРасчСчет"),
    )


def _read_csv(name: str, text: str) -> list[BankEntry]:
    lines = text.splitlines()
    delimiter = max(",;\t", key=lines[0].count)
    header, *rows = csv.reader(lines, delimiter=delimiter)
    names = {alias: column for column, aliases in _COLUMNS.items() for alias in (column, *aliases)}
    places = {
        names[field.strip().casefold()]: at for at, field in enumerate(header) if field.strip().casefold() in names
    }
    if missing := [column for column in ("end_to_end_id", "outcome") if column not in places]:
        raise PrmError(f"The header lacks {', '.join(missing)}.", where=Place(name, 1), hint=_FORMATS)
    entries = []
    for number, row in enumerate(rows, start=2):
        if not any(field.strip() for field in row):
            continue
        where = Place(name, number)
        of = {column: row[at].strip() if at < len(row) else "" for column, at in places.items()}
        outcome = _OUTCOMES.get(of["outcome"].casefold())
        if outcome is None:
            raise PrmError(f"'{of['outcome']}' is no outcome.", where=where, hint="It is paid, rejected or returned.")
        if outcome == "paid" and not of.get("value_date"):
            raise PrmError("A payment has no value_date.", where=where, hint="The day on which the bank debited it.")
        entries.append(
            BankEntry(
                reference=of["end_to_end_id"] or None,
                outcome=outcome,  # type: ignore[arg-type]
                amount=_amount(where, of["amount"]) if of.get("amount") else None,
                currency=of.get("currency") or None,
                value_date=_day(where, of.get("value_date")),
                bank_reference=of.get("bank_reference") or None,
                reason=of.get("reason") or None,
            )
        )
    return entries


def _amount(where: Place, text: str) -> Decimal:
    try:
        return parse_decimal(text.replace(" ", "").replace("\xa0", "").replace(",", "."))
    except PrmError as error:
        raise PrmError(f"'{text}' is no amount.", where=where, hint="Write 1234.50.") from error


def _day(where: Place, text: str | None) -> date | None:
    if not text:
        return None
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise PrmError(f"'{text}' is not a day.", where=where, hint="Write 2026-10-31 or 31.10.2026.")
