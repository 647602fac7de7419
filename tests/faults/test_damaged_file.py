"""A damaged ledger file is refused and left as it is; where the damage shows late, the rest is still read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import httpx
import pytest

from harness.collector_process import running_collector
from harness.console import console
from harness.crashed_ledger import log_beside
from harness.otlp import SpanSpec, trace_bytes
from tokenlake_collector.errors import StartupError
from tokenlake_collector.storage.ledger import Ledger

GARBAGE = b"\xa5" * 400
HEADERS, BLOCK = 3 * 4096, 262_144

Damage = Callable[[bytes], bytes]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def garbage_at(place: int) -> Damage:
    return lambda file: file[:place] + GARBAGE + file[place + len(GARBAGE) :]


def garbage_in_every_block(file: bytes) -> bytes:
    for place in range(HEADERS + 1_000, len(file), BLOCK):
        file = garbage_at(place)(file)
    return file


REFUSED = [
    pytest.param(garbage_at(16), id="garbage in the main header"),
    pytest.param(lambda file: garbage_at(4096)(garbage_at(8192)(file)), id="garbage in both headers"),
    pytest.param(garbage_in_every_block, id="garbage in every block"),
    pytest.param(lambda file: file[:10_000], id="cut off in the headers"),
    pytest.param(lambda file: file[: HEADERS + 5_000], id="cut off in the first block"),
]


@pytest.mark.parametrize("damage", REFUSED)
def test_a_damaged_file_is_refused_and_left_as_it_is(damage: Damage, db: Path, tmp_path: Path) -> None:
    """Exit code 2 and one line with the way back; file and log have the bytes that they had."""
    db.write_bytes(damage(db.read_bytes()))
    before = contents(tmp_path)
    result = console("serve", "--db", db, "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0")

    assert (2, 1, "") == (result.returncode, len(result.stderr.splitlines()), result.stdout), result.stderr
    assert [] == [
        word for word in (str(db), "left as it is", "tokenlake backup") if word not in result.stderr
    ]
    assert before == contents(tmp_path)


def test_a_damaged_log_beside_a_damaged_file_stays_where_it_is(db: Path, tmp_path: Path) -> None:
    """Without its log the file does not open either: then nothing is renamed."""
    db.write_bytes(garbage_in_every_block(db.read_bytes()))
    log = log_beside(db)
    log.write_bytes(garbage_at(2_000)(log.read_bytes()))
    before = contents(tmp_path)

    with pytest.raises(StartupError, match="tokenlake backup"):
        Ledger.open(db)
    assert before == contents(tmp_path)


def test_damage_that_shows_late_is_told_to_the_reader_and_ends_nothing(db: Path) -> None:
    """The column with the damage answers 503 with the way back; other columns, and commits, go on."""
    _damage_a_column(db, "model", "md5(i::VARCHAR)")
    with running_collector(db) as collector:
        url = f"{collector.http}/metrics/token/summary"
        broken = httpx.get(url, params={"group_by": "model"})
        sound = httpx.get(url, params={"group_by": "channel"})
        stored = httpx.post(
            f"{collector.http}/v1/traces",
            content=trace_bytes(SpanSpec()),
            headers={"Content-Type": "application/x-protobuf"},
        )
        still = httpx.get(f"{collector.http}/healthz")

    assert 503 == broken.status_code
    assert [] == [word for word in ("is damaged", "tokenlake backup") if word not in broken.json()["detail"]]
    assert (200, 200_000) == (sound.status_code, sound.json()[0]["calls"])
    assert (200, 200) == (stored.status_code, still.status_code)


def test_damage_that_shows_while_starting_is_refused(db: Path, tmp_path: Path) -> None:
    """The collector reads which traces are stored before it serves: the same one line, the same bytes."""
    _damage_a_column(db, "trace_id", "md5(i::VARCHAR)::UUID")
    before = contents(tmp_path)
    result = console("serve", "--db", db, "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0")

    assert (2, 1, "") == (result.returncode, len(result.stderr.splitlines()), result.stdout), result.stderr
    assert [] == [word for word in ("is damaged", "tokenlake backup") if word not in result.stderr]
    assert before == contents(tmp_path)


def _damage_a_column(db: Path, column: str, values: str) -> None:
    """Fill a column of the ledger so that it takes blocks of its own, and overwrite one of these blocks."""
    log_beside(db).unlink()
    with duckdb.connect(str(db)) as connection:
        connection.execute(
            f"INSERT INTO token_usage (timestamp, {column}) "
            f"SELECT TIMESTAMP '2026-01-01', {values} FROM range(199950) AS rows(i)"
        )
    with duckdb.connect(str(db), read_only=True) as connection:
        blocks = connection.execute(
            "SELECT DISTINCT block_id FROM pragma_storage_info('token_usage') "
            f"WHERE column_name = '{column}' AND segment_type <> 'VALIDITY' AND block_id NOT IN "
            f"(SELECT block_id FROM pragma_storage_info('token_usage') WHERE column_name <> '{column}' "
            "AND block_id IS NOT NULL) AND block_id >= 0 ORDER BY 1"
        ).fetchall()
    db.write_bytes(garbage_at(HEADERS + blocks[0][0] * BLOCK + 1_000)(db.read_bytes()))
