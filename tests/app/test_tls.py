"""TLS: the authority that stays, the certificate that is made anew, and who believes them."""

import ssl
import stat
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509

from sandbox.app import tls
from sandbox.clock import Clock, ManualClock, RealClock
from sandbox.errors import CannotStartError, UserMistakeError
from sandbox.workspace import WRITE_KEY
from tests.conftest import Running, basic, running

DAY_S = 24 * 60 * 60
TRACK = {"userId": "user-1", "event": "Signed Up"}


def files(state: Path) -> dict[str, bytes]:
    """Return what stands in the four files."""
    return {file.name: file.read_bytes() for file in (state / "tls").iterdir()}


def changed(state: Path, clock: Clock, *names: str) -> set[str]:
    """Prepare again; return which certificates are new."""
    before = files(state)
    tls.prepare(state, clock, names)
    return {name.removesuffix(".pem") for name, data in files(state).items() if data != before.get(name)} & {
        "authority",
        "localhost",
    }


def certificate(state: Path, name: str = "localhost") -> x509.Certificate:
    """Read a certificate."""
    return x509.load_pem_x509_certificate((state / "tls" / f"{name}.pem").read_bytes())


def test_it_is_made_once(tmp_path: Path) -> None:
    """The next start takes what is there, so that clients go on trusting it."""
    clock = ManualClock()
    prepared = tls.prepare(tmp_path, clock)
    assert prepared.authority == tmp_path / "tls" / "authority.pem"
    assert files(tmp_path).keys() == {"authority.pem", "authority-key.pem", "localhost.pem", "localhost-key.pem"}
    assert changed(tmp_path, clock) == set()


def test_keys_are_for_the_eyes_of_their_owner(tmp_path: Path) -> None:
    """Whoever has the authority's key can be anybody to those who trust it."""
    tls.prepare(tmp_path, ManualClock())
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "tls").iterdir()}
    assert modes["authority-key.pem"] == modes["localhost-key.pem"] == 0o600


def test_a_certificate_that_ends_soon_is_made_anew_by_the_same_authority(tmp_path: Path) -> None:
    """What clients trust stays as it is."""
    clock = ManualClock()
    tls.prepare(tmp_path, clock)
    clock.advance(366 * DAY_S)
    assert changed(tmp_path, clock) == {"localhost"}
    certificate(tmp_path).verify_directly_issued_by(certificate(tmp_path, "authority"))
    clock.advance(DAY_S)
    assert changed(tmp_path, clock) == set()


@pytest.mark.parametrize("days", [pytest.param(3640, id="ends soon"), pytest.param(-10, id="begins in the future")])
def test_an_authority_out_of_time_is_made_anew(tmp_path: Path, days: int) -> None:
    """And the certificate with it."""
    clock = ManualClock()
    tls.prepare(tmp_path, clock)
    clock.advance(days * DAY_S)
    assert changed(tmp_path, clock) == {"authority", "localhost"}


def test_other_names_make_another_certificate(tmp_path: Path) -> None:
    """Names and addresses by which a container or an emulator knows the sandbox."""
    clock = ManualClock()
    tls.prepare(tmp_path, clock)
    assert changed(tmp_path, clock, "10.0.2.2", "sandbox.test") == {"localhost"}
    names = certificate(tmp_path).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "sandbox.test"]
    assert list(map(str, names.get_values_for_type(x509.IPAddress))) == ["127.0.0.1", "::1", "10.0.2.2"]
    assert changed(tmp_path, clock, "sandbox.test", "10.0.2.2") == set()


@pytest.mark.parametrize(
    ("name", "new"),
    [
        pytest.param("authority.pem", {"authority", "localhost"}, id="authority"),
        pytest.param("authority-key.pem", {"authority", "localhost"}, id="key of the authority"),
        pytest.param("localhost.pem", {"localhost"}, id="certificate"),
        pytest.param("localhost-key.pem", {"localhost"}, id="key of the certificate"),
    ],
)
@pytest.mark.parametrize("data", [pytest.param(None, id="gone"), pytest.param(b"nonsense", id="unreadable")])
def test_what_is_missing_or_unreadable_is_made(tmp_path: Path, name: str, data: bytes | None, new: set[str]) -> None:
    """A start never fails for it."""
    clock = ManualClock()
    tls.prepare(tmp_path, clock)
    file = tmp_path / "tls" / name
    file.unlink() if data is None else file.write_bytes(data)
    assert changed(tmp_path, clock) == new
    assert changed(tmp_path, clock) == set()


def test_a_key_that_belongs_to_something_else_is_not_used(tmp_path: Path) -> None:
    """As after half a copy of the folder."""
    clock = ManualClock()
    tls.prepare(tmp_path, clock)
    folder = tmp_path / "tls"
    (folder / "localhost-key.pem").write_bytes((folder / "authority-key.pem").read_bytes())
    assert changed(tmp_path, clock) == {"localhost"}


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """In a sentence, with what to do."""
    (tmp_path / "tls").write_text("a file")
    with pytest.raises(CannotStartError, match="cannot be used") as caught:
        tls.prepare(tmp_path, RealClock())
    assert "--ephemeral" in caught.value.hint


def test_a_name_that_no_certificate_can_hold_is_told(tmp_path: Path) -> None:
    """With how DNS writes it."""
    with pytest.raises(UserMistakeError, match=r"The name föhn\.local cannot stand in a certificate\."):
        tls.prepare(tmp_path, RealClock(), ["föhn.local"])


def trusting(running: Running) -> ssl.SSLContext:
    """Make a client's set-up that trusts the sandbox's authority, and is as strict as Python can be."""
    assert running.sandbox.tls is not None
    context = ssl.create_default_context(cafile=str(running.sandbox.tls.authority))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
async def test_the_same_is_served_over_tls(tmp_path: Path, name: str) -> None:
    """To whoever trusts the authority, under every name of the loopback."""
    async with running(tmp_path, tls=True, tls_port=0) as started:
        assert started.sandbox.tls is not None
        url = started.sandbox.tls.url.replace("127.0.0.1", name)
        headers = {"Authorization": basic(WRITE_KEY)}
        context = trusting(started)
        async with started.client.post(f"{url}/v1/track", json=TRACK, headers=headers, ssl=context) as response:
            assert response.status == 200
        assert len(await started.messages()) == 1
        async with started.client.get(f"{url}/_sandbox/health", ssl=context) as response:
            health = await response.json()
        assert health["tls"] == {
            "url": started.sandbox.tls.url,
            "authority": str(tmp_path / ".segment-sandbox" / "tls" / "authority.pem"),
        }


async def test_nobody_else_believes_it(tmp_path: Path) -> None:
    """A client that does not trust the authority sends nothing."""
    async with running(tmp_path, tls=True, tls_port=0) as started:
        assert started.sandbox.tls is not None
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await started.client.get(started.sandbox.tls.url + "/_sandbox/health")
        assert (await started.get("/health"))["status"] == "ok"


async def test_without_the_flag_there_is_no_tls(embedded: Running) -> None:
    """Nor is anything made for it."""
    assert (await embedded.get("/health"))["tls"] is None
    assert not (embedded.sandbox.workspace.folder / ".segment-sandbox" / "tls").exists()
