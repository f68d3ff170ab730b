"""Contracts are data, checked; each of their rules refuses the row that breaks it."""

import pytest

import loaders
from loaders.contract import CONTRACTS, read_contract
from prm.errors import PrmError
from prm.settings import PROJECT
from tests.loaders.helpers import write

FACTS = {
    "kit_sales": {"sale_id": "1", "iccid": "8970101000000000001", "outlet_id": "O1", "product_id": "P1",
                  "sold_on": "2026-10-05", "price": "100.00"},
    "subscribers": {"subscriber_id": "S1", "changed_on": "2026-10-05", "msisdn": "79991234567",
                    "iccid": "8970101000000000001", "product_id": "P1", "branch": "ural",
                    "activated_on": "2026-10-05", "deactivated_on": "", "status": "active"},
    "payments": {"payment_id": "1", "subscriber_id": "S1", "outlet_id": "", "paid_on": "2026-10-05",
                 "amount": "-5", "channel": "cash"},
    "antifraud_marks": {"mark_id": "1", "subscriber_id": "S1", "valid_from": "2026-10-05", "valid_to": "",
                        "reason": "cloned SIM"},
}  # fmt: skip
BROKEN = [
    ("kit_sales", {"price": "-1"}, "out_of_range"),
    ("kit_sales", {"iccid": "12"}, "not_in_the_pattern"),
    ("subscribers", {"deactivated_on": "2026-10-01", "activated_on": "2026-10-02"}, "deactivated_before_activated"),
    ("subscribers", {"activated_on": "2026-10-06"}, "changed_before_activated"),
    ("subscribers", {"status": "closed"}, "closed_without_date"),
    ("subscribers", {"msisdn": "phone"}, "not_in_the_pattern"),
    ("payments", {"channel": "barter"}, "not_allowed_value"),
    ("antifraud_marks", {"valid_to": "2026-10-04"}, "ends_before_it_begins"),
]


def offer(home, data_set, row):
    text = ",".join(row) + "\n" + ",".join(FACTS[data_set].values()) + "\n" + ",".join(row.values()) + "\n"
    return loaders.load(write(home.inbox, f"{data_set}_2026-10_ural.csv", text), settings=home)


@pytest.mark.parametrize(("data_set", "change", "reason"), BROKEN, ids=lambda value: str(value))
def test_each_rule_refuses_the_row_that_breaks_it(home, data_set, change, reason):
    key = loaders.contract_of(data_set).key[0]
    result = offer(home, data_set, FACTS[data_set] | {key: "other"} | change)
    assert result.reasons == {reason: 1}


@pytest.mark.parametrize("data_set", FACTS)
def test_a_key_counts_once(home, data_set):
    assert offer(home, data_set, FACTS[data_set]).reasons == {"repeated_key": 1}


def test_a_key_of_two_columns_repeats_only_as_a_whole(home):
    assert offer(home, "subscribers", FACTS["subscribers"] | {"changed_on": "2026-10-09"}).rows_quarantined == 0


def test_every_contract_is_loaded_reference_data_first():
    order = list(loaders.contracts())
    assert order[:4] == ["counterparties", "products", "outlets", "contracts"]
    assert sorted(order) == sorted(path.stem for path in CONTRACTS.glob("*.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("mode: append", "mode: sideways", "sideways"),
        ("key: [charge_id]", "key: [number]", "'number' is not a column"),
        ("aliases: [sum, ", "aliases: [Charge Date, ", "means two columns"),
        ("period_column: charged_on", "", "needs a period_column"),
    ],
)
def test_a_wrong_contract_is_refused_with_the_reason(tmp_path, old, new, says):
    text = (CONTRACTS / "charges.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "charges.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PrmError, match=says):
        read_contract(path)


def test_the_page_on_files_names_every_column_and_reason():
    page = (PROJECT / "docs" / "files.md").read_text(encoding="utf-8")
    for contract in loaders.contracts().values():
        for column in contract.columns.values():
            assert f"`{column.name}`" in page, f"{contract.data_set}.{column.name}"
        for rule in contract.rules:
            assert f"`{rule.code}`" in page, rule.code
    for reason in loaders.REASONS:
        assert f"`{reason}`" in page, reason
