"""Accounts that can't be right are found, in Python and in SQL alike; so is what is wrong in the operator's own details."""

import random

import duckdb
import pytest

from demo.bank_accounts import operator_yaml
from prm.bank_details import account_fits, account_fits_sql, correspondent_fits, correspondent_fits_sql, with_key
from prm.errors import SettingsError
from prm.operator_details import operator_details
from prm.settings import Settings

IBANS = ["DE89370400440532013000", "GB82WEST12345698765432", "KZ86125KZT5004100100", "NO9386011117947"]


def test_a_known_correspondent_account_fits_its_bank():
    assert correspondent_fits("30101810400000000225", "044525225")
    assert not correspondent_fits("30101810500000000225", "044525225")
    assert not correspondent_fits("30101810400000000225", "COBADEFF")


@pytest.mark.parametrize("iban", IBANS)
def test_an_iban_fits_and_with_a_wrong_digit_does_not(iban):
    wrong = iban[:-1] + str((int(iban[-1]) + 1) % 10)
    assert account_fits(iban, "COBADEFF") and not account_fits(wrong, "COBADEFF")
    assert not account_fits(iban, "044525225"), "a Russian bank has accounts of twenty digits"
    assert in_sql("account_fits", iban, "COBADEFF") and not in_sql("account_fits", wrong, "COBADEFF")


def test_one_wrong_digit_never_fits_and_sql_says_the_same():
    draw = random.Random(4)
    for _ in range(10):
        bic = f"04{draw.randrange(10**4):04d}{draw.choice(['001', '225', '974', '000'])}"
        account = with_key(f"{draw.randrange(10**20):020d}", bic)
        place = draw.randrange(20)
        wrong = account[:place] + str((int(account[place]) + draw.randrange(1, 10)) % 10) + account[place + 1 :]
        correspondent = with_key(f"30101810000000000{bic[-3:]}", bic, correspondent=True)
        assert account_fits(account, bic) and not account_fits(wrong, bic) and correspondent_fits(correspondent, bic)
        assert in_sql("account_fits", account, bic) and not in_sql("account_fits", wrong, bic)
        assert in_sql("correspondent_fits", correspondent, bic) and not in_sql("correspondent_fits", wrong, bic)


def in_sql(check, account, bic):
    made = {"account_fits": account_fits_sql, "correspondent_fits": correspondent_fits_sql}[check]("account", "bic")
    return duckdb.execute(f"select {made} from (select ? as account, ? as bic)", [account, bic]).fetchone()[0]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"7701234567"', '"77"', "tax_number: String should match"),
        ("bic:", "swift:", "accounts.0.bic: Field required"),
        ('account: "4', 'account: "5', "does not fit the bank 044525991: a digit is wrong"),
        ("name: АО «Дальняя связь»\n", "", "name: Field required"),
        ("country: RU", 'country: "RU', "is no YAML"),
        ("country: RU", "country: Russia", "country: String should match"),
        ('    correspondent_account: "3', '    correspondent_account: "4', "is not the correspondent account"),
    ],
)
def test_what_is_wrong_in_the_operators_details_is_said_with_its_place(tmp_path, old, new, says):
    text = operator_yaml()
    assert old in text
    (tmp_path / "operator.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SettingsError, match=f"(?s)operator.yaml.*{says}"):
        operator_details(Settings(home=tmp_path))


def test_the_setting_says_where_the_details_are(tmp_path, monkeypatch):
    (tmp_path / "ours.yaml").write_text(operator_yaml(), encoding="utf-8")
    monkeypatch.setenv("PRM_OPERATOR_DETAILS", str(tmp_path / "ours.yaml"))
    assert operator_details(Settings(home=tmp_path / "none")).tax_number == "7701234567"
    monkeypatch.setenv("PRM_OPERATOR_DETAILS", str(tmp_path / "none.yaml"))
    with pytest.raises(SettingsError, match=r"not there: .*none.yaml"):
        operator_details()
