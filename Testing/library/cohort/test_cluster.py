"""The same tasks on a real Dask cluster of separate processes."""

import os
import signal
from datetime import datetime, timedelta, timezone

import pytest

from NACResponseLib.cohort.cluster import is_open, read_certificates, run_on_cluster
from NACResponseLib.errors import InputError
from NACResponseLib.results.extraction import runner_of

from .tiny import extracted, tables, todo, written

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
    ) as cluster:
        yield cluster


def test_a_cluster_makes_the_same_tables(cluster, cohort, expected, tmp_path):
    extracted(cohort, tmp_path / "out", lambda tasks: run_on_cluster(tasks, cluster.scheduler_address))
    assert tables(tmp_path / "out") == expected


@pytest.mark.slow
def test_a_killed_worker_of_a_cluster_costs_no_patient(cluster, cohort, expected, tmp_path):
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        client.wait_for_workers(2)
        workers = list(client.run(os.getpid).values())
    running = run_on_cluster(todo(cohort, tmp_path / "out"), cluster.scheduler_address)
    outcomes = [next(running)]
    os.kill(workers[0], signal.SIGKILL)
    outcomes += running
    assert len(outcomes) == 6 and not any(outcome.failed for outcome in outcomes)
    written(cohort, tmp_path / "out", outcomes)
    assert tables(tmp_path / "out") == expected


@pytest.mark.slow
def test_no_scheduler_at_the_address_is_reported(tmp_path):
    with pytest.raises(InputError, match="a Dask scheduler"):
        next(run_on_cluster([], "tcp://127.0.0.1:9", timeout_s=1))


@pytest.mark.slow
def test_a_scheduler_without_workers_is_reported():
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=50) as empty,
        pytest.raises(InputError, match="with workers"),
    ):
        next(run_on_cluster([], empty.scheduler_address, timeout_s=1, first_worker_s=1))


def certificate(folder, name, issuer=None):
    """A PEM certificate and key, signed by an issuer or by itself; returns what signs others."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    signer, signing_key = issuer or (subject, key)
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder(signer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .sign(signing_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / f"{name}.pem").write_bytes(made.public_bytes(pem))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / f"{name}-key.pem").write_bytes(key.private_bytes(pem, *plain))
    return subject, key


def security_file(folder, authority, me):
    path = folder / f"{authority}-{me}.yaml"
    path.write_text(f"ca_file: {authority}.pem\ncert: {me}.pem\nkey: {me}-key.pem\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Two authorities, and a certificate by each."""
    folder = tmp_path_factory.mktemp("keys")
    for authority, me in (("ours", "me"), ("theirs", "stranger")):
        certificate(folder, me, certificate(folder, authority))
    return folder


@pytest.fixture(scope="module")
def secured(keys):
    """The address of a scheduler with TLS."""
    pem = {"tls_ca_file": "ours.pem"}
    for role in ("scheduler", "worker", "client"):
        pem |= {f"tls_{role}_cert": "me.pem", f"tls_{role}_key": "me-key.pem"}
    security = distributed.Security(require_encryption=True, **{name: str(keys / file) for name, file in pem.items()})
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50,
        protocol="tls://", security=security,
    ) as cluster:  # fmt: skip
        yield cluster.scheduler_address


@pytest.mark.slow
def test_a_cluster_with_tls_makes_the_same_tables(secured, keys, cohort, expected, tmp_path):
    assert secured.startswith("tls://")
    runner = runner_of(None, secured, security_file(keys, "ours", "me"))
    extracted(cohort, tmp_path / "out", runner)
    assert tables(tmp_path / "out") == expected


@pytest.mark.slow
@pytest.mark.parametrize("given", [("theirs", "stranger"), ("ours", "stranger"), None])
def test_a_scheduler_with_tls_lets_in_nobody_without_its_certificate(secured, keys, given):
    certificates = read_certificates(security_file(keys, *given)) if given else None
    with pytest.raises(InputError, match="a Dask scheduler"):
        next(run_on_cluster([], secured, timeout_s=2, certificates=certificates))


@pytest.mark.slow
def test_nothing_is_sent_to_a_scheduler_without_tls_where_certificates_are_given(cluster, keys):
    certificates = read_certificates(security_file(keys, "ours", "me"))
    with pytest.raises(InputError, match="a Dask scheduler"):
        next(run_on_cluster([], cluster.scheduler_address, timeout_s=2, certificates=certificates))


def test_certificates_that_are_not_there_are_refused(keys):
    with pytest.raises(InputError, match="a PEM file for cert"):
        read_certificates(security_file(keys, "ours", "nobody"))
    (keys / "other.yaml").write_text("ca: ours.pem\n", encoding="utf-8")
    with pytest.raises(InputError, match="a key of"):
        read_certificates(keys / "other.yaml")


def test_an_address_that_others_reach_without_tls_is_known():
    assert is_open("tcp://node7:8786") and is_open("tcp://10.0.0.7:8786") and is_open("node7:8786")
    assert not is_open("tls://node7:8786") and not is_open("tcp://127.0.0.1:8786") and not is_open("tcp://localhost:1")
