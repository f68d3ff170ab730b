"""Reference files become the registry's rows, whole or not at all."""

from datetime import date

import pyarrow
import pyarrow.parquet as parquet
import pytest

import registry
from prm import database
from prm.errors import NotFoundError, PrmError, RefusedError
from runs.inputs import agreed_values


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
        registry.set_attribute(
            connection,
            "charge_share",
            "0.07",
            level="contract",
            holder="C1",
            valid_from=date(2026, 9, 1),
            author="olga",
        )
    apply("contracts", [contract(1, "D1", **(fees | {"attribute:activation_fee": "320.00"}))], "c")
    assert rows_of(home, "contract_attributes", "attribute") == ["activation_fee", "charge_share"]
    assert rows_of(home, "contract_attributes", "value") == ["0.07", "320.00"]


def test_counterparties_and_branches_have_values_too_and_a_later_one_of_a_day_replaces_it(home, apply):
    apply("counterparties", [counterparty(1, **{"attribute:segment": "federal", "attribute:part": "0.06"})], "a")
    with database.transaction(home) as connection:

        def give(level, holder, value, author="olga"):
            day = date(2026, 9, 1)
            registry.set_attribute(connection, "part", value, level=level, holder=holder, valid_from=day, author=author)

        give("counterparty", "D1", "0.08")
        give("branch", "ural", "0.03")
        give("branch", "ural", "0.04", author="ivan")
        for level, holder in (("contract", "C7"), ("counterparty", "D7"), ("branch", "moon")):
            with pytest.raises(NotFoundError, match=holder):
                give(level, holder, "0.05")
        of_dealer = connection.execute(
            "select attribute, valid_from::text, value, author from reporting.counterparty_attributes order by 1, 2"
        ).fetchall()
        of_branch = connection.execute("select value, author from reporting.branch_attributes").fetchall()
    assert [tuple(row.values()) for row in of_dealer] == [
        ("part", "1900-01-01", "0.06", "file"), ("part", "2026-09-01", "0.08", "olga"),
        ("segment", "1900-01-01", "federal", "file"),
    ]  # fmt: skip
    assert [tuple(row.values()) for row in of_branch] == [("0.04", "ivan")]
    apply("counterparties", [counterparty(1)], "b")  # the file says nothing of attributes any more
    assert rows_of(home, "counterparty_attributes", "value") == ["0.08"]


def test_a_contract_says_how_much_notice_it_demands_and_a_load_of_earlier_days_says_nothing_of_it(home, apply):
    apply("counterparties", [counterparty(1)], "a")
    apply("contracts", [contract(1, "D1", notice_days=30)], "b")
    assert rows_of(home, "contracts", "notice_days") == [30]
    apply("contracts", [contract(1, "D1")], "c")
    assert rows_of(home, "contracts", "notice_days") == [None]


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


def test_a_snapshot_has_the_values_of_every_level_with_their_authors(home, apply, tmp_path):
    apply("counterparties", [counterparty(1, **{"attribute:part": "0.06"})], "a")
    apply("contracts", [contract(1, "D1", notice_days=30, **{"attribute:part": "0.07"})], "b")
    with database.transaction(home) as connection:
        registry.set_attribute(
            connection, "part", "0.03", level="branch", holder="ural", valid_from=date(2026, 9, 1), author="olga"
        )
        snapshot = registry.export_snapshot(connection, tmp_path / "inputs")
    values = {
        table: [tuple(row.values()) for row in parquet.read_table(snapshot[table]).to_pylist()]
        for table in ("contract_attributes", "counterparty_attributes", "branch_attributes")
    }
    assert values == {
        "contract_attributes": [("C1", "part", date(2026, 1, 1), "0.07", "file")],
        "counterparty_attributes": [("D1", "part", date(1900, 1, 1), "0.06", "file")],
        "branch_attributes": [("ural", "part", date(2026, 9, 1), "0.03", "olga")],
    }
    assert parquet.read_table(snapshot["contracts"]).to_pylist()[0]["notice_days"] == 30
    assert agreed_values(tmp_path).origin("C1", "D1", "part", date(2026, 9, 1)).level == "contract"


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


def bank_account(name, owner, account, **more):
    row = {
        "bank_account_id": name, "counterparty_id": owner, "outlet_id": None, "recipient": "Dealer", "tax_number": None,
        "kpp": None, "account": account, "bank": "Bank", "bic": "044525225", "correspondent_account": None,
        "currency": "RUB", "valid_from": date(2026, 1, 1),
    }  # fmt: skip
    return row | more


def test_bank_details_that_a_file_changes_or_drops_are_kept_with_what_was_believed(home, apply):
    apply("counterparties", [counterparty(1), counterparty(2)], "a")
    apply("bank_accounts", [bank_account("B1", "D1", "1" * 20), bank_account("B2", "D2", "2" * 20)], "b")
    apply("bank_accounts", [bank_account("B1", "D1", "3" * 20)], "c")
    apply("bank_accounts", [bank_account("B1", "D1", "3" * 20)], "d")
    assert rows_of(home, "bank_accounts", "account") == ["3" * 20]
    assert rows_of(home, "former_bank_accounts", "account") == ["1" * 20, "2" * 20]
    with database.transaction(home) as connection:
        views = connection.execute(
            "select account, known_to is null as holds from reporting.bank_accounts order by account"
        ).fetchall()
    assert [tuple(row.values()) for row in views] == [("1" * 20, False), ("2" * 20, False), ("3" * 20, True)]
    with pytest.raises(Exception, match="append-only"), database.transaction(home) as connection:
        connection.execute("delete from registry.former_bank_accounts")


def test_two_bank_accounts_of_one_day_are_refused_whole_and_names_may_be_changed(home, apply):
    apply("counterparties", [counterparty(1)], "a")
    apply("bank_accounts", [bank_account("B1", "D1", "1" * 20)], "b")
    with pytest.raises(RefusedError, match="Two rows of the bank_accounts"):
        apply("bank_accounts", [bank_account("B1", "D1", "1" * 20), bank_account("B2", "D1", "2" * 20)], "c")
    assert rows_of(home, "bank_accounts", "bank_account_id") == ["B1"]
    apply("bank_accounts", [bank_account("B9", "D1", "1" * 20)], "d")
    assert rows_of(home, "bank_accounts", "bank_account_id") == ["B9"]
