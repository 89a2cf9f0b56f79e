"""A certificate for servers on loopback, made anew for each test process."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.processes import LOOPBACK, find_program


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that vouches for itself, and its key, as PEM files."""

    certificate_file: Path
    key_file: Path

    def server_context(self) -> ssl.SSLContext:
        """Give what a server needs to speak TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate_file, self.key_file)
        return context


def make_certificate(folder: Path) -> Certificate:
    """Make a certificate for `localhost` and 127.0.0.1; no program trusts it yet."""
    openssl = find_program("openssl", package="openssl")
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    command: list[str | Path] = [
        *(openssl, "req", "-x509", "-days", "2", "-noenc", "-subj", "/CN=localhost"),
        *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
        *("-addext", f"subjectAltName=IP:{LOOPBACK},DNS:localhost"),
        # Python 3.13 checks strictly and wants this to be said.
        *("-addext", "keyUsage=critical,digitalSignature,keyCertSign"),
        *("-keyout", made.key_file, "-out", made.certificate_file),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return made


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Lend a certificate for as long as this test process lives."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def trusted_certificate(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """Make this process trust the certificate for one test.

    The usual way of the outside world: `ssl.create_default_context` reads SSL_CERT_FILE.
    """
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate_file))
    return certificate
