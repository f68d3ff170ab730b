"""ISO 20022 messages that a bank sends: camt.053 (statement), camt.054 (notification), pain.002 (status report).

Any version of them: elements go by their local names. A file with a document type is refused, so that no entity of it
is ever expanded, and nothing is read from the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from lxml import etree

from prm.errors import Place, PrmError
from prm.money import parse_decimal
from settlement.payouts.bank_entries import BankEntry, BankFile

_MESSAGES = {"BkToCstmrStmt": "camt.053", "BkToCstmrDbtCdtNtfctn": "camt.054", "CstmrPmtStsRpt": "pain.002"}


def read_xml(name: str, content: bytes) -> BankFile:
    """The entries of a message. Raises PrmError for a file that is no such message."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        document = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise PrmError(f"The file is no XML: {error.msg}.", where=Place(name, error.lineno)) from error
    if document.getroottree().docinfo.doctype:
        raise PrmError("The file declares a document type, as no bank's message does.", where=Place(name))
    message = next(iter(document), None)
    kind = _MESSAGES.get(etree.QName(message).localname) if message is not None else None
    if message is None or kind is None:
        raise PrmError(
            "The file is no message on payments.", where=Place(name), hint=f"There are {', '.join(_MESSAGES.values())}."
        )
    return BankFile(kind, list(_statuses(name, message) if kind == "pain.002" else _entries(name, message)))


def _entries(name: str, message: etree._Element) -> Iterator[BankEntry]:
    """What was booked: a debit is a payment, a reversal or a credit with a reason of return one that came back."""
    for entry in message.iter("{*}Ntry"):
        where = Place(name, entry.sourceline)
        status = _text(entry, "Sts/Cd") or _text(entry, "Sts")
        day = _day(where, entry, "ValDt") or _day(where, entry, "BookgDt")
        bank_reference = _text(entry, "AcctSvcrRef")
        details = _all(entry, "NtryDtls/TxDtls")
        for one in details or [entry]:
            side = _text(one, "CdtDbtInd") or _text(entry, "CdtDbtInd")
            came_back = _text(entry, "RvslInd") in ("true", "1") or side == "CRDT" or _find(one, "RtrInf") is not None
            amount = _find(one, "Amt")
            if amount is None:
                amount = _find(one, "AmtDtls/TxAmt/Amt")
            if amount is None and len(details) <= 1:
                amount = _find(entry, "Amt")
            yield BankEntry(
                reference=_text(one, "Refs/EndToEndId"),
                outcome="pending" if status != "BOOK" else "rejected" if came_back else "paid",
                amount=_amount(where, amount),
                currency=amount.get("Ccy") if amount is not None else None,
                value_date=day,
                bank_reference=_text(one, "Refs/AcctSvcrRef") or bank_reference,
                reason=_reason(one, "RtrInf") if came_back else None,
                needs_amount=True,
            )


def _statuses(name: str, message: etree._Element) -> Iterator[BankEntry]:
    """What was rejected; that something was received or is being worked on is no outcome."""
    made = _find(message, "GrpHdr/CreDtTm")
    day = _date(Place(name, made.sourceline), made.text or "") if made is not None else None
    group = _find(message, "OrgnlGrpInfAndSts")
    if group is not None and _text(group, "GrpSts") == "RJCT":
        yield BankEntry(
            _text(group, "OrgnlMsgId"),
            "rejected",
            value_date=day,
            reason=_reason(group, "StsRsnInf"),
            whole_message=True,
        )
    for payment in _all(message, "OrgnlPmtInfAndSts"):
        transactions = _all(payment, "TxInfAndSts")
        if _text(payment, "PmtInfSts") == "RJCT" and not transactions:
            yield BankEntry(
                _text(payment, "OrgnlPmtInfId"), "rejected", value_date=day, reason=_reason(payment, "StsRsnInf"),
                whole_message=True,
            )  # fmt: skip
        for one in transactions:
            where = Place(name, one.sourceline)
            amount = _find(one, "OrgnlTxRef/Amt/InstdAmt")
            yield BankEntry(
                reference=_text(one, "OrgnlEndToEndId"),
                outcome="rejected" if _text(one, "TxSts") == "RJCT" else "pending",
                amount=_amount(where, amount),
                currency=amount.get("Ccy") if amount is not None else None,
                value_date=day,
                bank_reference=_text(one, "AcctSvcrRef"),
                reason=_reason(one, "StsRsnInf"),
            )


def _reason(parent: etree._Element, name: str) -> str | None:
    """The code and the words of a reason: `AC04: account closed`."""
    told = []
    for one in _all(parent, name):
        code = _text(one, "Rsn/Cd") or _text(one, "Rsn/Prtry")
        words = " ".join(element.text or "" for element in _all(one, "AddtlInf")).strip()
        told.append(": ".join(part for part in (code, words) if part))
    return "; ".join(part for part in told if part) or None


def _path(path: str) -> str:
    return "/".join(f"{{*}}{step}" for step in path.split("/"))


def _find(parent: etree._Element, path: str) -> etree._Element | None:
    return parent.find(_path(path))


def _all(parent: etree._Element, path: str) -> list[etree._Element]:
    return parent.findall(_path(path))


def _text(parent: etree._Element, path: str) -> str | None:
    found = _find(parent, path)
    return (found.text or "").strip() or None if found is not None else None


def _day(where: Place, parent: etree._Element, path: str) -> date | None:
    text = _text(parent, f"{path}/Dt") or _text(parent, f"{path}/DtTm")
    return _date(where, text) if text else None


def _date(where: Place, text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise PrmError(f"'{text}' is not a day.", where=where) from None


def _amount(where: Place, element: etree._Element | None) -> Decimal | None:
    if element is None:
        return None
    try:
        return parse_decimal(element.text or "")
    except PrmError as error:
        raise PrmError(f"'{element.text}' is no amount.", where=where) from error
