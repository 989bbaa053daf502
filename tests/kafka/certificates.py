"""Certificates of a test, by openssl: an authority, and a broker's certificate for 127.0.0.1 signed by it."""

import subprocess

DAYS = "2"


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")


def authority(folder, name):
    """Gives the path of the authority's certificate; its key is beside it."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    subject = f"/CN=shoal test {name}"
    new_key = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(key)]
    openssl("req", "-x509", *new_key, "-subj", subject, "-days", DAYS, "-out", str(certificate))
    return certificate


def broker_store(folder, certificate):
    """A key store in PEM: key and certificate of a broker, signed by the authority of that certificate."""
    key, request, signed = folder / "broker.key", folder / "broker.csr", folder / "broker.pem"
    extensions = folder / "extensions"
    extensions.write_text("subjectAltName=IP:127.0.0.1\n", encoding="ascii")
    new_key = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(key)]
    openssl("req", *new_key, "-subj", "/CN=127.0.0.1", "-out", str(request))
    by = ["-CA", str(certificate), "-CAkey", str(certificate.with_suffix(".key")), "-CAcreateserial"]
    what = ["-in", str(request), "-extfile", str(extensions), "-days", DAYS, "-out", str(signed)]
    openssl("x509", "-req", *by, *what)
    store = folder / "store.pem"
    store.write_text(key.read_text(encoding="ascii") + signed.read_text(encoding="ascii"), encoding="ascii")
    return store
