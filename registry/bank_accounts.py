"""Bank details by hand: where a counterparty, or one of its outlets, is paid from a day on.

Details from files are the data set `bank_accounts`. Of both the newest day that has come counts, and of two of one
day the one set by hand. What stood there before is kept in `registry.former_bank_accounts`.
"""

from __future__ import annotations

import re
from datetime import date

from prm.bank_details import ACCOUNT, BIC, account_fits, correspondent_fits, is_russian
from prm.database import Connection
from prm.errors import PrmError
from prm.money import is_known_currency
from registry.by_hand import known


def set_bank_account(
    connection: Connection, counterparty_id: str, *, outlet_id: str | None = None, recipient: str, account: str,
    bank: str, bic: str, correspondent_account: str | None = None, tax_number: str | None = None,
    kpp: str | None = None, currency: str = "RUB", valid_from: date, author: str,
) -> str:  # fmt: skip
    """Sets where a counterparty (or one of its outlets) is paid in a currency from a day on; returns the row's id.

    account: twenty digits at a Russian bank, an IBAN or another number at a foreign one; bic: nine digits or SWIFT.
    Set again for the same day, it replaces what was set by hand for it. Raises NotFoundError for an unknown counterparty or
    outlet, PrmError for details that can't be right.
    """
    known(connection, "counterparties", "counterparty_id", counterparty_id)
    if outlet_id:
        known(connection, "outlets", "outlet_id", outlet_id)
        row = connection.execute(
            "select counterparty_id from registry.outlets where outlet_id = %s", [outlet_id]
        ).fetchone()
        if row and row["counterparty_id"] != counterparty_id:
            raise PrmError(f"The outlet {outlet_id} is {row['counterparty_id']}'s and not {counterparty_id}'s.")
    for name, value, pattern, right in (
        ("account", account, ACCOUNT, "Twenty digits, or an IBAN, without spaces."),
        ("BIC", bic, BIC, "Nine digits, or eight or eleven characters of SWIFT."),
        ("correspondent account", correspondent_account, "[0-9]{20}", "Twenty digits."),
        ("INN", tax_number, "[0-9]{10}|[0-9]{12}", "Ten digits, or twelve of a natural person."),
        ("KPP", kpp, "[0-9]{4}[0-9A-Z]{2}[0-9]{3}", "Nine characters."),
    ):
        if value is not None and not re.fullmatch(pattern, value):
            raise PrmError(f"'{value}' is no {name}.", hint=right)
    if not recipient.strip() or not bank.strip():
        raise PrmError("The recipient and the bank need their names.", hint="As the bank writes them.")
    if len(recipient) > 140 or len(bank) > 140:
        raise PrmError("A name is longer than the 140 characters that a payment order has room for.")
    if not is_known_currency(currency):
        raise PrmError(f"'{currency}' is no currency.", hint="Three letters, such as RUB.")
    if not account_fits(account, bic):
        raise PrmError(
            f"The account {account} does not fit the bank {bic}: its key is that of another bank.",
            hint="A digit of the account or of the BIC is wrong.",
        )
    if correspondent_account and not correspondent_fits(correspondent_account, bic):
        raise PrmError(f"{correspondent_account} is not the correspondent account of the bank {bic}.")
    if is_russian(bic) and not correspondent_account and bic[-3:] not in ("000", "001", "002"):
        raise PrmError(f"The bank {bic} has a correspondent account.", hint="Give it: payment orders name it.")
    bank_account_id = "/".join(
        part for part in ("by hand", counterparty_id, outlet_id, currency, str(valid_from)) if part
    )
    connection.execute(
        """insert into registry.bank_accounts (bank_account_id, counterparty_id, outlet_id, recipient, tax_number, kpp,
               account, bank, bic, correspondent_account, currency, valid_from, author)
           values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
           on conflict (bank_account_id) do update set recipient = excluded.recipient,
               tax_number = excluded.tax_number, kpp = excluded.kpp, account = excluded.account, bank = excluded.bank,
               bic = excluded.bic, correspondent_account = excluded.correspondent_account, author = excluded.author,
               recorded_at = clock_timestamp()""",
        [
            bank_account_id, counterparty_id, outlet_id, recipient.strip(), tax_number, kpp, account, bank.strip(), bic,
            correspondent_account, currency, valid_from, author,
        ],
    )  # fmt: skip
    return bank_account_id
