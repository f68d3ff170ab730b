"""The environment that every Airflow process runs in: `airflow.cfg` of the project, and what may not stand in it.

Secrets are generated once, into `<home>/airflow/secrets.json` (mode 600). Airflow's metadata are a database of
their own, `airflow`, on the same server as the book of record.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from prm import database
from prm.settings import PROJECT, Settings, get_settings

USER = "admin"
_METADATA = "airflow"


def airflow_home(settings: Settings | None = None) -> Path:
    """Where Airflow keeps its logs, pids and secrets."""
    return (settings or get_settings()).home / "airflow"


def environment(settings: Settings | None = None, *, port: int | None = None) -> dict[str, str]:
    """The variables to start an Airflow process with; starts the embedded database if that is what it is.

    port: the api-server's, where it is known.
    """
    settings = settings or get_settings()
    home = airflow_home(settings)
    known = load_secrets(settings)
    url = database.create_database(_metadata_name(settings), settings)
    values = {
        **os.environ,
        "PRM_HOME": str(settings.home.resolve()),
        "AIRFLOW_HOME": str(home.resolve()),
        "AIRFLOW_CONFIG": str(PROJECT / "airflow.cfg"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__FERNET_KEY": known["fernet_key"],
        "AIRFLOW__API__SECRET_KEY": known["secret_key"],
        "AIRFLOW__API_AUTH__JWT_SECRET": known["jwt_secret"],
        "AIRFLOW__FAB__CONFIG_FILE": str(home.resolve() / "webserver_config.py"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": sync_url(url),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": async_url(url),
        "GX_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore::DeprecationWarning"),
    }
    values.pop("PRM_OWNER_DATABASE_URL", None)  # tasks work as the application; only migrations need the owner
    if port:
        values["AIRFLOW__API__PORT"] = str(port)
        values["AIRFLOW__API__BASE_URL"] = f"http://localhost:{port}"
        values["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] = f"http://127.0.0.1:{port}/execution/"
    return values


def load_secrets(settings: Settings | None = None) -> dict[str, str]:
    """The installation's secrets: fernet_key, secret_key, jwt_secret, password; made at the first call."""
    path = secrets_file(settings)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = {
            "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "secret_key": secrets.token_urlsafe(32),
            "jwt_secret": secrets.token_urlsafe(96),  # HS512 wants 64 bytes or more
            "password": secrets.token_urlsafe(12),
        }
        temporary = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(made, file, indent=2)
        try:
            os.link(temporary, path)  # whoever is first decides; the others read what it made
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return json.loads(path.read_text(encoding="utf-8"))


def secrets_file(settings: Settings | None = None) -> Path:
    """Where the administrator's password and the keys are."""
    return airflow_home(settings) / "secrets.json"


def sync_url(url: str) -> str:
    """A PostgreSQL URL as SQLAlchemy's psycopg2 wants it."""
    return "postgresql+psycopg2://" + url.partition("://")[2]


def async_url(url: str) -> str:
    """The same for asyncpg, which knows `host` (a socket's folder too), `port` and `ssl`, but not libpq's `sslmode`."""
    base, _, query = url.partition("://")[2].partition("?")
    given = dict(parse_qsl(query))
    kept = {name: given[name] for name in ("host", "port") if name in given}
    if mode := given.get("sslmode"):
        kept["ssl"] = mode
    return f"postgresql+asyncpg://{base}" + (f"?{urlencode(kept, safe='/')}" if kept else "")


def _metadata_name(settings: Settings) -> str:
    """`airflow`; beside a book of record of another name than `prm`, that name with `_airflow`."""
    name = database.conninfo_to_dict(database.login_url(settings)).get("dbname")
    return _METADATA if name in (None, database.DATABASE) else f"{name}_{_METADATA}"
