import json
import stat

import pytest

from prm.settings import PROJECT, Settings
from scheduling.environment import async_url, environment, load_secrets, secrets_file, sync_url


def test_secrets_are_made_once_and_only_their_owner_may_read_them(tmp_path):
    settings = Settings(home=tmp_path)
    made = load_secrets(settings)
    assert stat.S_IMODE(secrets_file(settings).stat().st_mode) == 0o600
    assert load_secrets(settings) == made
    assert len(made["jwt_secret"].encode()) >= 64
    assert len(set(made.values())) == len(made)
    assert list(secrets_file(settings).parent.iterdir()) == [secrets_file(settings)]


def test_another_installation_has_other_secrets(tmp_path):
    one, other = (load_secrets(Settings(home=tmp_path / name)) for name in ("one", "other"))
    assert not set(one.values()) & set(other.values())


def test_no_secret_and_no_path_stands_in_the_configuration():
    text = (PROJECT / "airflow.cfg").read_text(encoding="utf-8")
    settings = [line.partition("=")[0].strip() for line in text.splitlines() if "=" in line and line[0] != "#"]
    assert not [name for name in settings if any(word in name for word in ("secret", "key", "password", "conn"))
                and name != "load_default_connections"]  # fmt: skip
    assert "/home" not in text and "/work" not in text


@pytest.mark.parametrize(
    ("url", "sync", "asynchronous"),
    [
        (
            "postgresql://postgres:@/airflow?host=/somewhere/data/postgres",
            "postgresql+psycopg2://postgres:@/airflow?host=/somewhere/data/postgres",
            "postgresql+asyncpg://postgres:@/airflow?host=/somewhere/data/postgres",
        ),
        (
            "postgresql://u:p%40ss@db:5433/airflow?sslmode=require&connect_timeout=5",
            "postgresql+psycopg2://u:p%40ss@db:5433/airflow?sslmode=require&connect_timeout=5",
            "postgresql+asyncpg://u:p%40ss@db:5433/airflow?ssl=require",
        ),
        ("postgres://u@db/airflow", "postgresql+psycopg2://u@db/airflow", "postgresql+asyncpg://u@db/airflow"),
    ],
)
def test_airflow_gets_the_url_in_each_drivers_words(url, sync, asynchronous):
    assert sync_url(url) == sync
    assert async_url(url) == asynchronous


def test_every_process_gets_the_metadata_database_and_reports_to_nobody(home):
    values = environment(home, port=8123)
    assert values["PRM_HOME"] == str(home.home)
    assert "_airflow" in values["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    assert values["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"].endswith(":8123/execution/")
    assert (values["GX_ANALYTICS_ENABLED"], values["DO_NOT_TRACK"]) == ("false", "1")
    assert json.loads(secrets_file(home).read_text())["jwt_secret"] == values["AIRFLOW__API_AUTH__JWT_SECRET"]
