"""Versions never change: the same rules may come again, other rules need another number."""

import pytest
from psycopg.types.json import Jsonb

import registry
import schemes
from prm import database
from prm.errors import NotFoundError, RefusedError
from tests.schemes.drafts import SOUND, broken


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "trial.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_version_is_added_once_and_other_rules_are_refused(home, file):
    with database.transaction(home) as connection:
        assert registry.add_scheme(connection, file(SOUND))
        assert not registry.add_scheme(connection, file("# a remark\n" + SOUND))
        with pytest.raises(RefusedError, match="give this file version 2"):
            registry.add_scheme(connection, file(broken('default: "0.05"', 'default: "0.04"')))
        added = registry.scheme_version(connection, "trial", 1)
        assert schemes.content_hash(added) == schemes.content_hash(schemes.parse(SOUND, "x"))
        for name, version in (("trial", 2), ("trail", 1)):
            with pytest.raises(NotFoundError, match=f"no version {version} of scheme '{name}'"):
                registry.scheme_version(connection, name, version)


def test_a_version_added_before_the_language_grew_is_known_by_what_its_source_says(home, file):
    with database.transaction(home) as connection:
        connection.execute(
            "insert into registry.scheme_versions (scheme, version, valid_from, content_hash, canonical, source) "
            "values ('trial', 1, '2026-01-01', 'as it was reckoned then', %s, %s)",
            [Jsonb({}), SOUND],
        )
        assert not registry.add_scheme(connection, file(SOUND))
        with pytest.raises(RefusedError, match="other rules"):
            registry.add_scheme(connection, file(broken('default: "0.05"', 'default: "0.04"')))
