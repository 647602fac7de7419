"""Certificates of a small authority, made with openssl."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """Two PEM files."""

    certificate: str
    key: str


class Authority:
    """Signs certificates for 127.0.0.1 and localhost, valid for a day."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._own = Certificate(str(folder / f"{name}.pem"), str(folder / f"{name}.key"))
        new = ["req", "-x509", *_new_key(self._own), "-days", "1", "-subj", f"/CN={name}"]
        extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"]
        _openssl(*new, *(word for extension in extensions for word in ("-addext", extension)))
        self.certificate = self._own.certificate

    def sign(self, name: str) -> Certificate:
        """Return a new certificate, for a server or a client."""
        signed = Certificate(str(self._folder / f"{name}.pem"), str(self._folder / f"{name}.key"))
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
        _openssl("req", *_new_key(signed, str(request)), "-subj", f"/CN={name}")
        issuer = ["-CA", self._own.certificate, "-CAkey", self._own.key, "-CAcreateserial"]
        files = ["-in", str(request), "-out", signed.certificate, "-extfile", str(extensions)]
        _openssl("x509", "-req", *files, *issuer, "-days", "1")
        return signed


def _new_key(made: Certificate, out: str = "") -> list[str]:
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    return [*kind, "-keyout", made.key, "-out", out or made.certificate]


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
