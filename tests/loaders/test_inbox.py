"""The inbox: files in the order they need, refused ones beside the others, and nothing new the second time."""

import loaders
import registry
from prm import database
from tests.loaders.helpers import charge, text_of, write

COUNTERPARTIES = "counterparty_id,name,kind,parent_id,branch\nD1,Dealer,dealer,,ural\nD2,Sub,subdealer,D1,ural\n"
OUTLETS = "outlet_id,counterparty_id,name,kind,region,opened_on,closed_on\nO1,D1,Kiosk,own,Perm,2026-01-01,\n"
PRODUCTS = "product_id,name,product_group\nP1,Voice,voice\n"
CONTRACTS = (
    "contract_id,counterparty_id,scheme,valid_from,valid_to,status,currency,vat_status,settlement_level,"
    "Атрибут:Activation Fee\nK1,D1,dealer_standard,2026-01-01,,active,RUB,payer,counterparty,350.00\n"
)


def fill(home):
    write(home.inbox, "outlets.csv", OUTLETS)
    write(home.inbox, "contracts.csv", CONTRACTS)
    write(home.inbox, "counterparties.csv", COUNTERPARTIES)
    write(home.inbox, "products.csv", PRODUCTS)
    write(home.inbox, "charges_2026-10_ural.csv", text_of([charge(1)]))
    write(home.inbox, "charges_2026-10_ural.csv.control.json", '{"rows": 1}')
    write(home.inbox, "charges_2026-10_ural_2.csv", text_of([charge(1), charge(2)]))
    write(home.inbox, "charges_2026-10_ural_10.csv", text_of([charge(1), charge(3)]))
    write(home.inbox, "payments_2026-10_ural.csv", "payment_id\n1\n")


def test_reference_data_come_first_and_revisions_in_their_order(home):
    fill(home)
    results = loaders.load_inbox(home)
    assert [one.file_name for one in results] == [
        "counterparties.csv", "products.csv", "outlets.csv", "contracts.csv", "charges_2026-10_ural.csv",
        "charges_2026-10_ural_2.csv", "charges_2026-10_ural_10.csv", "payments_2026-10_ural.csv",
    ]  # fmt: skip
    assert [one.outcome for one in results] == ["accepted"] * 7 + ["refused"]


def test_the_second_time_nothing_changes(home):
    fill(home)
    loaders.load_inbox(home)
    with database.transaction(home) as connection:
        before = connection.execute("select * from loads.history order by entry").fetchall()
    assert {one.outcome for one in loaders.load_inbox(home)} == {"unchanged"}
    with database.transaction(home) as connection:
        assert connection.execute("select * from loads.history order by entry").fetchall() == before


def test_reference_rows_reach_the_registry(home):
    fill(home)
    loaders.load_inbox(home)
    with database.transaction(home) as connection:
        (outlet,) = connection.execute("select * from registry.outlets").fetchall()
        (value,) = connection.execute("select * from registry.contract_attributes").fetchall()
    assert outlet["counterparty_id"] == "D1"
    assert (value["attribute"], value["value"]) == ("activation_fee", "350.00")


def test_a_contracts_notice_is_a_whole_number_of_days_and_may_be_absent(home):
    fill(home)
    loaders.load_inbox(home)
    header, row = CONTRACTS.strip().split("\n")
    rows = [f"{row.replace('K1', f'K{number}')},{days}" for number, days in enumerate(["", "30", "-1", "2.5"], 1)]
    text = "\n".join([f"{header},Срок уведомления", *rows]) + "\n"
    result = loaders.load(write(home.inbox, "contracts_2.csv", text), settings=home)
    assert result.reasons == {"out_of_range": 1, "not_a_number": 1}
    with database.transaction(home) as connection:
        found = connection.execute("select contract_id, notice_days from reporting.contracts order by 1").fetchall()
    assert [tuple(row.values()) for row in found] == [("K1", None), ("K2", 30)]


def test_a_row_that_refers_to_something_unknown_is_set_apart(home):
    fill(home)
    write(home.inbox, "outlets.csv", OUTLETS + "O2,D9,Kiosk,own,Perm,2026-01-01,\n")
    write(home.inbox, "counterparties.csv", COUNTERPARTIES + "D3,X,subdealer,D8,ural\nD4,Y,subdealer,D3,ural\n")
    results = {one.file_name: one for one in loaders.load_inbox(home)}
    assert results["outlets.csv"].reasons == {"unknown_reference": 1}
    assert results["counterparties.csv"].reasons == {"unknown_reference": 2}


def test_a_reference_file_that_drops_what_is_still_referred_to_is_refused_whole(home):
    fill(home)
    loaders.load_inbox(home)
    write(home.inbox, "counterparties_2.csv", COUNTERPARTIES.splitlines()[0] + "\nD7,Other,dealer,,ural\n")
    result = loaders.load(home.inbox / "counterparties_2.csv", settings=home)
    assert result.code == "does_not_fit_the_registry"
    with database.transaction(home) as connection:
        assert len(connection.execute("select * from registry.counterparties").fetchall()) == 2
        (live,) = loaders.live_partitions(connection, "counterparties")
        assert live["rows"] == 2
    assert registry.REFERENCE_DATA_SETS[0] == "counterparties"


def test_a_period_lacks_the_expected_files_that_are_not_live(home):
    fill(home)
    loaders.load_inbox(home)
    with database.transaction(home) as connection:
        missing = loaders.missing_files(connection, "2026-10")
    assert missing == [("subscribers", "ural"), ("payments", "ural")]


def test_an_unknown_file_is_reported_and_the_others_go_on(home):
    fill(home)
    write(home.inbox, "readme.txt", "hello")
    last = loaders.load_inbox(home)[-1]
    assert (last.file_name, last.code) == ("readme.txt", "unknown_file_name")
