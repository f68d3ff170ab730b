"""The operator's own details, as payment orders and documents print them: who pays, and from which accounts.

A YAML file (the setting PRM_OPERATOR_DETAILS, otherwise `operator.yaml` in the project's home), kept by people.
docs/payouts.md has an example.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from prm.bank_details import ACCOUNT, BIC, account_fits, correspondent_fits, is_russian
from prm.errors import NotFoundError, Place, PrmError, SettingsError
from prm.settings import Settings, get_settings


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class OperatorAccount(_Strict):
    """An account that the operator pays from. correspondent_account: of a Russian bank."""

    currency: str = Field(pattern="^[A-Z]{3}$")
    account: str = Field(pattern=f"^({ACCOUNT})$")
    bank: str = Field(min_length=1, max_length=140)
    bic: str = Field(pattern=f"^({BIC})$")
    correspondent_account: str | None = Field(None, pattern="^[0-9]{20}$")

    @model_validator(mode="after")
    def _fits(self) -> OperatorAccount:
        if not account_fits(self.account, self.bic):
            raise ValueError(f"the account {self.account} does not fit the bank {self.bic}: a digit is wrong")
        if self.correspondent_account and not correspondent_fits(self.correspondent_account, self.bic):
            raise ValueError(f"{self.correspondent_account} is not the correspondent account of the bank {self.bic}")
        if is_russian(self.bic) and not self.correspondent_account:
            raise ValueError("a Russian bank has a correspondent_account")
        return self


class OperatorDetails(_Strict):
    """Who the operator is. tax_number: its INN; kpp: of a Russian legal entity; country: two letters of ISO 3166."""

    name: str = Field(min_length=1, max_length=140)
    tax_number: str = Field(pattern="^([0-9]{10}|[0-9]{12})$")
    kpp: str | None = Field(None, pattern="^[0-9]{4}[0-9A-Z]{2}[0-9]{3}$")
    address: str = Field(min_length=1, max_length=140)
    country: str = Field("RU", pattern="^[A-Z]{2}$")
    accounts: list[OperatorAccount] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_a_currency(self) -> OperatorDetails:
        currencies = [one.currency for one in self.accounts]
        if twice := sorted({one for one in currencies if currencies.count(one) > 1}):
            raise ValueError(f"two accounts in {twice[0]}: payments in a currency are made from one")
        return self

    def account_in(self, currency: str) -> OperatorAccount:
        """The account that payments in a currency are made from; NotFoundError where there is none."""
        for account in self.accounts:
            if account.currency == currency:
                return account
        raise NotFoundError(
            f"The operator has no account in {currency}.",
            hint=f"Add one to its details; there are accounts in {', '.join(one.currency for one in self.accounts)}.",
        )


def operator_details(settings: Settings | None = None) -> OperatorDetails:
    """Reads the operator's details; SettingsError says what is wrong in the file, or where it should be.

    operator_details().account_in("RUB").bic
    """
    settings = settings or get_settings()
    path = settings.operator_details or settings.home / "operator.yaml"
    return read_operator_details(path)


def read_operator_details(path: Path) -> OperatorDetails:
    """Reads one file of details; see `operator_details`."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SettingsError(
            f"The operator's own details are not there: {path}.",
            hint="Write them down as docs/payouts.md shows, or set PRM_OPERATOR_DETAILS.",
        ) from None
    try:
        found = YAML(typ="safe").load(text)
        if not isinstance(found, dict):
            raise PrmError("The file holds no details.", where=Place(str(path)), hint="docs/payouts.md has an example.")
        return OperatorDetails.model_validate(found)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = Place(str(path), mark.line + 1, mark.column + 1) if mark else Place(str(path))
        raise SettingsError(f"The file is no YAML: {getattr(error, 'problem', error)}.", where=where) from error
    except ValidationError as error:
        wrong = [
            f"{'.'.join(str(part) for part in one['loc']) or 'the file'}: {one['msg'].removeprefix('Value error, ')}"
            for one in error.errors()
        ]
        raise SettingsError(
            f"{'; '.join(wrong)}.",
            where=Place(str(path)),
            hint='Digits are quoted: "7701234567"; docs/payouts.md has an example.',
        ) from error
