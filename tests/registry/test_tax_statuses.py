"""Tax statuses: their file, what they withhold, and that nobody is given one that is none."""

from datetime import date
from decimal import Decimal

import pytest

from prm.errors import SettingsError
from registry import tax_statuses

NEW_YEAR = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("base", "day", "tax"),
    [
        ("-5.00", NEW_YEAR, "0"), ("0", NEW_YEAR, "0"),
        ("3.84", NEW_YEAR, "0"), ("3.85", NEW_YEAR, "1"),  # 0.4992 and 0.5005, in whole roubles
        ("2400000.00", NEW_YEAR, "312000"), ("2400010.00", NEW_YEAR, "312002"),
        ("60000000.00", NEW_YEAR, "11602000"),  # 312,000 + 390,000 + 2,700,000 + 6,000,000 + 2,200,000
        ("5000010.00", date(2024, 12, 31), "650002"), ("100.00", date(2020, 12, 31), "0"),
    ],
)  # fmt: skip
def test_what_is_withheld_of_a_natural_persons_year(base, day, tax):
    withheld = tax_statuses()["natural_person"].withheld
    assert withheld is not None and withheld.of(Decimal(base), day) == Decimal(tax)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("general: {title: {en: a, ru: б}, vat: {2026-01-01: 0.22}}", "general.vat.2026-01-01.*not exact"),
        ("general: {title: {en: a, ru: б}, vat: {2026-01-01: '22'}}", "general.vat.2026-01-01.*less than 1"),
        ("general: {title: {en: a, ru: б}, vta: {}}", "general.vta|vta: Extra inputs"),
        ("p: {title: {en: a, ru: б}, withheld: {currency: RUB, rounded_to: '1', rates: {2026-01-01: {5: '0.1'}}}}",
         "must begin at 0"),
        ("- general", "mapping of statuses"),
    ],
)  # fmt: skip
def test_a_file_of_statuses_says_what_is_wrong_with_it(text, message, tmp_path, monkeypatch):
    path = tmp_path / "statuses.yaml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("PRM_TAX_STATUSES", str(path))
    with pytest.raises(SettingsError, match=message):
        tax_statuses()
