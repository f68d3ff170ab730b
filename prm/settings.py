"""Settings: where data lives, which database is the book of record, what the machine may spend.

Every setting is an environment variable with the prefix `PRM_`; without any, all of it runs under `data/`
in the checkout, on an embedded PostgreSQL.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """The settings of one installation, read from the environment."""

    model_config = SettingsConfigDict(env_prefix="PRM_", extra="ignore")

    home: Path = Field(PROJECT / "data", description="folder of everything the project writes")
    database_url: str | None = Field(None, description="a PostgreSQL 15+ URL; unset: embedded, under home")
    owner_database_url: str | None = Field(
        None, description="the same database as the owner of its tables, for migrations; unset: database_url"
    )
    language: Literal["ru", "en"] = Field("en", description="language of commands' output")
    currency: str = Field(
        "RUB", pattern="^[A-Z]{3}$", description="the operator's own currency: of amounts in files that name none"
    )
    operator: str = Field("The operator", description="the operator's name, as documents print it")
    tax_statuses: Path = Field(
        PROJECT / "registry" / "tax_statuses.yaml",
        description="what each tax status adds to and withholds from payments",
    )
    operator_details: Path | None = Field(
        None, description="file of the operator's own details (name, INN, accounts); unset: operator.yaml under home"
    )
    document_schedule: Path | None = Field(
        None,
        description="file that says which documents a month asks for, and where they go; unset: documents.yaml under home",
    )
    document_color: str = Field("#1F3864", pattern="^#[0-9A-Fa-f]{6}$", description="colour of documents' headers")
    document_logo: Path | None = Field(None, description="a PNG or JPEG that documents show at their top")
    csv_encoding: str = Field("utf-8-sig", description="encoding of CSV documents: utf-8-sig, utf-8, cp1251, utf-16")
    csv_delimiter: str = Field(
        ";", pattern="^[;,|\t]$", description="delimiter of CSV documents; with ';' decimals have a comma"
    )
    smtp_host: str | None = Field(None, description="the mail server that documents are sent through")
    smtp_port: int | None = Field(None, description="its port; unset: 587, 465 with ssl, 25 with none")
    smtp_security: Literal["starttls", "ssl", "none"] = Field(
        "starttls", description="how the line to it is kept secret"
    )
    smtp_user: str | None = Field(None, description="whom to log in as; unset: nobody")
    smtp_password: SecretStr | None = Field(None, description="that user's password")
    smtp_from: str | None = Field(None, description="the sender: documents@operator.example, or Name <address>")
    smtp_largest: int = Field(20, gt=0, description="megabytes that a message may have, as it is sent")
    smtp_timeout: float = Field(30, gt=0, description="seconds to wait for an answer of the mail server")
    threads: int = Field(
        default_factory=lambda: os.cpu_count() or 2, description="threads a calculation or load may use"
    )
    memory_limit: str = Field("8GB", description="memory DuckDB may use before it spills to disk")

    @field_validator("home", mode="after")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()  # views over its files, and dbt, are used from other folders too

    @cached_property
    def inbox(self) -> Path:
        """Where the operator's files arrive."""
        return self.home / "inbox"

    @cached_property
    def lake(self) -> Path:
        """Accepted facts: typed Parquet, immutable, named by content."""
        return self.home / "lake"

    @cached_property
    def quarantine(self) -> Path:
        """Refused rows, each with its reason."""
        return self.home / "quarantine"

    @cached_property
    def runs(self) -> Path:
        """One folder a run: its manifest, pinned inputs, private DuckDB database, tables, dbt's logs."""
        return self.home / "runs"

    @cached_property
    def documents(self) -> Path:
        """Published documents: one folder a period and counterparty."""
        return self.home / "documents"

    @cached_property
    def evidence(self) -> Path:
        """Files that show why a penalty was charged, named by their SHA-256."""
        return self.home / "evidence"

    @cached_property
    def data_docs(self) -> Path:
        """Great Expectations' Data Docs."""
        return self.home / "data_docs"

    @cached_property
    def postgres(self) -> Path:
        """The embedded PostgreSQL's data directory."""
        return self.home / "postgres"


def get_settings() -> Settings:
    """The settings of this process's environment, read anew at each call (cheap)."""
    return Settings()
