"""Each test's books have a cause that is about nothing else."""

import pytest

from tests.books import add_cause


@pytest.fixture
def home(home):
    add_cause(home)
    return home
