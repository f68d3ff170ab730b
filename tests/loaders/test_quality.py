"""Data Docs: made from the contracts, on what is live, and able to find what does not belong there."""

import re
from urllib.parse import unquote

import pytest

import loaders
from loaders import quality
from tests.loaders.helpers import charge, text_of, write

PRODUCTS = "product_id,name,product_group\nP1,Voice,voice\n"


@pytest.fixture
def filled(home):
    write(home.inbox, "products.csv", PRODUCTS)
    write(home.inbox, "charges_2026-10_ural.csv", text_of([charge(1), charge(2)]))
    write(home.inbox, "antifraud_marks_2026-10_ural.csv", "mark_id,subscriber_id,valid_from,valid_to,reason\n")
    loaders.load_inbox(home)
    return home


def test_data_docs_open_without_a_network_and_show_each_live_load(filled):
    found = quality.build_data_docs(filled)
    assert found.failed == ()
    assert found.loads == 2
    page = found.page.read_text(encoding="utf-8")
    assert "charges" in page and "products" in page
    pages = list((filled.data_docs / "validations").rglob("*.html"))
    assert len(pages) == 2
    for path in [found.page, *pages]:
        outside = re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=\"https?:[^>]*>", path.read_text(encoding="utf-8"))
        assert outside == []
    for link in re.findall(r'href="([^"]+)"', page):
        assert (filled.data_docs / unquote(link)).is_file()


def test_rows_that_break_the_contract_fail_their_expectation(filled, monkeypatch):
    def spoilt(path, settings):
        frame = original(path, settings)
        if "charge_kind" in frame:
            frame.loc[0, "charge_kind"] = "gift"
            frame.loc[1, "amount"] = 1.5
        return frame

    original = quality.batch_of
    monkeypatch.setattr(quality, "batch_of", spoilt)
    failed = [what for _, what in quality.build_data_docs(filled).failed]
    assert len(failed) == 2
    assert any("in_set" in what and "charge_kind" in what for what in failed)
    assert any("of_type" in what and "amount" in what for what in failed)
