"""A ledger as `kill -9` leaves it: a file as of its last checkpoint, and a write-ahead log beside it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from harness.collector_process import clean_environment

_PROGRAM = """
import os, sys
from pathlib import Path
from tokenlake_collector.storage.ledger import Ledger

def insert(ledger, model):
    sql = "INSERT INTO token_usage (model, input_tokens, output_tokens) SELECT ?, 100, 20 FROM range(50)"
    ledger.transaction(lambda connection: connection.execute(sql, [model]))

Ledger.open(sys.argv[1]).close()
ledger = Ledger.open(sys.argv[1])
insert(ledger, "in-file")
ledger.close()
ledger = Ledger.open(sys.argv[1])
for number in range(10):
    insert(ledger, f"in-log-{number}")
os._exit(0)
"""

_FOREIGN = """
import os, sys
import duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("CREATE TABLE token_usage (mine VARCHAR)")
connection.execute("CHECKPOINT")
connection.execute("INSERT INTO token_usage SELECT repeat('x', 100) FROM range(100)")
os._exit(0)
"""

_ALMOST_FULL_LOG = """
import os, sys
from pathlib import Path
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.storage.write_ahead_log import CHECKPOINT_BYTES, log_of

cursor = Ledger.open(sys.argv[1]).cursor()
rows = "SELECT md5(i::VARCHAR) || md5((-i)::VARCHAR) AS x FROM range(?) rows(i)"
cursor.execute(f"CREATE TABLE ballast AS {rows}", [CHECKPOINT_BYTES // 30])
cursor.execute("CHECKPOINT")
cursor.execute(f"INSERT INTO ballast {rows}", [1])
while log_of(Path(sys.argv[1])).stat().st_size < CHECKPOINT_BYTES - 1_500_000:
    cursor.execute(f"INSERT INTO ballast {rows}", [10_000])
os._exit(0)
"""

IN_FILE, IN_LOG = 50, 500
"""Rows as of the last checkpoint, and rows of ten transactions in the log."""


def crashed_ledger(db: Path) -> Path:
    """Make such a ledger and return the path of its log."""
    return _made_by(_PROGRAM, db)


def crashed_foreign_database(db: Path) -> Path:
    """Make a file with a token_usage that is not ours, and return the path of its log."""
    return _made_by(_FOREIGN, db)


def ledger_before_its_checkpoint(db: Path) -> Path:
    """Make a ledger that is larger than its log, which is about to be checkpointed; return its log's path."""
    return _made_by(_ALMOST_FULL_LOG, db)


def _made_by(program: str, db: Path) -> Path:
    subprocess.run([sys.executable, "-c", program, str(db)], check=True, env=clean_environment())
    return log_beside(db)


def log_beside(db: Path) -> Path:
    """Return the path of the write-ahead log that DuckDB keeps for a file."""
    return db.with_name(db.name + ".wal")


def copied(source: Path, target: Path) -> Path:
    """Copy a ledger with its log, if it has one, and return the copy's path."""
    shutil.copyfile(source, target)
    if log_beside(source).exists():
        shutil.copyfile(log_beside(source), log_beside(target))
    return target
