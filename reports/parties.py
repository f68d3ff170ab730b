"""Who signs a document, with the requisites of both: the operator's own details, the counterparty's bank account."""

from __future__ import annotations

from typing import Any

from prm.operator_details import OperatorAccount
from prm.period import Period
from reports.model import Party
from reports.source import Source

ATTRIBUTES = ("legal_address", "signatory")
"""Attributes of counterparties that documents print beside their bank account."""
_OF_ACCOUNT = ("kpp", "account", "bank", "bic", "correspondent_account")


def party(source: Source, role: str, counterparty: dict[str, Any], period: Period, words: dict[str, str]) -> Party:
    """A party as it was on the last day of a period. role: `operator` or `counterparty`."""
    if role == "operator":
        return _operator(source, words)
    found = _known(source, counterparty.get("counterparty_id"), period) | {"tax_number": counterparty.get("tax_number")}
    return Party(words[role], counterparty.get("name", ""), _lines(found, words))


def _operator(source: Source, words: dict[str, str]) -> Party:
    details = source.operator
    if details is None:
        return Party(words["operator"], source.operator_name)
    known = {account.currency: account for account in details.accounts}
    account: OperatorAccount = known.get(source.settings.currency, details.accounts[0])
    found = {
        "tax_number": details.tax_number, "kpp": details.kpp, "legal_address": details.address, "account": account.account,
        "bank": account.bank, "bic": account.bic, "correspondent_account": account.correspondent_account,
    }  # fmt: skip
    return Party(words["operator"], details.name, _lines(found, words))


def _known(source: Source, counterparty_id: str | None, period: Period) -> dict[str, Any]:
    accounts = source.connection.execute(
        """select kpp, account, bank, bic, correspondent_account from reporting.bank_accounts
           where counterparty_id = %s and outlet_id is null and known_to is null and valid_from <= %s
           order by currency = %s desc, valid_from desc, bank_account_id desc limit 1""",
        [counterparty_id, period.end, source.settings.currency],
    ).fetchall()
    attributes = source.connection.execute(
        """select distinct on (attribute) attribute, value from reporting.counterparty_attributes
           where counterparty_id = %s and attribute = any(%s) and valid_from <= %s
           order by attribute, valid_from desc""",
        [counterparty_id, list(ATTRIBUTES), period.end],
    ).fetchall()
    return (accounts[0] if accounts else {}) | {row["attribute"]: row["value"] for row in attributes}


def _lines(found: dict[str, Any], words: dict[str, str]) -> tuple[str, ...]:
    order = ("tax_number", "kpp", "legal_address", *_OF_ACCOUNT[1:], "signatory")
    named = {name: words["tax_number"] if name == "tax_number" else words[f"requisite_{name}"] for name in order}
    return tuple(f"{named[name]}: {found[name]}" for name in order if found.get(name))
