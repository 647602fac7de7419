"""One run of an agent on real packages of others, against the providers' stand-in and a real collector."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import duckdb

from harness.collector_process import clean_environment, running_collector
from harness.integration_environment import integration_environment
from harness.providers.bills import Bills
from harness.providers.stand_in import provider_stand_in
from harness.repository import ROOT

AGENTS = ROOT / "tests" / "integrations" / "agents"

CHANNELS = {"alice": "telegram", "bob": "web"}
"""The two users that every agent serves, and the channels from which they come."""

_TOTALS = """
    SELECT session_id, user_id, channel, count(*) FILTER (error_type IS NULL), count(error_type),
        sum(input_tokens), sum(cache_read_tokens), sum(cache_creation_tokens), sum(output_tokens),
        sum(reasoning_tokens)
    FROM token_usage
    GROUP BY ALL
"""


@dataclass(frozen=True, slots=True)
class Totals:
    """What the calls of one session add up to; `calls` are the answered ones, counts are inclusive."""

    calls: int = 0
    errors: int = 0
    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0


TOKENS = tuple(field.name for field in fields(Totals))[2:]

Sessions = dict[tuple[str | None, str | None, str | None], Totals]
"""Totals by session, user and channel."""


@dataclass(frozen=True, slots=True)
class AgentRun:
    """What the collector counted, and what the provider billed."""

    counted: Sessions
    bills: Bills

    def billed(self, *, apis: Collection[str] = (), lost: Collection[str] = ()) -> Sessions:
        """Return the truth in the form of `counted`.

        Args:
            apis: the paths that the instrumentation sees; all when empty.
            lost: the columns that the instrumentation does not report: nobody can know them.
        """
        return {
            (f"session-of-{user}", user, channel): self._of(user, apis, lost)
            for user, channel in CHANNELS.items()
        }

    def _of(self, user: str, apis: Collection[str], lost: Collection[str]) -> Totals:
        paid = [bill for bill in self.bills.paid if bill.account == user and bill.api in (apis or {bill.api})]
        sums = {name: sum(getattr(bill, name) for bill in paid) for name in TOKENS if name not in lost}
        return Totals(calls=len(paid), errors=self.bills.refused.count(user), **sums)


def run_agent(
    environment: str, agent: str, db: Path, *arguments: str, environ: Mapping[str, str] | None = None
) -> AgentRun:
    """Run an agent in an environment to its end; neither it nor the collector may fail.

    Args:
        environment: the name of its requirements file.
        agent: the name of its program in tests/integrations/agents.
        db: the collector's file.
        *arguments: what the program gets after the addresses of collector and provider.
        environ: variables on top of the inherited ones.
    """
    python = integration_environment(environment).folder / "bin" / "python"
    with provider_stand_in() as provider, running_collector(db) as collector:
        finished = subprocess.run(
            [str(python), str(AGENTS / f"{agent}.py"), collector.http, provider.url, *arguments],
            env={**clean_environment(), "TOKENLAKE_SPOOL": str(db.parent / "spool"), **(environ or {})},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        assert collector.stop() == 0
    return AgentRun(counted(db), provider.bills)


def counted(db: Path) -> Sessions:
    """Return what stands in a ledger whose collector has ended."""
    with duckdb.connect(db, read_only=True) as connection:
        rows = connection.execute(_TOTALS).fetchall()
    return {row[:3]: Totals(*row[3:]) for row in rows}
