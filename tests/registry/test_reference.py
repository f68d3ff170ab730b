"""Reference files become the registry's rows, whole or not at all."""

from datetime import date

import pyarrow
import pyarrow.parquet as parquet
import pytest

import registry
from prm import database
from prm.errors import NotFoundError, PrmError, RefusedError


def write(path, rows):
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


def counterparty(number, **more):
    row = {
        "counterparty_id": f"D{number}", "name": f"Dealer {number}", "kind": "dealer", "parent_id": None,
        "branch": "ural", "tax_number": None, "email": None,
    }  # fmt: skip
    return row | more


def outlet(number, owner):
    return {
        "outlet_id": f"O{number}", "counterparty_id": owner, "name": "Kiosk", "kind": "own", "region": "Perm",
        "opened_on": date(2026, 1, 1), "closed_on": None,
    }  # fmt: skip


def contract(number, owner, **more):
    row = {
        "contract_id": f"C{number}", "counterparty_id": owner, "scheme": "dealer_standard",
        "valid_from": date(2026, 1, 1), "valid_to": None, "status": "active", "currency": "RUB",
        "vat_status": "payer", "settlement_level": "counterparty",
    }  # fmt: skip
    return row | more


@pytest.fixture
def apply(home, tmp_path):
    def apply(data_set, rows, load_id):
        with database.transaction(home) as connection:
            registry.apply_reference(connection, data_set, write(tmp_path / f"{load_id}.parquet", rows), load_id)

    return apply


def rows_of(home, table, column):
    with database.transaction(home) as connection:
        return [row[column] for row in connection.execute(f"select {column} from registry.{table} order by 1")]


def test_a_new_file_replaces_the_former_one(home, apply):
    apply("counterparties", [counterparty(1), counterparty(2, parent_id="D1")], "a")
    apply("counterparties", [counterparty(1, name="Renamed"), counterparty(3)], "b")
    assert rows_of(home, "counterparties", "counterparty_id") == ["D1", "D3"]
    assert rows_of(home, "counterparties", "name") == ["Dealer 3", "Renamed"]
    assert rows_of(home, "branches", "branch") == ["ural"]


def test_a_parent_may_stand_below_its_child_in_the_file(home, apply):
    apply("counterparties", [counterparty(2, parent_id="D1"), counterparty(1)], "a")
    assert rows_of(home, "counterparties", "counterparty_id") == ["D1", "D2"]


def test_a_row_of_an_unknown_counterparty_refuses_the_file_and_changes_nothing(home, apply):
    apply("counterparties", [counterparty(1)], "a")
    apply("outlets", [outlet(1, "D1")], "b")
    with pytest.raises(RefusedError, match="D9"):
        apply("outlets", [outlet(1, "D1"), outlet(2, "D9")], "c")
    assert rows_of(home, "outlets", "outlet_id") == ["O1"]


def test_a_counterparty_that_is_still_referred_to_cannot_vanish(home, apply):
    apply("counterparties", [counterparty(1), counterparty(2)], "a")
    apply("outlets", [outlet(1, "D2")], "b")
    with pytest.raises(RefusedError, match="outlets"):
        apply("counterparties", [counterparty(1)], "c")
    assert rows_of(home, "counterparties", "counterparty_id") == ["D1", "D2"]


def test_attribute_columns_become_dated_values_and_those_set_by_hand_stay(home, apply):
    apply("counterparties", [counterparty(1)], "a")
    fees = {"attribute:activation_fee": "310.00", "attribute:charge_share": None}
    apply("contracts", [contract(1, "D1", **fees)], "b")
    with database.transaction(home) as connection:
        registry.set_contract_attribute(
            connection, "C1", "charge_share", "0.07", valid_from=date(2026, 9, 1), author="olga"
        )
    apply("contracts", [contract(1, "D1", **(fees | {"attribute:activation_fee": "320.00"}))], "c")
    assert rows_of(home, "contract_attributes", "attribute") == ["activation_fee", "charge_share"]
    assert rows_of(home, "contract_attributes", "value") == ["0.07", "320.00"]


def test_links_by_hand_need_a_reason_an_outlet_and_days_of_their_own(home, apply):
    apply("counterparties", [counterparty(1)], "a")
    apply("outlets", [outlet(1, "D1")], "b")

    def link(**more):
        given = {"valid_from": date(2026, 9, 1), "valid_to": date(2026, 9, 30), "reason": "sold by phone"} | more
        with database.transaction(home) as connection:
            return registry.link_subscriber(connection, "S1", given.pop("outlet", "O1"), author="olga", **given)

    link()
    with pytest.raises(PrmError, match=r"already in links .* 2026-09-01 to 2026-09-30"):
        link(valid_from=date(2026, 9, 30), valid_to=None)
    link(valid_from=date(2026, 10, 1), valid_to=None)
    with pytest.raises(PrmError, match="reason"):
        link(reason=" ")
    with pytest.raises(NotFoundError, match="O7"):
        link(outlet="O7")
    with pytest.raises(PrmError, match="before it begins"):
        link(valid_from=date(2025, 2, 1), valid_to=date(2025, 1, 1))
    assert len(rows_of(home, "links", "link_id")) == 2


def test_a_snapshot_has_the_same_bytes_whatever_the_order_of_arrival(home, apply, tmp_path):
    def snapshot(name):
        with database.transaction(home) as connection:
            return {
                table: path.read_bytes()
                for table, path in registry.export_snapshot(connection, tmp_path / name).items()
            }

    apply("counterparties", [counterparty(1), counterparty(2)], "a")
    first = snapshot("one")
    apply("counterparties", [counterparty(2), counterparty(1)], "b")
    assert snapshot("two") == first
    assert set(first) == set(registry.SNAPSHOT_TABLES)
    apply("counterparties", [counterparty(2, branch="volga"), counterparty(1)], "c")
    assert snapshot("three")["counterparties"] != first["counterparties"]
