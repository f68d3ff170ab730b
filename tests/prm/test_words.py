from datetime import date
from decimal import Decimal

from prm.period import Period
from prm.words import Words, format_day, format_money, format_period, format_share, format_sum


def test_each_language_writes_money_shares_and_days_its_own_way():
    assert format_money(Decimal("1234567.5"), "en") == "1,234,567.50"
    assert format_money(Decimal("1234567.5"), "ru").replace("\xa0", " ") == "1 234 567,50"
    assert format_money(Decimal("-1000"), "en", "JPY") == "-1,000"
    assert format_money(Decimal("0.0075"), "en", "RUB") == "0.0075"
    assert format_sum(Decimal("1.5"), "KWD", "ru") == "1,500 KWD"
    assert (format_share(Decimal("0.055"), "en"), format_share(Decimal("0.055"), "ru")) == ("5.5%", "5,5\xa0%")
    assert format_day(date(2026, 10, 31), "en") == "31 October 2026"
    assert format_day(date(2026, 10, 31), "ru").startswith("31 октября 2026")
    assert format_period(Period.parse("2026-10"), "ru") == "октябрь 2026"


def test_words_fill_in_their_places_in_either_language():
    words = Words(en="{rows} rows refused", ru="отказано строк: {rows}")
    assert words.text("en", rows=3) == "3 rows refused"
    assert words.text("ru", rows=3) == "отказано строк: 3"
