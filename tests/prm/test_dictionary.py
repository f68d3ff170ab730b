"""The data dictionary's page is what the database says."""

from prm.dictionary import dictionary
from prm.settings import PROJECT


def test_the_page_is_what_the_database_says(home):
    page = (PROJECT / "docs" / "dictionary.md").read_text(encoding="utf-8")
    assert page == dictionary(home), "write it anew: prm dictionary > docs/dictionary.md"
