"""What `init_token_tracking` refuses; nothing else in this package raises into the agent."""


class TargetError(ValueError):
    """The target is not one of the accepted forms."""


class EmbeddedModeError(TargetError):
    """The target is a file, and this version cannot write files from inside the agent."""


class ProtocolError(ValueError):
    """The OTLP protocol named by the environment is not supported."""
