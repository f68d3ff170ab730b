"""A document in which everything is long: names, words without a place to break, amounts, charts, and tables of hundreds of rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from prm.words import Language
from reports.forms import common_words
from reports.model import Chart, Column, Document, Party, Row, Section, with_totals

NAME = "long"
OF_A_ROW = r"T-\d{6}"
COMPANY = "Общество с ограниченной ответственностью «Уральская торгово-сервисная компания мобильной связи и цифровых услуг имени изобретателя радио Александра Степановича Попова»"
_WORD = "Высокопревосходительствующийэлектрорадиотелефонизатор"
_ADDRESS = "620014, Свердловская область, г. Екатеринбург, ул. Малышева, д. 51, корп. 2, стр. 4, эт. 17, помещение 1711-1713, комната 12 (бизнес-центр «Высоцкий»)"
_OUTLETS, _MONTHS = 400, 40
_TITLES = {
    "ru": ("Отчёт агента о том, что начислено", "за сентябрь 2026", "По торговым точкам", "По месяцам", "Точка", "Наименование торговой точки",
           "Последний день продажи", "Абонентов", "Вознаграждение с учётом корректировок", "Доля", "Примечание", "Месяц"),
    "en": ("Statement of reward and of all that was accrued", "for September 2026", "By outlet", "By month", "Outlet", "Name of the outlet",
           "Last day of a sale", "Subscribers", "Reward with its corrections", "Share", "Remark", "Month"),
}  # fmt: skip


def document(language: Language) -> Document:
    """The document; 400 outlets, a chart of the first 40 of them, and one of forty months."""
    words = {key: of[language] for key, of in common_words().items()}
    title, subtitle, outlets, months, outlet, name, day, subscribers, reward, share, remark, month = _TITLES[language]
    columns = (
        Column("outlet_id", outlet, "text", 13), Column("name", name, "text", 32), Column("day", day, "day", 11),
        Column("subscribers", subscribers, "number", 10, total=True), Column("amount", reward, "money", 17, total=True),
        Column("share", share, "share", 9), Column("remark", remark, "text", 24),
    )  # fmt: skip
    of_months = (Column("month", month, "text", 20), Column("amount", reward, "money", 18, total=True))
    return Document(
        title=title,
        subtitle=subtitle,
        facts=(
            (words["operator"], f"АО «Дальняя связь» ({_WORD})"),
            (words["counterparty"], f"{COMPANY} (D00042)"),
            (words["tax_number"], "660000000000"),
            (words["contracts"], ", ".join(f"C-2026/{number:05d}" for number in range(60))),
        ),
        sections=(
            Section(
                "outlets",
                outlets,
                columns,
                _OUTLETS,
                lambda: with_totals(_of_outlets(), columns, words),
                words["nothing"],
                chart=Chart("bar", f"{outlets}: {reward}", 1, 4, 40),
            ),
            Section(
                "months",
                months,
                of_months,
                _MONTHS,
                lambda: with_totals(_of_months(), of_months, words),
                words["nothing"],
                chart=Chart("column", f"{months}: {reward}", 0, 1, 40),
            ),
        ),
        language=language,
        words=words,
        closing=(f"{reward}: 1 234 567 890,12 RUB ({'одна тысяча двести тридцать четыре целых ' * 9}).",),
        signatures=(
            Party(words["operator"], "АО «Дальняя связь»", (_ADDRESS,)),
            Party(words["counterparty"], COMPANY, (_ADDRESS, f"{_WORD} {_WORD}")),
        ),
    )


def _of_outlets():
    for number in range(_OUTLETS):
        kind = number % 4
        yield Row(
            (
                f"T-{number:06d}",
                (f"Салон № {number}", f"{_WORD} {number}", COMPANY, f"Торговая точка «Заря-{number}» на пл. Ленина")[kind],
                date(2026, 9, 1 + number % 28), 1_234_567 + number,
                Decimal("1234567890.12") if kind else Decimal("-98765432.10"),
                Decimal("0.0525") if kind else Decimal("1234.5"),
                ("", "=1+1", "не выполнено условие 3 договора: сумма начислений за первые 30 дней не меньше 100,00 RUB", _WORD)[kind],
            ),
            currency="RUB",
        )  # fmt: skip


def _of_months():
    for number in range(_MONTHS):
        yield Row(
            (f"{number % 12 + 1:02d}.{2023 + number // 12}", Decimal(f"{1_000_000_000 + number * 7_654_321}.12")),
            currency="RUB",
        )
