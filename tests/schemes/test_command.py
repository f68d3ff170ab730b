"""`prm scheme`: a draft's problems as file:line:column on the screen, and exit codes that a pipeline can use."""

import hashlib
import sys

import psycopg
import pytest
from typer.testing import CliRunner

import cli
import cli.registry
import cli.scheme
import registry
import schemes
from prm import database
from prm.errors import NotFoundError
from tests.schemes.drafts import SOUND, broken


def run(*arguments: object):
    return CliRunner().invoke(cli.scheme.group, [str(argument) for argument in arguments])


def test_check_prints_every_problem_and_exits_with_one(tmp_path):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(SOUND, encoding="utf-8")
    bad.write_text(broken("currency: RUB", "currency: rubles", broken("version: 1", "version: 0")), encoding="utf-8")
    result = run("check", good, bad)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{good}: in order",
        f"{bad}:2:10: Versions begin with 1.",
        f"{bad}:6:11: 'rubles' is not a currency. Use its three letters, as in ISO 4217: RUB.",
    ]
    assert run("check", good).exit_code == 0


def test_a_draft_is_refused_in_the_language_asked_for(home, capsys, monkeypatch, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(broken("version: 1", "version: 0"), encoding="utf-8")
    told = f"{bad}:2:10: Версии нумеруются с 1.\n"
    assert run("check", bad, "--lang", "ru").stdout == told
    for arguments in (
        ["scheme", "explain", bad], ["scheme", "diff", bad, bad], ["scheme", "export", bad, tmp_path / "bad.xlsx"],
        ["registry", "add-scheme", bad],
    ):  # fmt: skip
        assert stopped(capsys, monkeypatch, *arguments, "--lang", "ru") == told
        assert stopped(capsys, monkeypatch, *arguments, "--lang", "en").endswith("Versions begin with 1.\n")


def test_what_was_added_stays_and_is_shown_word_for_word(home, capsys, monkeypatch, tmp_path):
    file = tmp_path / "trial.yaml"
    file.write_text("# as it was signed\n" + SOUND, encoding="utf-8")

    def add(*options):
        return CliRunner().invoke(cli.registry.group, ["add-scheme", str(file), *options])

    assert add("--author", "olga", "--lang", "ru").stdout == f"{file}: добавлено\n"
    assert add().stdout == f"{file}: already there, unchanged\n"
    file.write_text(broken('default: "0.05"', 'default: "0.04"'), encoding="utf-8")
    assert stopped(capsys, monkeypatch, "registry", "add-scheme", file, "--lang", "ru") == (
        f"prm: {file}: версия 1 схемы «trial» уже есть, с другими правилами. Версии не меняются: дайте файлу версию 2 и "
        f"свой valid_from. Что отличается: prm scheme diff trial:1 {file}\n"
    )
    content_hash = schemes.content_hash(schemes.parse(SOUND, "x"))
    shown = run("show", "trial:1", "--lang", "ru").stdout
    assert shown.startswith(f"# trial:1, действует с 2026-01-01; SHA-256 канонического текста: {content_hash}\n")
    assert "кем: olga\n# as it was signed\nscheme: trial\n" in shown
    assert schemes.content_hash(schemes.parse(shown, "x")) == content_hash
    canonical = run("show", "trial:1", "--canonical").stdout
    assert hashlib.sha256(canonical.encode()).hexdigest() == content_hash
    assert "Trial" in run("explain", "trial:1").stdout
    for named, told in (("trial:2", "prm: У схемы «trial» нет версии 2. Какие есть: prm scheme list.\n"),
                        ("trial", "prm: «trial» — не название добавленной версии. Например, dealer_standard:1; какие есть: prm scheme list.\n")):  # fmt: skip
        assert stopped(capsys, monkeypatch, "scheme", "show", named, "--lang", "ru") == told


@pytest.mark.parametrize("change", ["source = replace(source, '0.05', '0.06')", "content_hash = 'ffff'", "source = 'scheme: trial'",
                                    "canonical = jsonb_set(canonical, '{currency}', '\"USD\"')"])  # fmt: skip
def test_a_version_that_its_tables_owner_has_changed_is_not_shown_as_what_was_added(
    home, capsys, monkeypatch, tmp_path, change
):
    file = tmp_path / "trial.yaml"
    file.write_text(SOUND, encoding="utf-8")
    with database.transaction(home) as connection:
        registry.add_scheme(connection, file)
    with psycopg.connect(str(home.database_url), autocommit=True) as owner:
        with pytest.raises(psycopg.errors.RaiseException, match="append-only: add a new version instead"):
            owner.execute(f"update registry.scheme_versions set {change}")
        owner.execute("alter table registry.scheme_versions disable trigger all")
        owner.execute(f"update registry.scheme_versions set {change}")
    assert "is not what was added with the hash" in stopped(capsys, monkeypatch, "scheme", "show", "trial:1")


def test_explain_keeps_what_stands_in_brackets(tmp_path):
    file = tmp_path / "brackets.yaml"
    file.write_text(broken("document: Trial agreement, annex 1", 'document: "Annex [b]"'), encoding="utf-8")
    assert "Annex [b]." in run("explain", file).stdout


def test_explain_reads_in_the_language_asked_for():
    file = schemes.LIBRARY / "dealer_standard.yaml"
    assert "Стандартный дилер" in run("explain", file, "--lang", "ru").stdout
    assert "Standard dealer" in run("explain", file, "--lang", "en").stdout
    assert run("explain", file, "--lang", "de").exit_code == 2


def test_diff_compares_files_and_added_versions(home, tmp_path):
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(SOUND, encoding="utf-8")
    text = broken("version: 1", "version: 2", broken("valid_from: 2026-01-01", "valid_from: 2026-11-01"))
    second.write_text(broken('default: "0.05"', 'default: "0.04"', text), encoding="utf-8")
    with database.transaction(home) as connection:
        registry.add_scheme(connection, first)
        registry.add_scheme(connection, second)
    expected = [
        "Версия 2, действующая с 1 ноября 2026, сравнивается с версией 1, действующей с 1 января 2026. "
        "Договор, требующий уведомления, переходит на неё по окончании срока уведомления, считая с 1 ноября 2026, если это позже.",
        "Доля снижается с 5\xa0% до 4\xa0% с 1 ноября 2026, если договором не установлено иное.",
    ]
    for a, b in ((first, second), ("trial:1", "trial:2"), ("trial:1", second)):
        assert run("diff", a, b, "--lang", "ru").stdout.splitlines() == expected
    other = tmp_path / "other.yaml"
    other.write_text(broken("scheme: trial", "scheme: other"), encoding="utf-8")
    for language, told in (
        ("en", "These are different schemes, «trial» and «other», not two versions of one."),
        ("ru", "Это разные схемы, «trial» и «other», а не две версии одной."),
    ):
        assert run("diff", first, other, "--lang", language).stdout.splitlines()[0] == told
    assert run("diff", first, "trial:1", "--lang", "en").stdout == "Both say the same.\n"
    assert run("diff", first, second, "--lang", "de").exit_code == 2
    for missing in ("trial:3", "nowhere.yaml"):
        assert isinstance(run("diff", first, missing).exception, NotFoundError)


def stopped(capsys, monkeypatch, *arguments: object) -> str:
    """What the command prints where it stops with 1: one line, no traceback."""
    monkeypatch.delenv("PRM_DEBUG", raising=False)
    monkeypatch.setattr(sys, "argv", ["prm", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 1
    return capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "message"), [
    (("check", "{0}"), "'{0}' is a folder, not a scheme file. Name its files, such as {0}/*.yaml."),
    (("check", "{0}/adv.txt"), "'{0}/adv.txt' is no scheme file. Accepted: files that end in .yaml, .yml, .xlsx."),
    (("explain", "{0}/none.txt"), "There is no file '{0}/none.txt'."),
    (("template", "{0}/none/x.xlsx"), "There is no folder '{0}/none' to write into. Make it first, or name another."),
    (("export", "{0}/trial.yaml", "{0}/none/x.xlsx"), "There is no folder '{0}/none' to write into. Make it first, or name another."),
    (("export", "{0}/trial.yaml", "{0}/adv.txt/x.xlsx"), "There is no folder '{0}/adv.txt' to write into. Make it first, or name another."),
    (("pages", "{0}/adv.txt"), "'{0}/adv.txt' can't be written: File exists. Name another place."),
])  # fmt: skip
def test_what_the_system_refuses_is_one_line(capsys, monkeypatch, tmp_path, arguments, message):
    for name in ("adv.txt", "trial.yaml"):
        (tmp_path / name).write_text(SOUND, encoding="utf-8")
    told = stopped(capsys, monkeypatch, "scheme", *(argument.format(tmp_path) for argument in arguments))
    assert told == f"prm: {message.format(tmp_path)}\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adv.txt", "trial.yaml"]


@pytest.mark.parametrize("arguments", [
    ("scheme", "list"), ("scheme", "diff", "trial:1", "trial:2"), ("explain", "2026-10", "D00042"),
], ids=lambda arguments: arguments[1])  # fmt: skip
def test_a_database_without_tables_is_told_by_what_makes_them(capsys, monkeypatch, server, tmp_path, arguments):
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database prm_test_without_tables")
    monkeypatch.setenv("PRM_DATABASE_URL", database.with_database(server, "prm_test_without_tables"))
    monkeypatch.setenv("PRM_HOME", str(tmp_path))
    try:
        told = stopped(capsys, monkeypatch, *arguments)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("drop database prm_test_without_tables with (force)")
    assert told == "prm: The database has not been set up for this version. Run: prm migrate.\n"


MASTER = broken(
    "components:",
    "measures:\n  below: {title: {en: below, ru: ниже}, whose: below, earned: [activation, chargess]}\n"
    "  others: {title: {en: others, ru: другие}, whose: group, counted: [sold]}\ncomponents:",
    broken("    pay: fee\n", "    pay: fee\n  override: {title: {en: Override, ru: За других}, on: period, where: others > 0, pay: below * 0.1}\n",
           SOUND.replace("scheme: trial", "scheme: master")),
)  # fmt: skip
UNKNOWN = [
    "22:3: 'below' adds up 'chargess', which none of the schemes has. Did you mean 'charges'?",
    "23:3: 'others' adds up 'sold', which none of the schemes has. Correct it, or name the file of the scheme that has it too.",
]
UNKNOWN_RU = [
    "22:3: «below» складывает «chargess», а такого нет ни в одной из схем. Возможно, имелось в виду «charges»?",
    "23:3: «others» складывает «sold», а такого нет ни в одной из схем. Исправьте или укажите и файл схемы, в которой это есть.",
]


@pytest.mark.parametrize(("language", "expected"), [("en", UNKNOWN), ("ru", UNKNOWN_RU)])
def test_what_measures_of_others_add_up_is_looked_for_in_files_checked_or_added_together(
    home, tmp_path, monkeypatch, language, expected
):
    monkeypatch.setenv("PRM_LANGUAGE", language)
    master, other = tmp_path / "master.yaml", tmp_path / "other.yaml"
    master.write_text(MASTER, encoding="utf-8")
    other.write_text(SOUND, encoding="utf-8")
    in_order = {"en": "in order", "ru": "всё в порядке"}[language]
    assert run("check", master).stdout == f"{master}: {in_order}\n"
    checked = run("check", master, other)
    assert checked.exit_code == 1
    assert checked.stdout.splitlines() == [*(f"{master}:{told}" for told in expected), f"{other}: {in_order}"]
    other.write_text(
        SOUND.replace("  charges:", "  chargess:").replace(
            "components:", "measures:\n  sold: {title: {en: sold, ru: продано}, on: activation}\ncomponents:"
        ),
        encoding="utf-8",
    )  # fmt: skip
    assert run("check", master, other).exit_code == 0  # only the other scheme counts it
    alone = run("check", other)
    assert alone.exit_code == 1 and alone.stdout.count(f"{other}:22:3: ") == 1
    assert {"en": "'sold' is used by no rule of its scheme, and no other scheme counts it. Use it, remove it, or ",
            "ru": "«sold» не используется ни в одном правиле своей схемы"}[language] in alone.stdout  # fmt: skip
    added = CliRunner().invoke(cli.registry.group, ["add-scheme", str(master)])
    warning = {"en": "warning", "ru": "предупреждение"}[language]
    assert added.exit_code == 0
    assert added.stderr.splitlines() == [f"{warning}: {master}:{told}" for told in expected]
    assert CliRunner().invoke(cli.registry.group, ["add-scheme", str(master), str(other)]).stderr == ""
