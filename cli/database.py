"""`prm migrate`, `prm stop`: the book of record."""

from __future__ import annotations

from cli import app
from prm import database


@app.command()
def migrate() -> None:
    """Start the database if it is the embedded one, and bring its schema up to date."""
    applied = database.migrate()
    print(f"{database.describe()}: {'applied ' + ', '.join(applied) if applied else 'up to date'}")


@app.command()
def stop() -> None:
    """Stop the embedded database."""
    print("stopped" if database.stop() else "nothing to stop")


@app.command("database-url")
def database_url() -> None:
    """Print the database's URL, for psql and other tools."""
    print(database.database_url())
