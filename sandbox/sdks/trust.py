"""For each kind of client the one line that makes it trust the sandbox's certificate."""

import shlex
from collections.abc import Mapping
from typing import Final

LINES: Final[Mapping[str, tuple[str, str]]] = {
    "curl": ("curl", "curl --cacert {file} …"),
    "browser": ("Browser", "import {file} as an authority, in the settings for certificates"),
    "python": ("Python", "REQUESTS_CA_BUNDLE={file} python …"),
    "node": ("Node", "NODE_EXTRA_CA_CERTS={file} node …"),
    "ruby": ("Ruby", "SSL_CERT_FILE={file} ruby …"),
    "php": ("PHP", "php -d curl.cainfo={file} …"),
    "go": ("Go", "SSL_CERT_FILE={file} go run …   (not on macOS and Windows)"),
    "rust": ("Rust", "SSL_CERT_FILE={file} cargo run   (not on macOS and Windows)"),
    "dotnet": ("C#, .NET", "SSL_CERT_FILE={file} dotnet run   (not on macOS and Windows)"),
    "java": (
        "Java, Kotlin",
        (
            "keytool -importcert -noprompt -alias segment-sandbox -file {file} -keystore trust.p12 "
            "-storepass changeit, then java -Djavax.net.ssl.trustStore=trust.p12 "
            "-Djavax.net.ssl.trustStorePassword=changeit …"
        ),
    ),
    "android": (
        "Android",
        "put {file} into res/raw, and name it in <trust-anchors> of the debug network security config",
    ),
    "swift": ("Swift", "xcrun simctl keychain booted add-root-cert {file}"),
    "flutter": (
        "Flutter",
        "SecurityContext.defaultContext.setTrustedCertificates({dart}) before the SDK starts",
    ),
}
"""A client's name, and what makes it trust; `{file}` is the authority's certificate as a shell takes it."""


def trust_line(client: str, authority: str) -> str:
    """Write what makes a client trust the authority whose certificate is in a file."""
    file, dart = shlex.quote(authority), "'" + authority.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return LINES[client][1].format(file=file, dart=dart)
