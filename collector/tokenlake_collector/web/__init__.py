"""The dashboard: static files over the public HTTP interface, no build step, nothing from elsewhere."""

from tokenlake_collector.web.routes import dashboard_routes

__all__ = ["dashboard_routes"]
