"""The made-up operator's words: products, regions, and names of counterparties that sound like real ones."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class Product(NamedTuple):
    """A tariff or product. price: roubles a month, or the usual single price."""

    product_id: str
    name: str
    product_group: str
    price: Decimal


TARIFFS = (
    Product("V-START", "Тариф «Старт»", "voice", Decimal("290.00")),
    Product("V-SMART", "Тариф «Разумный»", "voice", Decimal("450.00")),
    Product("V-FAMILY", "Тариф «Вся семья»", "voice", Decimal("890.50")),
    Product("D-NET", "Интернет для планшета", "data", Decimal("390.00")),
    Product("D-MAX", "Безлимитный интернет", "data", Decimal("749.90")),
    Product("I-METER", "Счётчики и датчики", "iot", Decimal("59.00")),
    Product("I-TRACK", "Транспортный мониторинг", "iot", Decimal("120.00")),
)
CONTENT = (
    Product("C-VIDEO", "Видеотека", "content", Decimal("299.00")),
    Product("C-MUSIC", "Музыка без рекламы", "content", Decimal("169.00")),
    Product("C-GAMES", "Игровая подписка", "content", Decimal("99.90")),
)
DEVICES = (
    Product("E-ROUTER", "Роутер LTE", "device", Decimal("3490.00")),
    Product("E-PHONE", "Смартфон в рассрочку", "device", Decimal("1250.00")),
)
PRODUCTS = (*TARIFFS, *CONTENT, *DEVICES)
TARIFF_SHARES = (25, 25, 12, 16, 12, 6, 4)

REGIONS = {
    "center": ("Москва", "Московская область", "Тверская область", "Тульская область"),
    "volga": ("Самарская область", "Республика Татарстан", "Нижегородская область"),
    "ural": ("Свердловская область", "Челябинская область", "Пермский край"),
}
STREETS = ("ул. Ленина", "пр. Мира", "ул. Гагарина", "ул. Садовая", "ул. Советская", "Вокзальная пл.", "ТЦ «Радуга»")

_FIRST = (
    "Связной", "Мобильный", "Надёжный", "Северный", "Быстрый", "Ясный", "Новый", "Городской", "Речной", "Цифровой",
    "Верный", "Первый", "Восточный", "Звёздный", "Ближний", "Добрый", "Степной", "Полярный", "Открытый", "Живой",
)  # fmt: skip
_SECOND = (
    "путь", "мир", "контакт", "канал", "сигнал", "голос", "маяк", "мост", "рубеж", "берег",
    "адрес", "выбор", "диалог", "горизонт", "эфир", "ответ", "вектор", "квартал", "портал", "звонок", "ключ",
)  # fmt: skip
_SURNAMES = (
    "Абрамов", "Белов", "Васильев", "Громов", "Демидов", "Ершов", "Жуков", "Зайцев", "Ильин", "Калинин",
    "Лаптев", "Миронов", "Назаров", "Орлов", "Панин", "Рожков", "Савин", "Тихонов", "Уваров", "Фомин",
)  # fmt: skip
_INITIALS = ("А. В.", "Б. Н.", "В. С.", "Г. А.", "Д. И.", "Е. П.", "И. М.", "К. О.", "Л. Р.", "М. Ю.", "Н. Т.")
_FORMS = {"dealer": "ООО", "subdealer": "ООО", "agent": "ИП", "partner": "АО"}
_STARTS = {"dealer": 0, "subdealer": 7, "agent": 0, "partner": 13}  # so that kinds do not share their names


def counterparty_name(kind: str, number: int) -> str:
    """`ООО «Связной путь»`; a sole trader's name for agents. Distinct within a kind."""
    first, second, form = (_SURNAMES, _INITIALS, "{} {}") if kind == "agent" else (_FIRST, _SECOND, "«{} {}»")
    place = number - 1 + _STARTS[kind]
    name = form.format(first[place % len(first)], second[place % len(second)])  # their lengths have no common divisor
    round_number = place // (len(first) * len(second))
    return f"{_FORMS[kind]} {name}" + (f" {round_number + 1}" if round_number else "")
