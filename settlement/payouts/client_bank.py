"""1CClientBankExchange 1.03: a batch as the text that Russian banks' clients and accounting systems exchange.

Windows-1251, a line a field, CRLF. The format has no way to escape anything: a value that does not fit is refused.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from prm.bank_details import is_russian
from prm.errors import PrmError
from prm.operator_details import OperatorAccount, OperatorDetails
from settlement.payouts.order import Order, written_amount

ENCODING = "cp1251"
VERSION = "1.03"


def write(
    batch: int, day: date, orders: list[Order], operator: OperatorDetails, account: OperatorAccount, made_at: datetime
) -> bytes:
    """The bytes of the file. day: the date that the payment orders bear.

    Raises PrmError for a currency other than RUB, a foreign bank, or a text that the format can't hold.
    """
    if account.currency != "RUB":
        raise PrmError(
            f"1CClientBankExchange is for payments in roubles, and batch {batch} is in {account.currency}.",
            hint="Export it as pain001.",
        )
    written = f"{day:%d.%m.%Y}"
    lines = [
        "1CClientBankExchange",
        f"ВерсияФормата={VERSION}",
        "Кодировка=Windows",
        "Отправитель=PRM",
        "Получатель=",
        f"ДатаСоздания={made_at:%d.%m.%Y}",
        f"ВремяСоздания={made_at:%H:%M:%S}",
        f"ДатаНачала={written}",
        f"ДатаКонца={written}",
        f"РасчСчет={account.account}",
        "Документ=Платежное поручение",
        "СекцияРасчСчет",
        f"ДатаНачала={written}",
        f"ДатаКонца={written}",
        f"РасчСчет={account.account}",
        f"ВсегоСписано={written_amount(sum((order.amount for order in orders), Decimal(0)), 'RUB')}",
        "КонецРасчСчет",
    ]
    payer = _party("Плательщик", operator.name, operator.tax_number, operator.kpp, account)
    for order in orders:
        if not is_russian(order.bic):
            raise _wrong(order, f"its bank {order.bic} is a foreign one")
        document = [
            "СекцияДокумент=Платежное поручение",
            f"Номер={order.document_number}",
            f"Дата={written}",
            f"Сумма={written_amount(order.amount, order.currency)}",
            *payer,
            *_party("Получатель", order.recipient, order.tax_number, order.kpp, order),
            "ВидОплаты=01",
            "Очередность=5",
            f"НазначениеПлатежа={order.purpose}",
            "КонецДокумента",
        ]
        for line in document:
            _fits(order, line)
        lines += document
    lines.append("КонецФайла")
    for line in lines:
        _fits(None, line)
    return "".join(f"{line}\r\n" for line in lines).encode(ENCODING)


def _party(
    role: str, name: str, tax_number: str | None, kpp: str | None, details: OperatorAccount | Order
) -> list[str]:  # fmt: skip
    lines = [
        f"{role}Счет={details.account}",
        f"{role}={f'ИНН {tax_number} ' if tax_number else ''}{name}",
        f"{role}ИНН={tax_number or ''}",
        f"{role}1={name}",
        f"{role}РасчСчет={details.account}",
        f"{role}Банк1={details.bank}",
        f"{role}БИК={details.bic}",
        f"{role}Корсчет={details.correspondent_account or ''}",
    ]
    if kpp:
        lines.insert(3, f"{role}КПП={kpp}")
    return lines


def _fits(order: Order | None, line: str) -> None:
    if any(ord(character) < 32 for character in line):
        raise _wrong(order, f"{line!r} has a line break or another control character")
    try:
        line.encode(ENCODING)
    except UnicodeEncodeError as error:
        raise _wrong(order, f"'{line[error.start]}' in '{line}' is not in windows-1251") from error


def _wrong(order: Order | None, what: str) -> PrmError:
    who = f"Payout {order.payout} of {order.counterparty_id}" if order else "The operator's details"
    return PrmError(
        f"{who} can't be written as 1CClientBankExchange: {what}.",
        hint="Nothing was exported. Export it as pain001, or cancel the batch and correct the details.",
    )
