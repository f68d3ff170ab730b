"""Why a file is refused whole: a code for programs and a sentence for people, in both languages."""

from __future__ import annotations

from prm.errors import Place, RefusedError
from prm.words import Words


class FileRefused(RefusedError):
    """A file that goes nowhere. code: stable name of the reason. words: what is wrong and what would be right."""

    def __init__(self, code: str, en: str, ru: str, *, where: Place | None = None):
        self.code = code
        super().__init__(Words(en=en, ru=ru), where=where)


REASONS: dict[str, Words] = {
    "missing_value": Words("a required value is missing", "нет обязательного значения"),
    "not_a_date": Words("not a date", "не дата"),
    "not_a_number": Words("not a number", "не число"),
    "too_many_digits": Words("more digits than can be kept exactly", "больше знаков, чем можно сохранить точно"),
    "not_allowed_value": Words("not one of the allowed values", "недопустимое значение"),
    "not_in_the_pattern": Words("not written as the contract says", "записано не так, как требует контракт данных"),
    "too_long": Words("longer than the contract allows", "длиннее, чем допускает контракт данных"),
    "out_of_range": Words("outside the allowed range", "вне допустимых пределов"),
    "other_period": Words("belongs to another period than the file", "относится не к периоду файла"),
    "repeated_key": Words("the same key as an earlier row of the file", "ключ уже был в одной из строк выше"),
    "unknown_reference": Words("refers to something unknown", "ссылается на неизвестное"),
    "wrong_number_of_fields": Words("not as many fields as the header has", "число полей не такое, как в заголовке"),
    "broken_quotes": Words("quotation marks are broken", "нарушены кавычки"),
}
"""Reasons a row is refused for, besides the codes of the contracts' own rules."""
