"""The environment variables of token tracking, each of them once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from opentelemetry.sdk.environment_variables import OTEL_SDK_DISABLED

from tokenlake.attribution.context import TokenTrackingContext

TRACKING: Final = "TOKENLAKE_TRACKING"
OTEL_TRACES_EXPORTER: Final = "OTEL_TRACES_EXPORTER"
SIGTERM_FLUSH: Final = "TOKENLAKE_SIGTERM_FLUSH"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a variable sets, and `tokenlake run` with an option of the same name.

    Attributes:
        name: `session_id` is TOKENLAKE_SESSION_ID and `--session-id`.
        meaning: half a sentence for `--help`.
    """

    name: str
    meaning: str

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"TOKENLAKE_{self.name.upper()}"

    @property
    def option(self) -> str:
        """The option of `tokenlake run`."""
        return f"--{self.name.replace('_', '-')}"


TARGET: Final = Setting("target", "where spans are sent, as for init_token_tracking()")

# Their names are the fields of TokenTrackingContext.
CONTEXT: Final = (
    Setting("session_id", "the conversation"),
    Setting("user_id", "the person or account"),
    Setting("channel", "where requests come from: telegram, web, ..."),
    Setting("operation_type", "what the calls are for"),
    Setting("operation_detail", "the same, finer"),
    Setting("endpoint_name", "where the calls go"),
)

SETTINGS: Final = (TARGET, *CONTEXT)

_OFF: Final = frozenset({"off", "false", "no", "0"})


def environment_context(environ: Mapping[str, str]) -> TokenTrackingContext:
    """Return what the variables say about every call of this process."""
    said = {one.name: environ[one.variable] for one in CONTEXT if environ.get(one.variable)}
    return TokenTrackingContext(**said)  # type: ignore[arg-type]  # the table names only fields that are strings


def is_switched_off(environ: Mapping[str, str], variable: str) -> bool:
    """Tell whether a switch that is on by default says off, false, no or 0."""
    return environ.get(variable, "").strip().lower() in _OFF


def is_tracking_off(environ: Mapping[str, str]) -> bool:
    """Tell whether nothing at all is tracked; OTEL_SDK_DISABLED=true is obeyed as the SDK obeys it."""
    disabled = environ.get(OTEL_SDK_DISABLED, "").strip().lower() == "true"
    return disabled or is_switched_off(environ, TRACKING)


def has_no_exporter(environ: Mapping[str, str]) -> bool:
    """Tell whether the standard variables ask for no exporter at all; only `none` is understood."""
    return environ.get(OTEL_TRACES_EXPORTER, "").strip().lower() == "none"
