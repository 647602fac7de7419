"""What work on a lake takes, as `turns.py` measures it and `capacity.py` calculates with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceTimes:
    """Times of a machine. All but the first and the catalogue's are spent in the turn, while others wait.

    `prepare_us` is CPU time for a span. A turn takes `commit_ms` and `commit_us` for each row; where others
    wrote since, `news_ms` more, and `news_us` for each of their rows. the others are those of
    chores, for each row, once: merging its young file, merging what came of that, summing its hour. A turn
    costs PostgreSQL `catalogue_ms` of CPU time.
    """

    prepare_us: float
    commit_ms: float
    commit_us: float
    news_ms: float
    news_us: float
    merge_us: float
    merge_again_us: float
    seal_us: float
    catalogue_ms: float
    row_bytes: float
    """Bytes of a row in merged files."""
    files: float
    """Files that a commit leaves until they are merged."""
    catalogue_rows: float
    """Rows that a commit whose files are merged leaves in PostgreSQL until its snapshot expires."""
    question_ms: float
    """What a question about everything takes for each million rows whose hours are summed."""
