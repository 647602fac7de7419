"""What is wrong with a running collector, with the way to it, or with this machine's settings."""

from tokenlake_collector.doctor.examination import Finding, State, examine
from tokenlake_collector.doctor.site import Site

__all__ = ["Finding", "Site", "State", "examine"]
