"""What `up --tls` prints once: for each SDK, the one line that makes it trust the sandbox's certificate."""

import shlex
from typing import Final

import click

LINES: Final = (
    ("curl", "curl --cacert {file} …"),
    ("Python", "REQUESTS_CA_BUNDLE={file} python …"),
    ("Node", "NODE_EXTRA_CA_CERTS={file} node …"),
    ("Ruby", "SSL_CERT_FILE={file} ruby …"),
    ("PHP", "php -d curl.cainfo={file} …"),
    ("Go", "SSL_CERT_FILE={file} go run …   (not on macOS and Windows)"),
    ("C#, .NET", "SSL_CERT_FILE={file} dotnet run   (not on macOS and Windows)"),
    (
        "Java, Kotlin",
        (
            "keytool -importcert -noprompt -alias segment-sandbox -file {file} -keystore trust.p12 "
            "-storepass changeit, then java -Djavax.net.ssl.trustStore=trust.p12 "
            "-Djavax.net.ssl.trustStorePassword=changeit …"
        ),
    ),
    ("Android", "put the file into res/raw, and name it in <trust-anchors> of the debug network security config"),
    ("Swift", "xcrun simctl keychain booted add-root-cert {file}"),
    ("Flutter", "SecurityContext.defaultContext.setTrustedCertificates({dart}) before the SDK starts"),
)
"""An SDK, and what makes it trust; `{file}` is the authority's certificate as a shell takes it."""


def trust_table(url: str, authority: str) -> str:
    """Write where the sandbox speaks TLS, and what to do so that an SDK believes it."""
    width = max(len(name) for name, _ in LINES)
    file, dart = shlex.quote(authority), "'" + authority.replace("\\", "\\\\").replace("'", "\\'") + "'"
    rows = [f"{name.ljust(width)}  {line.format(file=file, dart=dart)}" for name, line in LINES]
    return "\n".join([click.style(f"TLS  {url}  authority {authority}", bold=True), *rows, ""])
