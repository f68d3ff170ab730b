"""The demo operator's files: the same from the same seed, readable, and wrong exactly where they are meant to be."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

import loaders
import schemes
from demo import Operator, make_files, write_operator_details
from demo.draws import Draws
from demo.faults import broken_rows
from demo.operator import DIALECTS
from demo.population import FACTS
from demo.reference import make_reference
from loaders.contract import normalise
from prm.bank_details import account_fits, correspondent_fits
from prm.errors import PrmError
from prm.operator_details import operator_details
from prm.period import Period
from prm.settings import Settings

MONTHS = ("2026-07", "2026-08", "2026-09", "2026-10")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a small operator."""
    made = tmp_path_factory.mktemp("demo")
    make_files(made, subscribers=1000)
    return made


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same operator without faults on purpose, in two months."""
    made = tmp_path_factory.mktemp("clean")
    make_files(made, subscribers=1000, first="2026-09", last="2026-10", faults=False)
    return made


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def text_of(path: Path, branch: str) -> str:
    raw = gzip.decompress(path.read_bytes()) if path.name.endswith(".gz") else path.read_bytes()
    return raw.decode("utf-8-sig" if branch == "volga" else DIALECTS[branch].encoding)


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    """A facts file's rows by lake column, whatever its dialect. Rows with too few fields have None."""
    path = next(path for path in folder.iterdir() if path.name in (f"{name}.csv", f"{name}.csv.gz"))
    contract, branch = loaders.contract_of(name.split("_20")[0]), name.split("_")[-1]
    branch = name.split("_")[-2] if branch.startswith("v") and branch[1:].isdigit() else branch
    reader = csv.reader(text_of(path, branch).splitlines(), delimiter=DIALECTS[branch].delimiter)
    columns = [contract.names[normalise(field)] for field in next(reader)]
    return [dict(zip(columns, row, strict=False)) for row in reader]


def all_rows(folder: Path, data_set: str, month: str) -> list[dict[str, str]]:
    return [row for branch in DIALECTS for row in rows_of(folder, f"{data_set}_{month}_{branch}")]


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRM_THREADS", "1")
    make_files(tmp_path, subscribers=1000)
    assert hashes(tmp_path) == hashes(folder)


def test_another_seed_gives_other_facts(clean: Path, tmp_path: Path) -> None:
    make_files(tmp_path, subscribers=1000, seed=43, first="2026-09", last="2026-10", faults=False)
    one, other = hashes(clean), hashes(tmp_path)
    assert one.keys() == other.keys()
    facts = [
        name
        for name in one
        if name.startswith(("charges", "payments", "subscribers", "kit_sales")) and "json" not in name
    ]
    assert facts and all(one[name] != other[name] for name in facts)


def test_nothing_half_written_is_left(folder: Path) -> None:
    assert not [path.name for path in folder.iterdir() if path.name.startswith(".") or path.name.endswith(".part")]


@pytest.mark.parametrize("key", [0, 1, 999, 20_000_000, 2**40 + 7])
def test_sql_and_python_draw_the_same_numbers(key: int) -> None:
    draws = Draws(7)
    drawn = duckdb.sql(f"select {draws.sql('amount', str(key), 1000)}").fetchone()
    assert drawn == (draws.number("amount", key, 1000),)


def test_numbers_scatter_evenly() -> None:
    draws = Draws(42)
    counts = [0] * 10
    for key in range(10_000):
        counts[draws.number("branch", key, 10)] += 1
    assert min(counts) > 850 and max(counts) < 1150


def test_a_size_out_of_range_is_refused() -> None:
    with pytest.raises(PrmError, match="999 subscribers cannot be made"):
        Operator(subscribers=999)


def test_months_the_wrong_way_round_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PrmError, match="after the last"):
        make_files(tmp_path, first="2026-10", last="2026-07")


def test_every_file_but_the_strays_has_a_name_that_a_contract_knows(folder: Path) -> None:
    unknown = {
        path.name
        for path in loaders.find_files(type("Inbox", (), {"inbox": folder})())
        if not any(contract.match(path.name) for contract in loaders.contracts().values())
    }
    assert unknown == {"tariff_plans_autumn.csv", "charges_october_ural.csv"}


@pytest.mark.parametrize("branch", DIALECTS)
def test_branches_write_their_own_dialects(folder: Path, branch: str) -> None:
    raw = (folder / f"charges_2026-10_{branch}.csv").read_bytes()
    first = raw.splitlines()[0]
    if branch == "center":
        assert first == b"charge_id,subscriber_id,product_id,charged_on,amount,charge_kind"
    if branch == "volga":
        assert first.startswith(b"\xef\xbb\xbf") and "Абонент" in first.decode("utf-8-sig")
    if branch == "ural":
        assert first.decode("cp1251").startswith("Номер начисления;Абонент")
        with pytest.raises(UnicodeDecodeError):
            raw.decode("utf-8")
        row = raw.splitlines()[1].decode("cp1251").split(";")
        assert row[3][2] == row[3][5] == "." and "," in row[4]


def test_every_branch_sends_every_data_set_each_month(folder: Path) -> None:
    for month in MONTHS:
        for data_set in ("kit_sales", "subscribers", "charges", "payments"):
            for branch in DIALECTS:
                assert rows_of(folder, f"{data_set}_{month}_{branch}")


def test_charges_and_payments_name_subscribers_and_days_that_exist(clean: Path) -> None:
    lives = {row["subscriber_id"] for month in MONTHS[2:] for row in all_rows(clean, "subscribers", month)}
    for data_set, day in (("charges", "charged_on"), ("payments", "paid_on")):
        rows = all_rows(clean, data_set, "2026-10")
        assert {row["subscriber_id"] for row in rows} <= lives
        assert {row[day][:8] if row[day][4] == "-" else row[day][6:] + row[day][2:5] for row in rows} <= {
            "2026-10-",
            "2026.10",
        }


def test_control_totals_agree_with_sound_files(clean: Path) -> None:
    for branch, decimal in (("center", "."), ("ural", ",")):
        rows = rows_of(clean, f"charges_2026-10_{branch}")
        control = json.loads((clean / f"charges_2026-10_{branch}.csv.control.json").read_text())
        assert control["rows"] == len(rows)
        assert Decimal(control["sums"]["amount"]) == sum(Decimal(row["amount"].replace(decimal, ".")) for row in rows)


def test_contracts_agree_values_inside_the_ranges_of_the_library() -> None:
    made = make_reference(Operator())
    library = {scheme.scheme: scheme for scheme in map(schemes.read, sorted(schemes.LIBRARY.glob("*.yaml")))}
    agreed = 0
    for contract in made.rows["contracts"]:
        attributes = library[contract["scheme"]].attributes
        for name, value in contract.items():
            if name.startswith("attribute:") and value:
                low, high = attributes[name.removeprefix("attribute:")].between
                assert Decimal(low) <= Decimal(value) <= Decimal(high), contract
                agreed += 1
    assert agreed > 100


def test_contracts_are_of_every_state() -> None:
    made = make_reference(Operator())
    assert {row["status"] for row in made.rows["contracts"]} == {"active", "suspended", "terminated"}
    assert any(row["valid_to"] == "2026-09-15" for row in made.rows["contracts"])
    with_contracts = {row["counterparty_id"] for row in made.rows["contracts"]}
    assert {row["counterparty_id"] for row in made.rows["counterparties"]} - with_contracts


def test_the_largest_dealer_reaches_the_highest_tier(tmp_path: Path) -> None:
    make_files(tmp_path, faults=False, first="2026-10", last="2026-10")
    outlets = {row["outlet_id"] for row in make_reference(Operator(months=(Period(2026, 10),))).rows["outlets"]
               if row["counterparty_id"] == "D00042"}  # fmt: skip
    assert sum(row["outlet_id"] in outlets for row in all_rows(tmp_path, "kit_sales", "2026-10")) > 100


# --- what is wrong on purpose


@pytest.mark.parametrize("data_set", FACTS)
def test_one_file_breaks_every_rule_of_its_contract(folder: Path, data_set: str) -> None:
    contract = loaders.contract_of(data_set)
    rows = rows_of(folder, f"{data_set}_2026-08_center")
    broken = [row for row in rows if row[contract.key[0]].startswith("BROKEN-")]
    reasons = {reason for reason, _ in broken_rows(contract, rows[0])}
    assert {rule.code for rule in contract.rules} <= reasons
    assert {"missing_value", "not_a_date", "other_period", "repeated_key"} <= reasons
    assert len(broken) == len(reasons) - 3  # one has no key, one too long a key, one the key of a sound row
    assert len(rows[-2]) < len(contract.columns), "a row of too few fields"
    assert "quotation" in rows[-1][contract.key[0]]


def test_the_loader_names_every_fault(folder: Path, home: Settings) -> None:
    files = ["counterparties.csv", "products.csv", "outlets.xlsx", "contracts.csv", "bank_accounts.csv"]
    files += [f"{one}_2026-08_center.csv" for one in ("subscribers", "charges", "antifraud_marks")]
    for name in files:
        result = loaders.load(folder / name, settings=home)
        contract = loaders.contract_of(result.data_set)
        sound = dict.fromkeys(
            set(contract.columns) - {"currency"} if name.startswith("charges") else contract.columns, "2026-01-01"
        )
        expected = {reason for reason, _ in broken_rows(contract, sound)}
        if contract.mode == "append":
            expected |= {"wrong_number_of_fields", "broken_quotes"}
        assert (result.outcome, set(result.reasons)) == ("accepted", expected)
    cut = loaders.load(folder / "charges_2026-09_center.csv", settings=home)
    assert (cut.outcome, cut.code) == ("refused", "control_totals_differ")
    assert loaders.load(folder / "charges_2026-09_center_v2.csv", settings=home).outcome == "accepted"
    assert loaders.load(folder / "payments_2026-08_volga.csv", settings=home).code == "missing_column"
    assert loaders.load(folder / "payments_2026-08_volga_v2.csv", settings=home).outcome == "accepted"
    assert loaders.load(folder / "charges_2026-08_volga.csv", settings=home).rows_quarantined == 0


def test_reference_files_break_the_rules_of_their_contracts(folder: Path) -> None:
    text = (folder / "contracts.csv").read_text(encoding="utf-8")
    assert "2001-01-01" in text and "X99999" in text and "BROKEN-" in text
    accounts = (folder / "bank_accounts.csv").read_text(encoding="utf-8")
    assert "BROKEN-" in accounts and "2026-02-31" in accounts
    assert "BROKEN-itself" in (folder / "counterparties.csv").read_text(encoding="utf-8-sig")


def test_most_counterparties_have_an_account_that_fits_its_bank_and_some_have_none(clean: Path) -> None:
    with (clean / "bank_accounts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows and all(account_fits(row["account"], row["bic"]) for row in rows)
    assert all(correspondent_fits(row["correspondent_account"], row["bic"]) for row in rows)
    known = {row["counterparty_id"] for row in rows}
    everybody = {row["counterparty_id"] for row in make_reference(Operator(subscribers=1000)).rows["counterparties"]}
    assert known < everybody and len(known) > 0.9 * len(everybody)
    assert any(row["outlet_id"] for row in rows) and len({row["valid_from"] for row in rows}) == 2


def test_the_operators_own_details_are_sound_and_kept_as_they_are(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    path = write_operator_details(settings)
    assert path and operator_details(settings).account_in("RUB").account
    path.write_text(path.read_text(encoding="utf-8").replace("Дальняя", "Ближняя"), encoding="utf-8")
    assert write_operator_details(settings) is None and "Ближняя" in operator_details(settings).name


def test_one_file_comes_again_under_another_name(folder: Path) -> None:
    original, again = folder / "charges_2026-07_center.csv", folder / "charges_2026-07_center_again.csv"
    assert original.read_bytes() == again.read_bytes()


def test_one_file_is_corrected(folder: Path) -> None:
    former = {row["payment_id"]: row for row in rows_of(folder, "payments_2026-09_ural")}
    corrected = {row["payment_id"]: row for row in rows_of(folder, "payments_2026-09_ural_v2")}
    assert former.keys() == corrected.keys()
    changed = [key for key in former if former[key] != corrected[key]]
    assert 0 < len(changed) < len(former)
    assert all(former[key]["amount"] != corrected[key]["amount"] for key in changed)


def test_one_header_is_in_another_order(folder: Path) -> None:
    usual, other = (
        (folder / f"charges_{month}_volga.csv").read_text("utf-8-sig").splitlines()[0].split(",")
        for month in ("2026-07", "2026-08")
    )
    assert usual != other and sorted(usual) == sorted(other)


def test_one_header_lacks_a_column_and_the_next_revision_has_it(folder: Path) -> None:
    assert "amount" not in rows_of(folder, "payments_2026-08_volga")[0]
    assert "amount" in rows_of(folder, "payments_2026-08_volga_v2")[0]


def test_one_file_is_cut_short_at_the_end_of_a_line(folder: Path) -> None:
    name = "charges_2026-09_center"
    rows, whole = rows_of(folder, name), rows_of(folder, f"{name}_v2")
    control = json.loads((folder / f"{name}.csv.control.json").read_text())
    assert rows == whole[: len(rows)] and len(rows) < len(whole) == control["rows"]


def test_some_subscribers_have_no_kit_that_was_sold(folder: Path) -> None:
    sold, used = kits(folder)
    assert 0 < len(used - sold.keys()) < 50


def test_some_kits_were_sold_twice_by_others_and_by_the_same(folder: Path) -> None:
    owners = {
        row["outlet_id"]: row["counterparty_id"] for row in make_reference(Operator(subscribers=1000)).rows["outlets"]
    }
    sold, _ = kits(folder)
    twice = [{owners[outlet] for outlet in outlets} for outlets in sold.values() if len(outlets) > 1]
    assert any(len(one) == 2 for one in twice) and any(len(one) == 1 for one in twice)


def kits(folder: Path) -> tuple[dict[str, list[str]], set[str]]:
    """Outlets by the kit they sold, and the kits that were activated; of the files that are sound."""
    sold: dict[str, list[str]] = {}
    for month in ("2025-09", "2026-03", *MONTHS):
        for row in all_rows(folder, "kit_sales", month):
            if row["sale_id"].startswith("KS") and len(row) == 6:
                sold.setdefault(row["iccid"], []).append(row["outlet_id"])
    used = {row["iccid"] for month in MONTHS for row in all_rows(folder, "subscribers", month)
            if row["subscriber_id"].startswith("5") and len(row) == 9}  # fmt: skip
    return {kit: outlets for kit, outlets in sold.items() if kit.isdigit()}, used


def test_there_are_fraud_marks_credit_notes_and_payments_without_outlet(folder: Path) -> None:
    marks = [row for month in MONTHS for row in all_rows(folder, "antifraud_marks", month)]
    assert any(row["valid_to"] for row in marks) and any(not row["valid_to"] for row in marks)
    assert any(row["amount"].startswith("-") for row in all_rows(folder, "charges", "2026-10"))
    payments = all_rows(folder, "payments", "2026-10")
    assert any(not row["outlet_id"] and row["channel"] == "online" for row in payments)
    assert any(row["amount"].startswith("-") for row in payments)


def test_the_largest_dealer_is_charged_a_penalty_each_month(folder: Path) -> None:
    for month in MONTHS:
        rows = [row for row in all_rows(folder, "penalties", month) if row.get("counterparty_id") == "D00042"]
        assert len({row["penalty_id"] for row in rows if row["penalty_id"].startswith("PN")}) == 1
        assert {row["kind"] for row in all_rows(folder, "penalties", month)} >= {"penalty"}


def test_the_last_month_has_strangers_and_rows_that_two_branches_sent(folder: Path) -> None:
    for data_set in ("charges", "payments"):
        ural = rows_of(folder, f"{data_set}_2026-10_ural")
        assert [row for row in ural if row["subscriber_id"].startswith("599999999")]
        key = loaders.contract_of(data_set).key[0]
        assert (
            len({row[key] for row in ural} & {row[key] for row in rows_of(folder, f"{data_set}_2026-10_center")}) == 3
        )
    assert any(row["outlet_id"] == "T99999" for row in rows_of(folder, "payments_2026-10_ural"))


def test_the_month_after_is_only_partly_there(folder: Path) -> None:
    assert {path.name for path in folder.glob("*_2026-11_*") if "json" not in path.name} == {
        "kit_sales_2026-11_center.csv.gz", "kit_sales_2026-11_volga.csv",
    }  # fmt: skip


def test_a_clean_operator_has_no_faults(clean: Path) -> None:
    names = {path.name for path in clean.iterdir()}
    assert not [name for name in names if "_v2" in name or "again" in name or "2026-11" in name or "autumn" in name]
    for data_set in FACTS:
        key_of_row = loaders.contract_of(data_set).key
        keys = [tuple(row[name] for name in key_of_row) for row in all_rows(clean, data_set, "2026-10")]
        assert keys and len(keys) == len(set(keys)) and not [key for key in keys if key[0].startswith("BROKEN")]
