"""ISO 20022: a batch as a customer credit transfer initiation, pain.001.001.09, checked against its official schema."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from lxml import etree

from prm.bank_details import is_iban, is_russian
from prm.errors import PrmError
from prm.operator_details import OperatorAccount, OperatorDetails
from settlement.payouts.order import Order, written_amount

SCHEMA = Path(__file__).parent / "iso20022" / "pain.001.001.09.xsd"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_LINE = 140  # characters of one line of unstructured remittance information


def write(
    batch: int, day: date, orders: list[Order], operator: OperatorDetails, account: OperatorAccount, made_at: datetime
) -> bytes:
    """The bytes of the file. day: when the bank is asked to pay; made_at: with a time zone.

    Raises PrmError where the schema does not let something through, with the payout that it belongs to.
    """
    document = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})
    initiation = _add(document, "CstmrCdtTrfInitn")
    total = written_amount(sum((order.amount for order in orders), Decimal(0)), account.currency)
    header = _add(initiation, "GrpHdr")
    _add(header, "MsgId", f"PRM-{batch}")
    _add(header, "CreDtTm", made_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    _add(header, "NbOfTxs", str(len(orders)))
    _add(header, "CtrlSum", total)
    _party(_add(header, "InitgPty"), operator.name, operator.tax_number, operator.kpp)
    payment = _add(initiation, "PmtInf")
    _add(payment, "PmtInfId", f"PRM-{batch}")
    _add(payment, "PmtMtd", "TRF")
    _add(payment, "BtchBookg", "false")
    _add(payment, "NbOfTxs", str(len(orders)))
    _add(payment, "CtrlSum", total)
    _add(_add(payment, "ReqdExctnDt"), "Dt", day.isoformat())
    debtor = _add(payment, "Dbtr")
    _party(debtor, operator.name, operator.tax_number, operator.kpp, operator.country, operator.address)
    _account(_add(payment, "DbtrAcct"), account.account, account.currency)
    _agent(_add(payment, "DbtrAgt"), account.bic, account.bank)
    if account.correspondent_account:
        _account(_add(payment, "DbtrAgtAcct"), account.correspondent_account)
    for order in orders:
        _transfer(_add(payment, "CdtTrfTxInf"), order)
    _check(document, orders)
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _transfer(transfer: etree._Element, order: Order) -> None:
    numbers = _add(transfer, "PmtId")
    _add(numbers, "InstrId", str(order.document_number))
    _add(numbers, "EndToEndId", order.end_to_end_id)
    amount = _add(_add(transfer, "Amt"), "InstdAmt", written_amount(order.amount, order.currency))
    amount.set("Ccy", order.currency)
    _agent(_add(transfer, "CdtrAgt"), order.bic, order.bank)
    if order.correspondent_account:
        _account(_add(transfer, "CdtrAgtAcct"), order.correspondent_account)
    _party(_add(transfer, "Cdtr"), order.recipient, order.tax_number, order.kpp)
    _account(_add(transfer, "CdtrAcct"), order.account)
    remittance = _add(transfer, "RmtInf")
    for start in range(0, len(order.purpose), _LINE):
        _add(remittance, "Ustrd", order.purpose[start : start + _LINE])


def _party(
    party: etree._Element, name: str, tax_number: str | None, kpp: str | None, country: str | None = None,
    address: str | None = None,
) -> None:  # fmt: skip
    _add(party, "Nm", name)
    if country and address:
        postal = _add(party, "PstlAdr")
        _add(postal, "Ctry", country)
        for start in range(0, len(address), 70):
            _add(postal, "AdrLine", address[start : start + 70])
    if tax_number:
        organisation = _add(_add(party, "Id"), "OrgId")
        other = _add(organisation, "Othr")
        _add(other, "Id", tax_number)
        _add(_add(other, "SchmeNm"), "Cd", "TXID")
        if kpp:
            other = _add(organisation, "Othr")
            _add(other, "Id", kpp)
            _add(_add(other, "SchmeNm"), "Prtry", "KPP")


def _account(parent: etree._Element, account: str, currency: str | None = None) -> None:
    number = _add(parent, "Id")
    if is_iban(account):
        _add(number, "IBAN", account)
    else:
        _add(_add(number, "Othr"), "Id", account)
    if currency:
        _add(parent, "Ccy", currency)


def _agent(parent: etree._Element, bic: str, bank: str) -> None:
    institution = _add(parent, "FinInstnId")
    if is_russian(bic):
        member = _add(institution, "ClrSysMmbId")
        _add(_add(member, "ClrSysId"), "Cd", "RUCBC")
        _add(member, "MmbId", bic)
    else:
        _add(institution, "BICFI", bic)
    _add(institution, "Nm", bank)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if text is not None:
        try:
            element.text = text
        except ValueError:
            raise PrmError(
                f"{text!r} has a character that no XML can hold.", hint="Correct it and prepare anew."
            ) from None
    return element


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMA))


def _check(document: etree._Element, orders: list[Order]) -> None:
    schema = _schema()
    # As it is read back: lines of the schema's complaints are those of the file.
    if schema.validate(etree.fromstring(etree.tostring(document, pretty_print=True, encoding="UTF-8"))):
        return
    error = schema.error_log[0]
    before = etree.tostring(document, pretty_print=True, encoding="unicode").splitlines()[: error.line]
    started = sum("<CdtTrfTxInf>" in line for line in before)
    where = f" (payout {orders[started - 1].payout} of {orders[started - 1].counterparty_id})" if started else ""
    message = error.message.replace(f"{{{NAMESPACE}}}", "")
    raise PrmError(
        f"The file would not be a pain.001{where}: {message}",
        hint="Nothing was exported. Cancel the batch, correct the details and prepare another.",
    )
