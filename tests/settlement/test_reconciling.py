"""Reconciling: opening, documents, turnover and closing of any days, beside the counterparty's own, stored for ever."""

import importlib
import itertools
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import psycopg
import pytest
import typer.testing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cli
import loaders
import settlement
from loaders import FileRefused, RowsRefused
from prm import database
from prm.errors import NotFoundError, PrmError
from prm.period import Period
from settlement import Charge
from tests.books import approve, as_owner, broken, entry, publish

importlib.import_module("cli.reconcile")
OWED = ("accrued", "payable", "held", "in_payment")
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
WHY = {"reason": "agreed", "author": "olga"}
FILE = """date,kind,number,period,debit,credit
31.10.2026,Акт,15,10.2026,130.50,
17.10.2026,Штраф,pn 7,,,20.00
05.11.2026,Оплата,551,,,40
06.11.2026,Прочее,зачёт 3,,5.00,
"""


@pytest.fixture
def home(home):
    """D1's books: an act of September (50) and of October (rewards 120, VAT 10), a penalty of 20, a payment of 40, 3 of tax."""
    with database.transaction(home) as connection:
        connection.execute(
            """insert into registry.counterparties (counterparty_id, name, kind, branch, tax_number)
               values ('D1', 'ООО «Ромашка»', 'dealer', 'ural', '6600000000'), ('D2', 'ООО «Василёк»', 'dealer', 'ural', null)"""
        )
    for period, rewards in (("2026-09", {("D1", "C1", "activation"): "50.00"}),
                            ("2026-10", {("D1", "C1", "activation"): "150.00", ("D1", "C1", "churn"): "-30.00"})):  # fmt: skip
        publish(home, rewards, Period.parse(period))
        approve(home, Period.parse(period))
        settlement.post_rewards(Period.parse(period), author="olga", settings=home)
    charge = Charge("penalty", "D1", date(2026, 10, 17), Decimal("20.00"), "RUB", "late", external_id="PN-7")
    number = settlement.charge_penalty(charge, author="olga", settings=home)
    assert number == 1
    november = {"counterparty_id": "D1", "period": "2026-11", "dated_on": date(2026, 11, 5)}
    with database.transaction(home) as connection:
        settlement.post(connection, [
            entry("vat", counterparty_id="D1", cause="vat", debit_account="vat", credit_account="accrued", amount=Decimal("10")),
            entry("due", counterparty_id="D1", cause="due", amount=Decimal("130")),
            entry("tax", counterparty_id="D1", cause="withheld tax", debit_account="payable", credit_account="withheld_tax", amount=Decimal("3")),
            entry("out", **november, cause="payout", payout=3, debit_account="payable", credit_account="in_payment", amount=Decimal("40")),
            entry("paid", **november, cause="payment", payout=3, debit_account="in_payment", credit_account="paid", amount=Decimal("40")),
        ])  # fmt: skip
    return home


@pytest.fixture
def figures(tmp_path):
    path = tmp_path / "сверка.csv"
    path.write_text(FILE, encoding="utf-8")
    return path


def reconcile(home, first="2026-10-01", last="2026-11-30", who="D1", **more):
    return settlement.reconcile(
        who, date.fromisoformat(first), date.fromisoformat(last), author="olga", settings=home, **more
    )


def told(found):
    return [
        (line.outcome, line.kind, line.our_reference or line.our_period, line.our_change and f"{line.our_change:.2f}",
         line.their_reference, line.their_change and f"{line.their_change:.2f}")
        for line in found.lines
    ]  # fmt: skip


def test_our_side_is_grouped_to_documents_that_both_know(home):
    found = reconcile(home)
    assert told(found) == [
        ("not_compared", "penalty", "PN-7", "-20.00", None, None),
        ("not_compared", "act", "2026-10", "130.00", None, None),
        ("not_compared", "withheld_tax", "2026-10", "-3.00", None, None),
        ("not_compared", "payment", "3", "-40.00", None, None),
    ]  # fmt: skip
    assert [line.our_dated_on for line in found.lines] == [
        date(2026, 10, 17), date(2026, 10, 31), date(2026, 10, 31), date(2026, 11, 5)]  # fmt: skip
    assert (found.opening, found.debit, found.credit, found.closing) == (50, 63, 130, 117)
    assert found.difference is None and found.their_closing is None
    act = found.lines[1]
    with database.transaction(home) as connection:
        entries = connection.execute(
            "select * from reporting.reconciliation_entries where line = 2 order by transfer_id"
        ).fetchall()
    assert tuple(row["transfer_id"] for row in entries) == act.transfers
    assert [(row["cause"], row["change"]) for row in entries] == [("reward", 150), ("reward", -30), ("vat", 10)]
    assert broken(home) == []


@pytest.mark.parametrize(
    ("first", "last", "opening", "closing"),
    [("2026-01-01", "2026-09-29", 0, 0), ("2026-01-01", "2026-09-30", 0, 50), ("2026-10-17", "2026-10-17", 50, 30),
     ("2026-10-18", "2026-10-30", 30, 30), ("2026-11-06", "2027-01-01", 117, 117)],
)  # fmt: skip
def test_any_days_begin_with_what_was_owed_before_them(home, first, last, opening, closing):
    found = reconcile(home, first, last)
    assert (found.opening, found.closing) == (opening, closing)
    assert broken(home) == []


def test_what_differs_is_told_with_the_sum_of_each_group(home, figures):
    found = reconcile(home, figures=figures)
    assert told(found) == [
        ("equal", "penalty", "PN-7", "-20.00", "pn 7", "-20.00"),
        ("different", "act", "2026-10", "130.00", "15", "130.50"),
        ("only_ours", "withheld_tax", "2026-10", "-3.00", None, None),
        ("equal", "payment", "3", "-40.00", "551", "-40.00"),
        ("only_theirs", "other", None, None, "зачёт 3", "5.00"),
    ]  # fmt: skip
    assert found.sums == {
        "equal": (2, -60, -60), "different": (1, 130, Decimal("130.5")), "only_ours": (1, -3, 0), "only_theirs": (1, 0, 5),
    }  # fmt: skip
    assert (found.their_opening, found.their_debit, found.their_credit) == (None, Decimal("135.5"), 60)
    assert (found.their_closing, found.difference) == (Decimal("125.5"), Decimal("8.5"))
    assert found.file_name == "сверка.csv" and broken(home) == []


def test_an_opening_balance_of_theirs_counts_and_other_days_are_left_out(home, figures):
    figures.write_text(FILE + "30.09.2026,Сальдо начальное,,,47.00,\n01.05.2026,Сальдо,,,1,\n31.12.2026,Акт,9,,7,\n")
    found = reconcile(home, figures=figures)
    assert (found.their_opening, found.their_closing, found.left_out) == (47, Decimal("122.5"), 2)
    figures.write_text(FILE + "30.09.2026,Сальдо,,,47.00,\n01.10.2026,Сальдо,,,48.00,\n")
    with pytest.raises(PrmError, match="2 opening balances for 2026-10-01"):
        reconcile(home, figures=figures)


def test_the_same_found_again_is_the_same_reconciliation_and_later_transfers_leave_it_as_it_was(home, figures):
    first = reconcile(home, figures=figures)
    again = reconcile(home, figures=figures.rename(figures.with_name("again.csv")))
    assert again == first
    settlement.charge_penalty(
        Charge("fine", "D1", date(2026, 10, 20), Decimal("1"), "RUB", "late"), author="olga", settings=home
    )
    later = reconcile(home, figures=figures.with_name("again.csv"))
    assert later.number != first.number and later.closing == first.closing - 1
    assert settlement.find_reconciliation(first.number, settings=home) == first
    assert [one.number for one in settlement.list_reconciliations("D1", settings=home)] == [first.number, later.number]
    with database.transaction(home) as connection:
        files = connection.execute("select count(*) as files from settlement.figure_files").fetchone()["files"]
    assert files == 1 and broken(home) == []


def test_a_penalty_reversed_on_another_day_is_a_document_of_that_day(home):
    settlement.withdraw_penalty(1, **WHY, settings=home)
    everything = reconcile(home, "2026-01-01", "2099-12-31")
    of_penalty = [(line.our_reference, line.our_change) for line in everything.lines if line.kind == "penalty"]
    assert of_penalty == [("PN-7", -20), ("PN-7", 20)]
    assert [
        line.our_change for line in reconcile(home, "2026-10-01", "2026-10-31").lines if line.kind == "penalty"
    ] == [-20]
    assert broken(home) == []


def test_an_act_says_what_is_left_after_a_reversal_in_its_month(home):
    settlement.reverse(2, **WHY, settings=home)
    act = next(line for line in reconcile(home, "2026-10-01", "2099-12-31").lines if line.kind == "act")
    assert act.our_change == -20 and act.our_dated_on == date(2026, 10, 31)
    assert broken(home) == []


class TestFigures:
    def write(self, path, text):
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def test_an_excel_file_says_the_same_as_a_csv_one(self, home, tmp_path, figures):
        book = openpyxl.Workbook()
        book.active.append(["Дата документа", "Вид", "Номер", "За период", "Сумма"])
        for row in ((date(2026, 10, 31), "акт", "15", "10.2026", 130.5), (date(2026, 10, 17), "ШТРАФ", "PN7", None, -20),
                    (date(2026, 11, 5), "выплата", 551, None, -40), (date(2026, 11, 6), "прочее", "зачёт 3", None, 5)):  # fmt: skip
            book.active.append(row)
        book.save(tmp_path / "f.xlsx")
        excel = reconcile(home, figures=tmp_path / "f.xlsx")
        assert excel.sums == reconcile(home, figures=figures).sums

    def test_a_file_in_cp1251_with_decimal_commas_is_read(self, home, tmp_path):
        text = "Дата;Вид;Номер;Дебет;Кредит\n31.10.2026;Акт;15;130,00;\n05.11.2026;Оплата;551;;40,00\n"
        found = reconcile(home, figures=self.write(tmp_path / "f.csv", text.encode("cp1251")))
        assert found.sums["equal"] == (2, 90, 90)

    @pytest.mark.parametrize(
        ("rows", "says"),
        [
            ("31.10.2026,чай,1,,5,\n", "row 1: 'чай' is no kind of document that is known. Known: act"),
            ("31.10.2026,акт,1,,,\n31.10.2026,акт,1,,5,6\n", "2 rows are wrong"),
            ("31.10.2026,акт,1,,,\n", "row 1: There is no amount"),
            ("32.10.2026,акт,1,,5,\n", "row 1: not a date: dated_on = '32.10.2026'"),
            (",акт,1,,5,\n", "a required value is missing"),
            ("31.10.2026,акт,1,октябрь,5,\n", "not written as the contract says: period = 'октябрь'"),
            ("31.10.2026,акт,1,,1 000,\n", "not a number"),
        ],
    )
    def test_every_bad_row_is_named_and_none_is_kept(self, home, tmp_path, rows, says):
        path = self.write(tmp_path / "f.csv", FILE.splitlines()[0] + "\n" + rows)
        with pytest.raises(RowsRefused, match=says):
            reconcile(home, figures=path)
        with database.transaction(home) as connection:
            assert connection.execute("select from settlement.figure_files").fetchall() == []

    def test_an_amount_is_said_once(self, home, tmp_path):
        path = self.write(tmp_path / "f.csv", "date,kind,amount,debit\n2026-10-31,акт,5,5\n")
        with pytest.raises(RowsRefused, match="The amount is said twice"):
            reconcile(home, figures=path)

    def test_a_file_that_can_not_be_read_says_why(self, home, tmp_path):
        with pytest.raises(FileRefused, match="the header lacks dated_on"):
            reconcile(home, figures=self.write(tmp_path / "f.csv", "kind,amount\nакт,5\n"))
        with pytest.raises(PrmError, match=r"Send .csv, .csv.gz, .xlsx"):
            reconcile(home, figures=self.write(tmp_path / "f.pdf", "x"))
        with pytest.raises(NotFoundError, match="no file"):
            reconcile(home, figures=tmp_path / "lost.csv")

    def test_figures_without_rows_are_figures(self, home, tmp_path):
        found = reconcile(home, figures=self.write(tmp_path / "f.csv", FILE.splitlines()[0] + "\n"))
        assert set(found.sums) == {"only_ours"} and found.their_closing == found.opening

    def test_rows_in_another_currency_are_left_out(self, home, tmp_path):
        path = self.write(
            tmp_path / "f.csv", "date,kind,amount,currency\n2026-10-31,акт,130,RUB\n2026-10-31,акт,5,USD\n"
        )
        found = reconcile(home, figures=path)
        assert found.left_out == 1 and found.sums["equal"] == (1, 130, 130)

    def test_they_are_no_data_set_of_the_inbox(self, home):
        assert "counterparty_figures" not in loaders.contracts()


def test_currencies_are_reconciled_apart(home):
    usd = Charge("fine", "D1", date(2026, 10, 17), Decimal("7"), "USD", "late")
    settlement.charge_penalty(usd, author="olga", settings=home)
    with pytest.raises(PrmError, match="transfers in RUB, USD"):
        reconcile(home)
    assert reconcile(home, currency="USD").closing == -7 and reconcile(home, currency="RUB").closing == 117


def test_who_and_which_days_have_to_make_sense(home):
    assert reconcile(home, who="D2").currency == "RUB" and reconcile(home, who="D2").lines == ()
    for more in ({}, {"currency": "RUB"}):
        with pytest.raises(NotFoundError, match="no counterparty 'D9'"):
            reconcile(home, who="D9", **more)
    with pytest.raises(PrmError, match="Give the earlier day first"):
        reconcile(home, "2026-11-01", "2026-10-01")
    with pytest.raises(NotFoundError, match="no reconciliation 99"):
        settlement.find_reconciliation(99, settings=home)


def test_the_commands_tell_both_sides(home, figures, monkeypatch):
    monkeypatch.setattr("cli.reconcile.console.width", 200, raising=False)

    def call(*arguments):
        done = typer.testing.CliRunner().invoke(cli.app, arguments)
        assert done.exception is None, done.exception
        return done.output.replace("\xa0", " ")

    said = call(
        "reconcile", "D1", "--from", "2026-10-01", "--to", "2026-11-30", "--figures", str(figures), "--author", "olga"
    )
    assert "our books:   opening 50.00 RUB, debit 63.00 RUB, credit 130.00 RUB, closing 117.00 RUB" in said
    assert "different: 1, ours 130.00 RUB, theirs 130.50 RUB" in said
    assert "their closing balance less ours: 8.50 RUB" in said and "opening not stated" in said
    russian = call("reconciliation", "1", "--lang", "ru", "--entries")
    assert (
        "только у контрагента: 1, у нас 0,00 RUB, у контрагента 5,00 RUB" in russian and "2026-10; 2, 3, 5" in russian
    )
    assert "8.50 RUB" in call("reconciliations", "D1")


TABLES = ["figure_files", "figures", "reconciliations", "reconciliation_lines", "reconciliation_entries"]


@pytest.mark.parametrize("table", TABLES)
def test_what_was_found_is_never_changed(home, figures, table):
    reconcile(home, figures=figures)
    for statement in (f"delete from settlement.{table}", f"truncate settlement.{table} cascade"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction(home) as connection:
            connection.execute(statement)
        with pytest.raises(psycopg.Error, match="append-only"), as_owner(home) as connection:
            connection.execute(statement)


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        ("update settlement.reconciliation_lines set our_change = -21, their_change = -21 where line = 1", "add up to the turnovers"),
        ("delete from settlement.reconciliation_lines where outcome = 'only_theirs'", "add up to the turnovers"),
        ("update settlement.reconciliation_entries set change = 151 where change = 150", "made of transfers"),
        ("update settlement.figures set change = 131 where change = 130.5", "as it gave them"),
        ("update settlement.reconciliations set opening = opening + 1, closing = closing + 1, their_closing = their_closing + 1",
         "as long as it was"),
    ],
)  # fmt: skip
def test_every_rule_is_broken_by_what_it_forbids(home, figures, spoil, rule):
    reconcile(home, figures=figures)
    assert broken(home) == []
    with as_owner(home) as connection:
        for table in TABLES:
            connection.execute(f"alter table settlement.{table} disable trigger user")
        connection.execute(spoil)
    assert any(rule in one for one in broken(home))
    assert any(rule in one for one in broken(home, Period.parse("2026-10")))
    assert not any(rule in one for one in broken(home, Period.parse("2027-01")))


owed = st.tuples(
    st.sampled_from([("vat", "vat", "accrued"), ("vat", "accrued", "vat"), ("due", "accrued", "payable"),
                     ("withheld tax", "payable", "withheld_tax"), ("test", "payable", "paid")]),
    st.dates(date(2026, 8, 20), date(2026, 11, 10)),
    st.decimals("0.0001", "5000", places=4),
)  # fmt: skip


examples = itertools.count(1)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(posted=st.lists(owed, max_size=10), days=st.tuples(st.dates(*YEAR), st.dates(*YEAR)))
def test_whatever_was_posted_ranges_that_follow_one_another_add_up(home, posted, days):
    who = f"X{next(examples)}"  # a counterparty each, on one ledger
    with database.transaction(home) as connection:
        connection.execute(
            "insert into registry.counterparties (counterparty_id, name, kind, branch) values (%s, 'X', 'dealer', 'ural')",
            [who],
        )
        for number, ((cause, debit, credit), day, amount) in enumerate(posted):
            month = day.strftime("%Y-%m")
            settlement.post(connection, [
                entry(f"{who}/{number}", counterparty_id=who, cause=cause, debit_account=debit, credit_account=credit,
                      dated_on=day, amount=amount, period=month, origin_period=month)
            ])  # fmt: skip
    edge = min(*days, date(2026, 12, 30))
    first = reconcile(home, str(YEAR[0]), str(edge), who)
    second = reconcile(home, str(edge + timedelta(days=1)), str(YEAR[1]), who)
    whole = reconcile(home, str(YEAR[0]), str(YEAR[1]), who)
    for one in (first, second, whole):
        assert (
            one.closing - one.opening
            == sum((line.our_change for line in one.lines), Decimal(0))
            == one.credit - one.debit
        )
        assert one.sums.get("not_compared", (0, 0, 0))[1] == one.closing - one.opening
    assert (first.opening, first.closing, second.closing) == (0, second.opening, whole.closing)
    expected = sum(
        (amount * ((credit in OWED) - (debit in OWED)) for (_, debit, credit), _, amount in posted), Decimal(0)
    )
    assert whole.closing == expected and broken(home) == []
