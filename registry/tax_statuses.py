"""Tax statuses: what each adds to, or withholds from, what a counterparty is paid, by day.

A counterparty has its status from a day on, as the attribute `tax_status` (by hand or from the counterparties' file, with
its history like any attribute). Without one, its contract's `vat_status` says whether VAT is added.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from prm.errors import PrmError, RefusedError, SettingsError
from prm.money import parse_decimal
from prm.settings import get_settings
from prm.words import Words

ATTRIBUTE = "tax_status"
"""The counterparty's attribute that names its status."""

_FORM = "registry/tax_statuses.yaml shows the form."
_Exact = Annotated[Decimal, BeforeValidator(lambda given: _exact(given))]
_Share = Annotated[_Exact, Field(ge=0, lt=1)]


class Withheld(BaseModel):
    """Tax that is withheld of what falls due in a calendar year.

    currency: of the amounts; nothing is withheld of others. rounded_to: what the year's tax is a multiple of, half up.
    rates: from a day on, the share of each part of the year's sum, by the amount (in the currency) above which it holds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    currency: str = Field(pattern="^[A-Z]{3}$")
    rounded_to: Annotated[_Exact, Field(gt=0)]
    rates: dict[date, dict[int, _Share]]

    @model_validator(mode="after")
    def _begins_at_nothing(self) -> Withheld:
        if any(min(rates, default=None) != 0 for rates in self.rates.values()):
            raise ValueError("the rates must begin at 0")
        return self

    def of(self, base: Decimal, day: date) -> Decimal:
        """The tax of a year's sum (money), at the rates of a day; nothing of a sum that is not above zero.

        >>> tax_statuses()["natural_person"].withheld.of(Decimal("2500000.00"), date(2026, 10, 31))
        Decimal('327000')
        """
        since = max((first for first in self.rates if first <= day), default=None)
        if since is None or base <= 0:
            return Decimal(0)
        thresholds = sorted(self.rates[since])
        tax = Decimal(0)
        for above, until in zip(thresholds, [*map(Decimal, thresholds[1:]), base], strict=True):
            tax += max(Decimal(0), min(base, until) - above) * self.rates[since][above]
        units = (tax / self.rounded_to).quantize(Decimal(1), "ROUND_HALF_UP")
        return units * self.rounded_to


class TaxStatus(BaseModel):
    """A tax status. vat: the share added on top of rewards, from a day on. withheld: what is withheld; None: nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
    title: Annotated[Words, BeforeValidator(lambda given: Words(**given) if isinstance(given, dict) else given)]
    vat: dict[date, _Share] = {}
    withheld: Withheld | None = None


def tax_statuses() -> Mapping[str, TaxStatus]:
    """The statuses there are, by name: those of the product, or of the file that PRM_TAX_STATUSES names.

    Raises SettingsError for a file that is not there or says something else than statuses.
    """
    return _read(get_settings().tax_statuses)


def check_tax_status(value: str, level: str = "counterparty") -> None:
    """Raises RefusedError where a status is none there is, or is given to somebody who can't have one."""
    if level != "counterparty":
        raise RefusedError(f"A {level} has no tax status.", hint="It is a counterparty's: --counterparty.")
    if value not in tax_statuses():
        raise RefusedError(f"'{value}' is no tax status.", hint=f"There are: {', '.join(tax_statuses())}.")


def _exact(given: str | int) -> Decimal:
    try:
        return parse_decimal(given)
    except PrmError as error:
        raise ValueError(str(error)) from error


@cache
def _read(path: Path) -> Mapping[str, TaxStatus]:
    try:
        given = YAML(typ="safe").load(path)
        if not isinstance(given, dict):
            raise SettingsError(f"{path}: a mapping of statuses is expected.", hint=_FORM)
        return {str(name): _status(path, str(name), status) for name, status in given.items()}
    except (OSError, YAMLError) as error:
        raise SettingsError(f"The tax statuses can't be read from {path}: {error}") from error


def _status(path: Path, name: str, given: object) -> TaxStatus:
    try:
        return TaxStatus.model_validate(_with_written_days(given))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in (name, *first["loc"]))
        raise SettingsError(f"{path}: {place}: {first['msg']}.", hint=_FORM) from error


def _with_written_days(given: object) -> object:
    """Days that are keys as text, so that a fault's place reads as the file does."""
    if isinstance(given, dict):
        return {str(key) if isinstance(key, date) else key: _with_written_days(value) for key, value in given.items()}
    return given
