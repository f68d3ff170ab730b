"""Forms that users make: checked with places, previewed on real data, kept in versions; templates can do nothing but show."""

import io
from decimal import Decimal

import docx
import openpyxl
import psycopg
import pytest
import typer.testing

import cli
import reports
import runs
from prm import database
from prm.errors import PrmError
from prm.settings import PROJECT
from reports import templates
from tests.reports.conftest import LONG, OCTOBER

YAML = """\
form: sales_by_outlet
title: {en: Sales by outlet, ru: Продажи по точкам}
audience: operator
parameters:
  least: {kind: money, default: "0"}
tables:
  - name: outlets
    title: {en: Outlets, ru: Точки}
    data: lines
    filter:
      - {column: outcome, is: paid}
      - {column: amount, at_least: {parameter: least}}
    columns:
      - branch
      - outlet_id
      - {count: subscriber_id, as: subscribers, title: {en: Subscribers, ru: Абонентов}, total: true}
      - {sum: amount, total: true}
    sort: [-amount]
    subtotal_by: branch
    chart: {kind: bar, label: outlet_id, value: amount}
"""
SIMPLE = """\
form: {name}
title: Letter
audience: counterparty
tables:
  - name: rewards
    data: rewards
    columns: [component, {{sum: amount, total: true}}]
signatures: [operator, counterparty]
"""


def word(*paragraphs, name="letter", table=None):
    """A Word template with its description; table: texts of rows of cells."""
    made = docx.Document()
    for line in [*SIMPLE.format(name=name).splitlines(), "end of form", *paragraphs]:
        made.add_paragraph(line)
    if table:
        grid = made.add_table(rows=len(table), cols=len(table[0]))
        for row, texts in zip(grid.rows, table, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def excel(rows, name="letter"):
    """An Excel template with its description on a sheet of its own."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    sheet = book.create_sheet("form")
    for line in SIMPLE.format(name=name).splitlines():
        sheet.append([line])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def made_of(books, tmp_path, name, content, who="D1", language="en", **more):
    file, target = tmp_path / name, tmp_path / f"made.{name.rpartition('.')[2]}"
    file.write_bytes(content)
    reports.preview(file, OCTOBER, who, language, None, target, settings=books, **more)
    return target


@pytest.fixture
def reward(books):
    return runs.current_versions(OCTOBER, settings=books)["D1"]["amount"]


def test_a_yaml_form_is_filtered_grouped_sorted_and_totalled_as_it_says(books, tmp_path):
    file = tmp_path / "f.yaml"
    file.write_text(YAML, encoding="utf-8")

    def shown(**parameters):
        reports.preview(file, OCTOBER, "", "en", "xlsx", tmp_path / "t.xlsx", parameters=parameters, settings=books)
        rows = list(openpyxl.load_workbook(tmp_path / "t.xlsx").active.iter_rows(values_only=True))
        return rows[rows.index(("Branch", "Outlet", "Subscribers", "Reward")) + 1 :]

    with database.transaction(books) as connection:
        counted = connection.execute(
            """select outlet_id, count(distinct subscriber_id) as subscribers, sum(amount) as amount
               from reporting.reward_lines where period = '2026-10' and outcome = 'paid' and amount >= %s
               group by outlet_id""", ["250"],
        ).fetchall()  # fmt: skip
    rows = [row for row in shown(least="250.00") if row[0] in ("ural", "volga")]
    assert {(row[1], row[2], Decimal(str(row[3]))) for row in rows} == {tuple(row.values()) for row in counted}
    everything = shown()
    assert any(row[0] == "Subtotal: ural" for row in everything) and any(row[0] == "Total" for row in everything)
    assert len([row for row in everything if row[0] == "ural"]) == 3  # T-D1, T-D2, and the bonus that is of no outlet


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ("    data: lines", "    data: liens", r"f.yaml:9:5: There is no data set 'liens'. There are: rewards, lines"),
        ("      - outlet_id", "      - outlet", r"f.yaml:15:9: Data set lines has no column 'outlet'. It has: .*outlet_id"),
        ("audience: operator", "audience: everybody", r"f.yaml:3:1: 'everybody' is not a known audience"),
        ("{parameter: least}", "{parameter: lost}", r"f.yaml:12:9: There is no parameter 'lost'. There are: least"),
        ("at_least: {parameter: least}", "at_least: 0.5", r"f.yaml:12:9: 0.5 is not exact"),
        ("    sort: [-amount]", "    sort: [-sum]", r"f.yaml:18:12: The table shows no column 'sum'"),
        ("form: sales_by_outlet", "form: statement", r"f.yaml:1:1: 'statement' is a form of the project's own"),
        ("form: sales_by_outlet", "form: 'drop table'", r"f.yaml:1:1: 'drop table' is not a name"),
        ('default: "0"', "default: much", r"f.yaml:5:24: 'much' is not a number"),
        (', default: "0"', "", r"f.yaml:5:3: Parameter 'least' has no default"),
        ("tables:", "tables: [", r"f.yaml:\d+:\d+: This is not YAML"),
        ("    subtotal_by: branch", "    subtotals: branch", r"f.yaml:19:5: There is no 'subtotals' in a table"),
        ("{sum: amount, total: true}", "{sum: outcome}", r"f.yaml:17:9: 'outcome' can't be added up"),
        ("form: sales_by_outlet", "form:", r"f.yaml:1:1: 'form' is missing"),
        ("    sort: [-amount]", "    sort: -amount", r"f.yaml:18:5: 'sort' is a list. Write `sort: \[…\]`"),
        ("    subtotal_by: branch", "    subtotal_by: [branch]", r"f.yaml:19:5: The table shows no column '\['branch'\]'"),
        ("audience: operator", "audience: operator\nformats: pdf", r"f.yaml:4:1: 'formats' is a list"),
        ("audience: operator", "audience: operator\nformats: []", r"f.yaml:4:1: A form has formats"),
        ("audience: operator", "audience: operator\nsignatures: 5", r"f.yaml:4:1: 'signatures' is a list"),
        ("    data: lines", "    data: [lines]", r"f.yaml:9:5: There is no data set '\['lines'\]'"),
        ("value: amount}", "value: [amount]}", r"f.yaml:20:\d+: The table shows no column"),
        ("is: paid", "is: [paid]", r"f.yaml:11:9: .* is not what outcome holds"),
        ("ru: Точки", "ru: ", r"f.yaml:8:5: 'title' is a text, or one in each language"),
        ("as: subscribers", 'as: "x\\"; drop"', r"f.yaml:16:9: .* is not a name"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place_and_what_would_be_right(line, instead, said):
    assert line in YAML
    problems = reports.check_form("f.yaml", YAML.replace(line, instead).encode())
    assert problems
    with pytest.raises(PrmError, match=said):
        raise problems[0]


def test_values_of_a_filter_never_become_sql(books, tmp_path):
    evil = YAML.replace("{column: outcome, is: paid}", '{column: outlet_id, is: "x\' or true --"}')
    form = reports.read_form("f.yaml", evil.encode())
    assert "or true" not in form.queries["outlets"] and "x' or true --" in form.fixed.values()
    file = tmp_path / "f.yaml"
    file.write_text(evil, encoding="utf-8")
    reports.preview(file, OCTOBER, "", "en", "csv", tmp_path / "t.csv", settings=books)
    assert len((tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines()) == 1


def test_every_data_set_is_a_view_with_those_columns_and_kinds(books):
    kinds = {
        "money": "numeric",
        "quantity": "numeric",
        "share": "numeric",
        "day": "date",
        "number": ("bigint", "integer"),
    }
    with database.transaction(books) as connection:
        for of in reports.data_sets().values():
            found = {
                row["column_name"]: row["data_type"]
                for row in connection.execute(
                    "select column_name, data_type from information_schema.columns where table_schema = 'reporting' and table_name = %s",
                    [of.view],
                )
            }
            assert set(of.columns) <= set(found), of.name
            for column in of.columns.values():
                assert found[column.name] in kinds.get(column.kind, "text"), (of.name, column.name)
            page = (PROJECT / "docs" / "forms.md").read_text(encoding="utf-8")
            assert f"| `{of.name}` | {of.row['en']} | `reporting.{of.view}` |" in page


def test_a_form_of_penalties_alone_is_made_for_those_who_were_charged(books, tmp_path):
    fines = """
form: fines
title: Fines
audience: counterparty
each_month: false
tables:
  - {name: fines, data: penalties, columns: [penalty, reason, {sum: amount, total: true}], sort: [penalty]}
"""
    file = tmp_path / "fines.yaml"
    file.write_text(fines, encoding="utf-8")
    reports.add_form(file, author="olga", settings=books)
    [made] = reports.publish(OCTOBER, forms=["fines"], formats=["csv"], settings=books)
    assert made.counterparty_id == "D1"
    assert [line.split(";")[0] for line in made.path.read_text(encoding="utf-8-sig").splitlines()[1:]] == list("2345")
    too_many = YAML.replace("value: amount}", "value: amount, most: 41}")
    [problem] = reports.check_form("f.yaml", too_many.encode())
    assert "'41' is not a number of rows that a chart shows" in str(problem)


def test_a_word_template_is_filled_and_says_the_rewards_total(books, tmp_path, reward):
    content = word(
        "For {{ counterparty }}, {{ period }}", "{{ rewards.total.amount }} {{ closing | length }}",
        table=[["{%tr for row in rewards.rows %}", ""], ["{{ row.component }}", "{{ row.amount }}"], ["{%tr endfor %}", ""]],
    )  # fmt: skip
    assert reports.check_form("letter.docx", content) == []
    first = made_of(books, tmp_path, "letter.docx", content)
    text = "\n".join(paragraph.text for paragraph in docx.Document(first).paragraphs)
    assert f"For {LONG} (D1), October 2026" in text and f"{reward:,.2f} 0" in text and "form:" not in text
    rows = [[cell.text for cell in row.cells] for row in docx.Document(first).tables[0].rows]
    amounts = [Decimal(amount.replace(",", "")) for _, amount in rows]
    assert sum(amounts) == reward and len(rows) >= 4
    was = first.read_bytes()
    assert made_of(books, tmp_path, "letter.docx", content).read_bytes() == was


def test_an_excel_template_repeats_its_row_keeps_types_and_makes_no_formula_of_data(books, tmp_path, reward):
    content = excel([
        ["For {{ counterparty }}"], ["Component", "Amount"], ["{{ rewards.row.component }}", "{{ rewards.row.amount }}"],
        ["Total", "{{ rewards.total.amount }}", "=1+2"],
    ])  # fmt: skip
    assert reports.check_form("letter.xlsx", content) == []
    made = made_of(books, tmp_path, "letter.xlsx", content)
    book = openpyxl.load_workbook(made)
    assert book.sheetnames == ["Sheet"]
    rows = list(book.active.iter_rows(values_only=True))
    assert sum(Decimal(str(amount)) for _, amount, _ in rows[2:-1]) == Decimal(str(rows[-1][1])) == reward
    assert book.active.cell(len(rows), 3).data_type == "f"  # the author's own
    was = made.read_bytes()
    assert made_of(books, tmp_path, "letter.xlsx", content).read_bytes() == was
    with_formula = made_of(books, tmp_path, "letter.xlsx", excel([["{{ counterparty.split(' ')[0] }}"]]), who="D2")
    cell = openpyxl.load_workbook(with_formula).active["A1"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_who_signs_alone_is_called_by_its_role(monkeypatch):
    monkeypatch.setattr(f"{__name__}.SIMPLE", SIMPLE.replace("[operator, counterparty]", "[counterparty]"))
    assert reports.check_form("letter.docx", word("{{ parties.counterparty.name }}")) == []
    [problem] = reports.check_form("letter.docx", word("{{ parties.operator.name }}"))
    assert "operator" in str(problem)


def test_a_value_with_characters_that_files_can_t_hold_is_written_without_them(books, tmp_path):
    name = 'letter\nsubtitle: "of\\x0b\\uffff {period}"'
    made = made_of(books, tmp_path, "letter.docx", word("{{ subtitle }}", name=name))
    assert "of October 2026" in [paragraph.text for paragraph in docx.Document(made).paragraphs]
    made = made_of(books, tmp_path, "letter.xlsx", excel([["{{ subtitle }}"]], name=name))
    assert openpyxl.load_workbook(made).active["A1"].value == "of October 2026"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ rewards.totl }}", r"letter.*rewards.totl"),
        ("{{ open('/etc/passwd').read() }}", r"'open' is undefined"),
        ("{{ ''.__class__.__mro__ }}", r"unsafe|undefined"),
        ("{{ rewards.rows.append(1) }}", r"unsafe|append|not safely"),
        ("{{ 1 + }}", r"letter.*1 \+"),
        ("{% include 'x' %}", r"letter"),
    ],
    ids=["unknown", "function", "class", "change", "syntax", "include"],
)
def test_a_template_that_fails_names_its_place_and_reaches_nothing(books, tmp_path, text, said):
    with pytest.raises(PrmError, match=said) as raised:
        made_of(books, tmp_path, "letter.docx", word("Dear all", text))
    [problem] = reports.check_form("letter.docx", word("Dear all", text))  # before there is anything to show
    assert str(problem) == str(raised.value)
    with pytest.raises(PrmError, match=r"Sheet!B2" if "include" not in text else "letter"):
        made_of(books, tmp_path, "letter.xlsx", excel([["Dear all"], ["", text]]))


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ ('x' * 99999999) * 99 }}",
    ],
    ids=["time", "memory"],
)
def test_a_template_is_bounded_in_time_and_memory(books, tmp_path, monkeypatch, text):
    monkeypatch.setattr(templates, "SECONDS", 2)
    with pytest.raises(PrmError, match=r"takes longer|memory"):
        made_of(books, tmp_path, "letter.docx", word(text))


def test_templates_that_are_none_are_refused(tmp_path):
    plain = io.BytesIO()
    docx.Document().save(plain)
    for name, content, said in (
        ("a.docx", b"nothing", "can't be opened"), ("a.docx", plain.getvalue(), "does not say what it shows"),
        ("a.pdf", b"%PDF", "not a file of the kind .pdf"), ("a.yaml", b"\xff\xfe", "not in UTF-8"), ("a.yaml", b"- 1", "list of `name: value`"),
    ):  # fmt: skip
        [problem] = reports.check_form(name, content)
        assert said in str(problem)


def test_a_kept_form_has_versions_and_a_document_keeps_the_one_that_made_it(books, tmp_path):
    file = tmp_path / "sales_by_outlet.yaml"
    file.write_text(YAML, encoding="utf-8")
    assert reports.add_form(file, author="olga", settings=books)[1] is True
    assert reports.add_form(file, author="olga", settings=books)[1] is False
    [made] = reports.publish(OCTOBER, forms=["sales_by_outlet"], formats=["csv"], settings=books)
    file.write_text(YAML.replace("    sort: [-amount]\n", "    most: 1\n"), encoding="utf-8")
    form, is_new = reports.add_form(file, author="pavel", settings=books)
    assert (form.version, is_new) == (2, True)
    assert [
        one.state for one in reports.publish(OCTOBER, forms=["sales_by_outlet"], formats=["csv"], settings=books)
    ] == ["made"]
    with database.transaction(books) as connection:
        versions = connection.execute(
            "select form_version from documents.documents where form = 'sales_by_outlet' order by document_id"
        ).fetchall()
    assert [row["form_version"] for row in versions] == [1, 2]
    kept = [row for row in reports.list_forms(books) if row["form"] == "sales_by_outlet"]
    assert [(row["version"], row["author"]) for row in kept] == [(1, "olga"), (2, "pavel")]
    reports.render("sales_by_outlet", OCTOBER, "", "ru", "csv", tmp_path / "first.csv", version=1, settings=books)
    assert len((tmp_path / "first.csv").read_text("utf-8-sig").splitlines()) > 2  # the second is of one row
    assert len(made.path.read_text("utf-8-sig").splitlines()) == 2
    for statement in (
        "update documents.forms set author = 'eve'",
        "delete from documents.forms",
        "truncate documents.forms",
    ):
        with pytest.raises(psycopg.Error), database.transaction(books) as connection:
            connection.execute(statement)


def test_the_commands_check_preview_and_add(books, tmp_path, monkeypatch):
    import importlib

    importlib.import_module("cli.form")
    monkeypatch.setenv("PRM_DATABASE_URL", books.database_url)
    monkeypatch.setenv("PRM_HOME", str(books.home))
    runner = typer.testing.CliRunner()
    file = tmp_path / "letter.docx"
    file.write_bytes(word("{{ rewards.count }}", name="letter_by_command"))
    assert "in order" in runner.invoke(cli.app, ["form", "check", str(file)]).output
    done = runner.invoke(cli.app, ["form", "preview", str(file), "2026-10", "--counterparty", "D1", "--lang", "en"])
    assert done.exit_code == 0, done.exception
    assert (tmp_path / "letter_by_command_2026-10_en_preview.docx").exists()
    assert "version 1 is kept" in runner.invoke(cli.app, ["form", "add", str(file), "--author", "olga"]).output
    assert "letter_by_command" in runner.invoke(cli.app, ["form", "list"]).output
    assert "attainment" in runner.invoke(cli.app, ["form", "data", "plans"]).output
    done = runner.invoke(cli.app, ["form", "preview", str(file), "2026-10", "--counterparty", "D1", "--lang", "de"])
    assert done.exit_code and "There is no language 'de'" in str(done.exception)
    wrong = tmp_path / "f.yaml"
    wrong.write_text(YAML.replace("data: lines", "data: liens"), encoding="utf-8")
    done = runner.invoke(cli.app, ["form", "check", str(wrong)])
    assert done.exit_code == 1 and "f.yaml:9:5" in done.output
