"""The operator has one name on a document: that of its own details, where they are kept."""

import reports
from reports.source import opened
from tests.operators import OCTOBER
from tests.settlement.payouts import making


def test_the_operators_details_give_its_name_everywhere_on_a_document(month, tmp_path):
    with opened(month) as source:
        assert source.operator_name == "The operator"
    making.operator(month)
    try:
        with opened(month) as source:
            name = source.operator_name
        path = tmp_path / "statement.html"
        reports.render("statement", OCTOBER, "D00001", "en", "html", path, settings=month)
    finally:
        (month.home / "operator.yaml").unlink()
    page = path.read_text(encoding="utf-8")
    assert (
        name != "The operator" and page.count(name) >= 2 and "The operator" not in page
    )  # at the top, and where it signs
