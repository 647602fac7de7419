"""`python -m tokenlake_collector` is the `tokenlake` console."""

from tokenlake_collector.cli.app import main

main()
