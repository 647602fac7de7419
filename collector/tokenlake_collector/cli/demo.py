"""`tokenlake demo`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from tokenlake_collector.cli.output import FIGURES, Format, write
from tokenlake_collector.demo.collector_process import CollectorProcess, running_collector
from tokenlake_collector.demo.live_agent import run_agent
from tokenlake_collector.demo.recordings import Recording, recordings
from tokenlake_collector.demo.replay import Replay
from tokenlake_queries import get_token_sessions, get_token_summary, get_token_timeline, get_token_total

_console = Console()


def demo(
    keep: Annotated[bool, typer.Option(help="Leave the collector running until Ctrl-C.")] = False,
) -> None:
    """Replay recorded traffic and run a small agent against a real collector, then show the statistics.

    Example: tokenlake demo --keep
    """
    replayed = recordings()
    with tempfile.TemporaryDirectory(prefix="tokenlake-demo-") as folder:
        db = Path(folder) / "demo.duckdb"
        with running_collector(db) as collector:
            _console.print(f"A collector runs: gRPC {collector.grpc}, HTTP {collector.http}, ledger {db}")
            _replay(collector, replayed)
            agent = run_agent(f"grpc://{collector.grpc}")
            _show(collector.http)
            _compare(collector.http, replayed, agent)
            _go_on(collector.http, keep=keep)
            if keep:
                collector.process.wait()


def _replay(collector: CollectorProcess, replayed: list[Recording]) -> None:
    files = sum(len(recording.files) for recording in replayed)
    with Replay(collector.grpc, collector.http) as replay, Progress(console=_console) as progress:
        task = progress.add_task("Replaying", total=files)
        for recording in replayed:
            progress.update(task, description=f"Replaying {recording.library[:60]}")
            for file in recording.files:
                replay.send(file)
                progress.advance(task)
        progress.update(task, description=f"Replayed {len(replayed)} recorded runs")


def _show(source: str) -> None:
    write(get_token_total(source=source), Format.TABLE, "Total", FIGURES)
    by_model = get_token_summary("model", source=source)
    write(by_model, Format.TABLE, "By model", ["model", *FIGURES])
    by_hour = [row for row in get_token_timeline("hour", source=source) if row["calls"]]
    write(by_hour, Format.TABLE, "By hour (UTC)", ["timestamp", *FIGURES])
    columns = ["session_id", "user_id", "channel", "models", *FIGURES]
    write(get_token_sessions(10, source=source), Format.TABLE, "Sessions", columns)


def _compare(source: str, replayed: list[Recording], agent: tuple[int, int]) -> None:
    """Hold the ledger against what the recordings and the agent are known to have used."""
    total = get_token_total(source=source)
    true = (
        sum(recording.input_tokens for recording in replayed) + agent[0],
        sum(recording.output_tokens for recording in replayed) + agent[1],
    )
    stored = (total["input_tokens"], total["output_tokens"])
    verdict = "[green]exact[/green]" if stored == true else "[red]NOT equal[/red]"
    _console.print(
        f"\nReported by the providers: {true[0]:,} input and {true[1]:,} output tokens. "
        f"In the ledger: {stored[0]:,} and {stored[1]:,}. {verdict}"
    )
    if stored != true:
        raise typer.Exit(1)


def _go_on(http: str, *, keep: bool) -> None:
    if keep:
        _console.print(
            f"\nThe collector goes on until Ctrl-C. In another terminal:\n"
            f"  tokenlake summary --by model,user_id --url {http}\n"
            f"  curl {http}/metrics/token/total\n"
            f"  OTEL_EXPORTER_OTLP_ENDPOINT={http} python your_agent.py"
        )
        return
    _console.print(
        "\nGo on:\n"
        "  tokenlake demo --keep                     leave this collector running and ask it yourself\n"
        "  tokenlake serve                           a collector of your own, writing usage.duckdb\n"
        "  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 python your_agent.py\n"
        "  tokenlake summary --by model,user_id      ask it"
    )
