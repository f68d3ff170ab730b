"""Airflow's REST API, as far as this project asks: tokens, DAGs, runs, pools, and waiting with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from prm.errors import PrmError

ENDED = ("success", "failed")


class Airflow:
    """A session with one api-server. Log-in happens at the first call, and again when the token has expired.

    >>> Airflow("http://localhost:8080", "admin", password).trigger("load_files")  # doctest: +SKIP
    'manual__2026-11-23T15:00:00+00:00'
    """

    def __init__(self, address: str, user: str, password: str):
        self.address = address.rstrip("/")
        self._user, self._password = user, password
        self._client = httpx.Client(base_url=self.address, timeout=30)

    def close(self) -> None:
        """Ends the session."""
        self._client.close()

    def health(self) -> dict[str, str]:
        """Status of the metadata database, scheduler and DAG processor; empty while the api-server does not answer."""
        try:
            reply = self._client.get("/api/v2/monitor/health")
            parts = reply.json() if reply.status_code == 200 else {}
        except (httpx.TransportError, ValueError):
            return {}
        wanted = ("metadatabase", "scheduler", "dag_processor")
        return {part: (parts.get(part) or {}).get("status") or "starting" for part in wanted}

    def dags(self) -> set[str]:
        """The ids of the DAGs that can be triggered."""
        return {dag["dag_id"] for dag in self.get("/api/v2/dags", limit=100)["dags"]}

    def import_errors(self) -> list[str]:
        """DAG files that could not be imported: file name and error."""
        found = self.get("/api/v2/importErrors")["import_errors"]
        return [f"{one['filename']}: {one['stack_trace']}" for one in found]

    def set_pool(self, name: str, slots: int, description: str) -> None:
        """Creates a pool, or brings it to that size."""
        body: dict[str, Any] = {"slots": slots, "description": description, "include_deferred": False}
        reply = self._send("POST", "/api/v2/pools", json={"name": name, **body})
        if reply.status_code == 409:
            reply = self._send("PATCH", f"/api/v2/pools/{name}", json={"pool": name, **body})
        self._checked(reply)

    def trigger(
        self, dag: str, conf: dict[str, Any] | None = None, *, partition_key: str | None = None, note: str | None = None
    ) -> str:
        """Starts a run and returns its id. PrmError with Airflow's own words if the parameters are not valid."""
        body: dict[str, Any] = {"logical_date": None, "conf": conf or {}, "note": note}
        if partition_key:
            body["partition_key"] = partition_key
        return self._checked(self._send("POST", f"/api/v2/dags/{dag}/dagRuns", json=body)).json()["dag_run_id"]

    def run(self, dag: str, run_id: str) -> dict[str, Any]:
        """One run: state, partition_key, start_date, end_date, duration (seconds)."""
        return self.get(f"/api/v2/dags/{dag}/dagRuns/{run_id}")

    def runs(self, dag: str, *, since: str | None = None) -> list[dict[str, Any]]:
        """The latest hundred runs of a DAG (`~`: of all), oldest first. since: only those that may run after that."""
        filters = {"run_after_gte": since} if since else {}
        found = self.get(f"/api/v2/dags/{dag}/dagRuns", limit=100, order_by="-run_after", **filters)["dag_runs"]
        return found[::-1]

    def failures(self, dag: str, run_id: str) -> list[str]:
        """The tasks of a run that failed, each with the last lines of its log."""
        instances = self.get(f"/api/v2/dags/{dag}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return [
            f"{dag}.{one['task_id']} ({run_id}): {self._last_words(dag, run_id, one)}"
            for one in instances
            if one["state"] == "failed"
        ]

    def result(self, dag: str, run_id: str, task: str) -> Any:
        """What a task of a run returned; None if it returned nothing."""
        path = f"/api/v2/dags/{dag}/dagRuns/{run_id}/taskInstances/{task}/xcomEntries/return_value"
        reply = self._send("GET", path, params={"deserialize": True})
        return None if reply.status_code == 404 else self._checked(reply).json()["value"]

    def wait(
        self, dag: str, run_id: str, *, timeout: float = 600, progress: Callable[[str], None] | None = None
    ) -> dict[str, Any]:
        """Waits until a run has ended and returns it; PrmError if it failed, or not within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while (run := self.run(dag, run_id))["state"] not in ENDED:
            if time.monotonic() > deadline:
                raise PrmError(f"{dag} ({run_id}) has not ended after {timeout:.0f} s.", hint="Look at its log.")
            if progress:
                progress(run["state"])
            time.sleep(0.5)
        if run["state"] == "failed":
            raise PrmError(f"{dag} ({run_id}) failed.", hint="; ".join(self.failures(dag, run_id)))
        return run

    def get(self, path: str, **filters: Any) -> Any:
        """A GET request's answer."""
        return self._checked(self._send("GET", path, params=filters)).json()

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        if "authorization" not in self._client.headers:
            self._log_in()
        reply = self._client.request(method, path, **request)
        if reply.status_code == 401:
            self._log_in()
            reply = self._client.request(method, path, **request)
        return reply

    def _log_in(self) -> None:
        body = {"username": self._user, "password": self._password}
        token = self._checked(self._client.post("/auth/token", json=body)).json()["access_token"]
        self._client.headers["authorization"] = f"Bearer {token}"

    def _checked(self, reply: httpx.Response) -> httpx.Response:
        if reply.is_error:
            try:
                said = reply.json().get("detail")
            except ValueError:
                said = reply.text[:300]
            raise PrmError(f"Airflow refused {reply.request.method} {reply.request.url.path}: {said}")
        return reply

    def _last_words(self, dag: str, run_id: str, instance: dict[str, Any]) -> str:
        """The error in a task's log, as far as it can be found."""
        path = f"/api/v2/dags/{dag}/dagRuns/{run_id}/taskInstances/{instance['task_id']}/logs/{instance['try_number']}"
        reply = self._send("GET", path, params={"map_index": instance["map_index"]})
        lines = reply.json().get("content", []) if reply.status_code == 200 else []
        errors = [
            f"{detail.get('exc_type')}: {detail.get('exc_value')}"
            for line in lines
            if isinstance(line, dict)
            for detail in line.get("error_detail") or []
        ]
        return errors[-1] if errors else "see its log"
