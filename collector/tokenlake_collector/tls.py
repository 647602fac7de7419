"""TLS for both listeners, from the same PEM files."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import grpc

from tokenlake_collector.errors import StartupError


@dataclass(frozen=True, slots=True)
class Tls:
    """The server's certificate chain and its key; with `client_ca`, clients must have a certificate of it."""

    certificate: str
    key: str
    client_ca: str | None = None

    @classmethod
    def from_options(cls, certificate: str | None, key: str | None, client_ca: str | None) -> Tls | None:
        """Return what the options say together, None for no TLS.

        Raises:
            StartupError: one is given without another that it needs.
        """
        if certificate and key:
            return cls(certificate, key, client_ca)
        given = {"--tls-cert": certificate, "--tls-key": key, "--tls-client-ca": client_ca}
        if names := [name for name, value in given.items() if value]:
            raise StartupError(f"{', '.join(names)}: TLS needs both --tls-cert and --tls-key")
        return None

    def context(self) -> ssl.SSLContext:
        """Return the settings of the HTTP listener: TLS 1.2 or newer.

        Raises:
            StartupError: a file is missing or is not what its option says; the message names it.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._load_pair(context)
        if self.client_ca is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            _pem("--tls-client-ca", self.client_ca)
            try:
                context.load_verify_locations(self.client_ca)
            except ssl.SSLError as error:
                raise StartupError(
                    f"--tls-client-ca {self.client_ca}: no PEM certificates: {error}"
                ) from error
        return context

    def credentials(self) -> grpc.ServerCredentials:
        """Return the same for the gRPC listener.

        Raises:
            StartupError: as `context`; gRPC itself would only log.
        """
        self.context()
        pair = (_pem("--tls-key", self.key), _pem("--tls-cert", self.certificate))
        root = _pem("--tls-client-ca", self.client_ca) if self.client_ca is not None else None
        return grpc.ssl_server_credentials([pair], root, require_client_auth=root is not None)

    def _load_pair(self, context: ssl.SSLContext) -> None:
        _pem("--tls-cert", self.certificate)
        _pem("--tls-key", self.key)
        files = f"--tls-cert {self.certificate}, --tls-key {self.key}"
        try:
            # Without a password of ours OpenSSL would ask the terminal for one.
            context.load_cert_chain(self.certificate, self.key, password="")
        except ssl.SSLError as error:
            reason = (
                "the key is not the certificate's" if error.reason == "KEY_VALUES_MISMATCH" else str(error)
            )
            remedy = "give a PEM certificate chain and its PEM key without a password"
            raise StartupError(f"{files}: {reason}: {remedy}") from error


def _pem(option: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise StartupError(f"{option} {path}: cannot be read ({error.strerror}): name a PEM file") from error
