"""What `init_token_tracking` refuses; nothing else in this package raises into the agent."""


class TargetError(ValueError):
    """The target is not one of the accepted forms."""


class EmbeddedModeError(TargetError):
    """The target is a file that this process cannot write; the message says why and what to do."""


class ProtocolError(ValueError):
    """The OTLP protocol named by the environment is not supported."""


class BaggageError(ValueError):
    """A setting of the baggage names a host, a key or a switch that cannot be meant."""
