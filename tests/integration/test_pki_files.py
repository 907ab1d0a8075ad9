# SPDX-License-Identifier: MIT
"""sealpost-pki on files as people have them: what it makes is taken by openssl, NSS and ssh, what they make is taken by it; every form,
good, cut off and damaged, is taken or named."""
import base64
import os
import re
import ssl
import subprocess

import pytest

import real
from pki import Pki

PASSWORD = "correct horse battery"
LEGACY = ["-provider", "legacy", "-provider", "default"]


def run(*argv, cwd, status=0, **more):
    r = subprocess.run([str(a) for a in argv], cwd=cwd, capture_output=True, timeout=60, **more)
    r.stdout, r.stderr = r.stdout.decode(), r.stderr.decode()
    assert r.returncode == status, f"{argv}: {r.returncode} {r.stdout} {r.stderr}"
    return r


class Folder:
    """A folder with the programs called in it."""

    def __init__(self, path):
        self.path = path
        (path / "pw").write_text(PASSWORD + "\n")

    def pki(self, *words, status=0):
        r = run(real.BUILD / "sealpost-pki", *words, cwd=self.path, status=status)
        return r.stdout if status == 0 else r.stdout + r.stderr

    def openssl(self, *words, **more):
        return run("openssl", *words, cwd=self.path, **more).stdout

    def mode(self, name):
        return (self.path / name).stat().st_mode & 0o777


@pytest.fixture
def here(tmp_path):
    return Folder(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A CA, and a certificate of it with an RSA key, made once."""
    f = Folder(tmp_path_factory.mktemp("made"))
    f.pki("selfsigned", "ca", "CN:Example CA")
    f.pki("csr", "www", "CN:www.example.com", "subjectAltName:a.example.com,192.0.2.1", "--key-type", "RSA-2048")
    f.pki("sign", "www", "ca")
    return f


# --- what sealpost-pki makes, seen by others ---------------------------------------------------------------------------------

def test_the_meeting_servers_words(here):
    here.pki("selfsigned", "dbca", 'CN:My company CA')
    here.pki("csr", "dbserver", "CN:server.db.example.com")
    here.pki("csr", "dbclient", "CN:postgres")
    shown = here.pki("sign", "dbserver", "dbca")
    assert shown.startswith("Subject: /CN=server.db.example.com\nNames:   DNS:server.db.example.com\nSigned by: /CN=My company CA\n")
    here.pki("sign", "dbclient", "dbca")
    assert "Key and certificate pair match" in here.pki("match", "dbserver.key", "dbserver.crt")
    assert "do not match" in here.pki("match", "dbclient.key", "dbserver.crt", status=1)
    assert "VerifyResult=0=OK" in here.pki("verify", "dbserver.crt", "dbca.crt")
    assert "VerifyResult=0=OK" in here.pki("verify", "dbclient.crt", "dbclient.crt", "dbca.crt")
    assert "holds no root" in here.pki("verify", "dbca.crt", "dbclient.crt", status=65)
    for name in ("dbserver", "dbclient"):
        assert here.openssl("verify", "-x509_strict", "-CAfile", "dbca.crt", f"{name}.crt") == f"{name}.crt: OK\n"
        run("openssl", "req", "-verify", "-noout", "-in", f"{name}.csr", cwd=here.path)
        assert all(here.mode(f"{name}.{ending}") == 0o600 for ending in ("key", "csr", "crt"))
    listed = here.pki("list")
    assert re.search(r"^dbca\.crt +a CA's certificate: /CN=My company CA, valid until", listed, re.M)
    assert re.search(r"^dbserver\.key +a private key$", listed, re.M) and re.search(r"^dbserver\.csr +.*CSR", listed, re.M)
    text = here.openssl("x509", "-in", "dbserver.crt", "-noout", "-text")
    assert "CA:FALSE" in text and "TLS Web Server Authentication, TLS Web Client Authentication" in text and "Version: 3" in text
    assert re.search(r"Serial Number:\s+(..:){19}", text)


def test_sealpost_pki_runs_it(made):
    by_pki = run(real.BUILD / "sealpost", "pki", "inspect", "www.csr", cwd=made.path).stdout
    assert by_pki == made.pki("inspect", "www.csr")


def test_every_kind_of_key(here):
    here.pki("selfsigned", "ca", "CN:CA", "--key-type", "P-384")
    for kind in ("P-256", "P-384", "RSA-2048", "RSA-3072"):
        here.pki("csr", kind, f"CN:{kind}.example.com", "--key-type", kind)
        here.pki("sign", kind, "ca", "--days", "30")
        here.openssl("verify", "-x509_strict", "-CAfile", "ca.crt", f"{kind}.crt")
        assert "nothing is wrong with it" in here.pki("inspect", f"{kind}.crt")
    assert "expected one of P-256/P-384/" in here.pki("csr", "x", "CN:x", "--key-type", "RSA-1024", status=65)


def test_files_are_not_overwritten(here):
    here.pki("selfsigned", "ca", "CN:ca.example.com")
    before = (here.path / "ca.key").read_bytes()
    assert "ca.crt exists: --force overwrites it" in here.pki("selfsigned", "ca", "CN:other.example.com", status=73)
    (here.path / "ca.crt").unlink()
    assert "ca.key exists" in here.pki("selfsigned", "ca", "CN:other.example.com", status=73)
    assert (here.path / "ca.key").read_bytes() == before and not (here.path / "ca.crt").exists()
    here.pki("selfsigned", "ca", "CN:other.example.com", "--force")
    assert (here.path / "ca.key").read_bytes() != before and here.mode("ca.key") == 0o600
    assert sorted(p.name for p in here.path.iterdir()) == ["ca.crt", "ca.key", "pw"]


def test_a_passphrase_that_is_given_is_used(here):
    for words in ("csr", "www"), ("selfsigned", "ca"):
        here.pki(*words, "CN:www.example.com", "--new-passphrase-file", "pw")
        assert "ENCRYPTED PRIVATE KEY" in (here.path / f"{words[1]}.key").read_text()
        # as from a script's variable that is not set: no key without a passphrase comes about
        assert "--new-passphrase-file is empty" in here.pki(words[0], "x", "CN:x", "--new-passphrase-file", "", status=64)
        assert not (here.path / "x.key").exists()


def test_renewal_with_the_old_key(here):
    here.pki("selfsigned", "ca", "CN:CA")
    here.pki("csr", "www", "CN:www.example.com", "O:Example Ltd", "subjectAltName:192.0.2.1", "--encrypt", "--new-passphrase-file", "pw")
    assert "ENCRYPTED PRIVATE KEY" in (here.path / "www.key").read_text()
    here.pki("sign", "www", "ca")
    here.pki("csr", "again", "--from", "www.crt", "--key", "www.key", "--passphrase-file", "pw")
    assert not (here.path / "again.key").exists()
    again, first = (here.openssl("req", "-in", f"{n}.csr", "-noout", "-subject", "-pubkey") for n in ("again", "www"))
    assert again == first
    assert "IP Address:192.0.2.1" in here.openssl("req", "-in", "again.csr", "-noout", "-text")
    assert "pair match" in here.pki("match", "www.key", "again.csr", "--passphrase-file", "pw")


def test_pkcs12_to_openssl_and_nss_and_back(here, made):
    for name in ("www.key", "www.crt", "ca.crt"):
        (here.path / name).write_bytes((made.path / name).read_bytes())
    here.pki("convert", "ca.crt", "www.crt", "www.key", "--to", "p12", "--out", "www.p12", "--new-passphrase-file", "pw", "--name", "My Server")
    shown = here.openssl("pkcs12", "-in", "www.p12", "-passin", "file:pw", "-nodes")
    assert "friendlyName: My Server" in shown and shown.count("BEGIN CERTIFICATE") == 2 and "PRIVATE KEY" in shown
    nss = ["-d", f"sql:{here.path}/nss"]
    (here.path / "nss").mkdir()
    (here.path / "empty").write_text("\n")
    run("certutil", "-N", *nss, "--empty-password", cwd=here.path)
    run("pk12util", "-i", "www.p12", "-w", "pw", *nss, cwd=here.path)
    run("pk12util", "-o", "nss.p12", "-n", "My Server", "-w", "pw", *nss, cwd=here.path)
    back = here.pki("inspect", "nss.p12", "--passphrase-file", "pw")
    assert "/CN=www.example.com" in back and ", line 1: a private key" in back
    here.pki("convert", "nss.p12", "--to", "pem", "--passphrase-file", "pw")
    assert "pair match" in here.pki("match", "nss.pem", "www.crt")


def test_pkcs12_to_ssh(here, made):
    keys = {"rsa": "ssh-rsa", "ec": "ecdsa-sha2-nistp256", "ec384": "ecdsa-sha2-nistp384", "ed25519": "ssh-ed25519"}
    pki = Pki(here.path / "pki")
    for kind, type_ in keys.items():
        cert = pki.leaf("joe.example.com", None, kind=kind)
        here.openssl("pkcs12", "-export", "-in", cert.path, "-inkey", cert.key, "-out", "joe.pub", "-passout", "file:pw")
        here.pki("pkcs12-to-ssh", "joe", "--passphrase-file", "pw")
        os.chmod(cert.key, 0o600)
        wanted = run("ssh-keygen", "-y", "-f", cert.key, cwd=here.path).stdout if kind != "ed25519" else None
        line = (here.path / "joe.pub").read_text()
        assert line.split()[0] == type_ and line.split()[2] == "joe"
        assert wanted is None or wanted.split()[:2] == line.split()[:2]
        run("ssh-keygen", "-l", "-f", "joe.pub", cwd=here.path)
        (here.path / "joe.p12").unlink()
        (here.path / "joe.pub").unlink()


def test_convert(here, made):
    for name in ("www.key", "www.crt", "ca.crt"):
        (here.path / name).write_bytes((made.path / name).read_bytes())
    here.pki("convert", "www.crt", "--to", "der")
    assert (here.path / "www.der").read_bytes() == base64.b64decode("".join((here.path / "www.crt").read_text().split("-----")[2].split()))
    here.pki("convert", "www.der", "--to", "pem")
    assert (here.path / "www.pem").read_text() == (here.path / "www.crt").read_text()
    here.pki("convert", "www.crt", "ca.crt", "--to", "p7b", "--out", "both.p7b")
    assert here.openssl("pkcs7", "-in", "both.p7b", "-print_certs", "-noout").count("subject=") == 2
    here.pki("convert", "www.key", "--to", "pem", "--out", "locked.key", "--encrypt", "--new-passphrase-file", "pw")
    here.openssl("pkey", "-in", "locked.key", "-passin", "file:pw", "-noout")
    here.pki("unlock", "locked.key", "--passphrase-file", "pw")
    assert (here.path / "locked.key").read_text() == (here.path / "www.key").read_text()
    here.pki("convert", "www.key", "--to", "der", "--out", "key.der")
    here.openssl("pkey", "-in", "key.der", "-inform", "DER", "-noout")
    said = here.pki("convert", "www.key", "--to", "der", "--out", "locked.der", "--encrypt", "--new-passphrase-file", "pw")
    assert said == "locked.der: the private key under the new passphrase\n"
    here.openssl("pkey", "-in", "locked.der", "-inform", "DER", "-noout", "-passin", "pass:", status=1)
    here.openssl("pkcs8", "-in", "locked.der", "-inform", "DER", "-passin", "file:pw")
    here.pki("convert", "locked.der", "--to", "pem", "--passphrase-file", "pw", "--out", "unlocked.pem")
    assert (here.path / "unlocked.pem").read_text() == (here.path / "www.key").read_text()
    here.pki("convert", "ca.crt", "www.crt", "--to", "pem", "--out", "-")
    for words, said in ((["www.crt", "ca.crt", "--to", "der", "--out", "x"], "DER holds one"),
                        (["www.key", "--to", "p7b", "--out", "x"], "there are none"),
                        (["ca.crt", "www.key", "--to", "p12", "--out", "x"], "belongs to none of the certificates")):
        assert said in here.pki("convert", *words, status=65)
    assert "over itself" in here.pki("convert", "both.p7b", "--to", "p7b", status=64)


def test_convert_names_what_it_leaves_out(here, made):
    all_files = [made.path / name for name in ("www.key", "www.crt", "www.csr")]
    for form, written, left_out in (("pem", "1 certificate, 1 certificate request, the private key under the new passphrase", None),
                                    ("p12", "1 certificate, the private key under the new passphrase", "1 certificate request"),
                                    ("p7b", "1 certificate", "1 certificate request, the private key")):
        for to in (f"all.{form}", "-"):
            r = subprocess.run([real.BUILD / "sealpost-pki", "convert", *all_files, "--to", form, "--out", to, "--new-passphrase-file", "pw"],
                               cwd=here.path, capture_output=True, timeout=60)
            assert r.returncode == 0 and (to == "-" or r.stdout.decode() == f"{to}: {written}\n"), r
            assert r.stderr.decode() == (f"sealpost-pki convert: --to {form} has no place for this, which is left out: {left_out}\n" if left_out else ""), r
    assert "all2.pem: 2 private keys under no passphrase" in here.pki("convert", made.path / "www.key", made.path / "ca.key", "--to", "pem", "--out", "all2.pem")


# --- the guides' recipes -----------------------------------------------------------------------------------------------------

SUBJECT = ["-subj", "/C=UK/ST=London/L=London/O=Example/CN=www.example.com"]


def test_recipes_of_the_guides_in_sealposts_words(here):
    """Each with sealpost's own programs alone, and what it made is read by openssl."""
    here.pki("csr", "certcsr", "CN:www.example.com", "--key-type", "RSA-2048")
    here.openssl("rsa", "-in", "certcsr.key", "-check", "-noout")
    run("openssl", "req", "-verify", "-noout", "-in", "certcsr.csr", cwd=here.path)
    here.pki("csr", "MCU", "CN:mcu.example.com", "--key-type", "RSA-2048", "--encrypt", "--new-passphrase-file", "pw")
    here.openssl("rsa", "-in", "MCU.key", "-passin", "file:pw", "-check", "-noout")
    here.pki("selfsigned", "cert", "--from", "certcsr.csr", "--key", "certcsr.key", "--days", "360")
    assert "CN = www.example.com" in here.openssl("x509", "-in", "cert.crt", "-noout", "-subject")
    here.openssl("x509", "-in", "cert.crt", "-noout", "-checkend", str(359 * 86400))
    here.pki("csr", "again", "--from", "cert.crt", "--key", "certcsr.key")
    assert here.openssl("req", "-in", "again.csr", "-noout", "-pubkey") == here.openssl("req", "-in", "certcsr.csr", "-noout", "-pubkey")
    here.pki("convert", "cert.crt", "--to", "der")
    here.openssl("x509", "-in", "cert.der", "-inform", "DER", "-noout")
    here.pki("convert", "cert.der", "--to", "pem")
    here.pki("selfsigned", "CA", "CN:My CA", "--days", "365", "--key-type", "RSA-2048")
    here.pki("convert", "cert.pem", "CA.crt", "--to", "pem", "--out", "rootcerts.pem")
    assert (here.path / "rootcerts.pem").read_text().count("BEGIN CERTIFICATE") == 2
    here.pki("convert", "cert.pem", "certcsr.key", "--to", "p12", "--out", "certificate.pfx", "--name", "My Server Cert", "--new-passphrase-file", "pw")
    assert "My Server Cert" in here.openssl("pkcs12", "-in", "certificate.pfx", "-passin", "file:pw", "-nokeys")
    here.pki("convert", "certificate.pfx", "--to", "pem", "--out", "mycertificate.pem", "--passphrase-file", "pw")
    here.openssl("x509", "-in", "mycertificate.pem", "-noout")
    here.openssl("pkey", "-in", "mycertificate.pem", "-noout")
    here.pki("sign", "MCU", "CA")
    assert here.openssl("verify", "-x509_strict", "-CAfile", "CA.crt", "MCU.crt") == "MCU.crt: OK\n"
    here.pki("selfsigned", "NAME", "CN:name.example.com", "--key-type", "RSA-2048", "--days", "100")
    here.openssl("verify", "-CAfile", "NAME.crt", "NAME.crt")
    here.pki("convert", "MCU.crt", "CA.crt", "--to", "p7b", "--out", "path.p7b")
    assert here.openssl("pkcs7", "-in", "path.p7b", "-print_certs", "-noout").count("subject=") == 2
    assert here.openssl("x509", "-in", "MCU.crt", "-noout", "-fingerprint", "-sha256").strip().split("=")[1].replace(":", "").lower() in here.pki("inspect", "MCU.crt")


def test_recipes_of_the_guides_by_openssl_are_taken(here):
    o = here.openssl
    o("genrsa", "-out", "privatekey.pem", "2048")
    o("genrsa", "-out", "locked.pem", "-des3", "-passout", "file:pw", "2048")
    o("req", "-new", "-key", "privatekey.pem", "-out", "certcsr.pem", *SUBJECT)
    o("x509", "-req", "-days", "360", "-in", "certcsr.pem", "-signkey", "privatekey.pem", "-out", "cert.pem")
    assert "pair match" in here.pki("match", "privatekey.pem", "cert.pem") and "pair match" in here.pki("match", "privatekey.pem", "certcsr.pem")
    assert "a private key, encrypted" in here.pki("inspect", "locked.pem", "--passphrase-file", "pw")
    assert "Version        1" in here.pki("inspect", "cert.pem")
    o("req", "-new", "-key", "privatekey.pem", "-out", "again.pem", *SUBJECT)
    o("genrsa", "-des3", "-out", "CA.key", "-passout", "file:pw", "2048")
    o("req", "-new", "-x509", "-key", "CA.key", "-passin", "file:pw", "-out", "CA.cer", "-days", "365", "-subj", "/CN=My CA")
    o("x509", "-req", "-in", "certcsr.pem", "-CA", "CA.cer", "-CAkey", "CA.key", "-passin", "file:pw", "-set_serial", "01", "-out", "MCU.cer")
    assert "VerifyResult=0=OK" in here.pki("verify", "MCU.cer", "CA.cer")
    assert "Signed by: /CN=My CA" in here.pki("sign", "certcsr.pem", "CA.cer", "--passphrase-file", "pw")
    assert "VerifyResult=0=OK" in here.pki("verify", "certcsr.crt", "CA.cer")
    o("x509", "-in", "cert.pem", "-outform", "DER", "-out", "cert.der")
    o("pkcs12", "-export", "-in", "cert.pem", "-inkey", "privatekey.pem", "-out", "certificate.pfx", "-name", "My Server Cert", "-passout", "file:pw")
    o("pkcs12", "-in", "certificate.pfx", "-out", "mycertificate.pem", "-nodes", "-passin", "file:pw")
    for name in ("cert.der", "certificate.pfx", "mycertificate.pem"):
        assert "/CN=www.example.com" in here.pki("inspect", name, "--passphrase-file", "pw")
    assert "pair match" in here.pki("match", "mycertificate.pem", "cert.pem")
    o("req", "-out", "NAME.csr", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "NAME.key", *SUBJECT)
    o("req", "-x509", "-nodes", "-days", "100", "-newkey", "rsa:2048", "-keyout", "SELF.key", "-out", "SELF.crt", *SUBJECT)
    o("req", "-new", "-text", "-nodes", "-newkey", "rsa:2048", "-keyout", "ca.key", "-out", "ca.csr", "-subj", "/C=UK/CN=example")
    o("req", "-x509", "-text", "-in", "ca.csr", "-key", "ca.key", "-out", "ca.crt", "-days", "3650")
    o("x509", "-req", "-CAcreateserial", "-in", "NAME.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-out", "one.crt", "-days", "3650")
    assert "VerifyResult=0=OK" in here.pki("verify", "one.crt", "ca.crt")
    listed = here.pki("list")
    for name in ("NAME.csr", "NAME.key", "SELF.crt", "ca.crt", "ca.csr", "one.crt", "certificate.pfx", "locked.pem"):
        assert re.search(rf"^{name} +", listed, re.M), listed


# --- what others make, in every form -----------------------------------------------------------------------------------------

def forms(made):
    """Name of the form, its bytes, and whether a passphrase opens it."""
    f = made

    def out(*words, **more):
        return subprocess.run(["openssl", *words], cwd=f.path, capture_output=True, check=True, **more).stdout
    cert, key, ca = (f.path / n for n in ("www.crt", "www.key", "ca.crt"))
    pem, key_pem = cert.read_bytes(), key.read_bytes()
    export = ["pkcs12", "-export", "-in", "www.crt", "-inkey", "www.key", "-certfile", "ca.crt", "-passout", "file:pw", "-iter", "10"]
    ec = out("ecparam", "-name", "prime256v1", "-genkey")
    p12 = out(*export)
    yield "pem", pem, False
    yield "pem with text", out("x509", "-in", "www.crt", "-text"), False
    yield "pem with bag attributes", out("pkcs12", "-in", "/dev/stdin", "-passin", "file:pw", "-nodes", input=p12), False
    yield "crlf", pem.replace(b"\n", b"\r\n"), False
    yield "blank lines, no end", b"\n\n" + pem.replace(b"-----\n", b"-----\n\n", 1).rstrip(b"\n"), False
    yield "byte order mark", b"\xef\xbb\xbf" + pem, False
    yield "utf-16", pem.decode().encode("utf-16"), False
    yield "utf-16 of windows", b"\xff\xfe" + pem.decode().replace("\n", "\r\n").encode("utf-16-le"), False
    yield "mail", b"".join(b"> " + line + b"\n" for line in pem.splitlines()), False
    yield "leading blanks", b"".join(b"    " + line + b"\n" for line in pem.splitlines()), False
    yield "escaped", pem.replace(b"\n", b"\\n"), False
    yield "der", out("x509", "-in", "www.crt", "-outform", "DER"), False
    yield "base64 alone", base64.encodebytes(out("x509", "-in", "www.crt", "-outform", "DER")), False
    p7 = out("crl2pkcs7", "-nocrl", "-certfile", "www.crt", "-certfile", "ca.crt")
    yield "pkcs7", p7, False
    yield "pkcs7 as certificate", p7.replace(b"PKCS7", b"CERTIFICATE"), False
    yield "pkcs7 der", out("crl2pkcs7", "-nocrl", "-certfile", "www.crt", "-outform", "DER"), False
    yield "trusted", out("x509", "-in", "www.crt", "-trustout", "-addtrust", "serverAuth"), False
    yield "pkcs12", p12, True
    yield "pkcs12 base64", base64.encodebytes(p12), True
    yield "pkcs12 legacy", out(*export, "-legacy"), True
    yield "pkcs12 without mac", out(*export, "-nomac"), True
    yield "pkcs12 open", out("pkcs12", "-export", "-in", "www.crt", "-inkey", "www.key", "-keypbe", "NONE", "-certpbe", "NONE",
                             "-passout", "pass:"), False
    yield "pkcs12 of an empty passphrase", out("pkcs12", "-export", "-in", "www.crt", "-inkey", "www.key", "-passout", "pass:"), False
    yield "key", key_pem, False
    yield "key pkcs1", out("rsa", "-in", "www.key", "-traditional"), False
    yield "key der", out("rsa", "-in", "www.key", "-traditional", "-outform", "DER"), False
    yield "key pkcs8 der", out("pkcs8", "-topk8", "-nocrypt", "-in", "www.key", "-outform", "DER"), False
    yield "key sec1 with parameters", ec, False
    yield "key sec1 der", out("ec", "-outform", "DER", input=ec), False
    yield "key pbes2", out("pkcs8", "-topk8", "-iter", "10", "-in", "www.key", "-passout", "file:pw"), True
    yield "key pbes2 der", out("pkcs8", "-topk8", "-iter", "10", "-in", "www.key", "-passout", "file:pw", "-outform", "DER"), True
    yield "key scrypt", out("pkcs8", "-topk8", "-scrypt", "-in", "www.key", "-passout", "file:pw"), True
    yield "key scrypt of little work", out("pkcs8", "-topk8", "-scrypt", "-scrypt_N", "256", "-in", "www.key", "-passout", "file:pw"), True
    yield "key pbes1", out("pkcs8", "-topk8", "-v1", "PBE-MD5-DES", "-iter", "10", "-in", "www.key", "-passout", "file:pw", *LEGACY), True
    yield "key pbes1 3des", out("pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-iter", "10", "-in", "www.key", "-passout", "file:pw"), True
    yield "key des3", out("rsa", "-in", "www.key", "-des3", "-traditional", "-passout", "file:pw"), True
    yield "key des", out("rsa", "-in", "www.key", "-des", "-traditional", "-passout", "file:pw", *LEGACY), True
    yield "request", (f.path / "www.csr").read_bytes(), False
    yield "request der", out("req", "-in", "www.csr", "-outform", "DER"), False


@pytest.fixture(scope="module")
def all_forms(made):
    return list(forms(made))


def test_every_form_is_taken(here, made, all_forms):
    for name, data, locked in all_forms:
        (here.path / "it").write_bytes(data)
        options = ["--passphrase-file", "pw"] if locked else []
        shown = here.pki("inspect", "it", *options)
        assert "Not read" not in shown, f"{name}: {shown}"
        wanted = "Key " if name.startswith("key") else "/CN=www.example.com"
        assert wanted in shown, f"{name}: {shown}"
        if "sec1" not in name and "request" not in name and name.startswith("key"):
            assert "pair match" in here.pki("match", "it", made.path / "www.crt", *options), name
        if locked:
            (here.path / "bad").write_text("wrong\n")
            assert "does not open with this passphrase" in here.pki("inspect", "it", "--passphrase-file", "bad", status=77), name
            assert "under a passphrase" in here.pki("inspect", "it"), name


def test_every_form_cut_off_or_with_a_bit_flipped_is_taken_or_named(here, all_forms):
    """Many files at once, since each start of a program costs more than reading them."""
    for name, data, locked in all_forms:
        if name == "key scrypt":    # 215 times its work; there is one of little work beside it
            continue
        damaged = [data[:len(data) * n // 16] for n in range(1, 16)]
        for n in range(200):
            at = len(data) * n // 200
            damaged.append(data[:at] + bytes([data[at] ^ 1 << n % 8]) + data[at + 1:])
        for n, bad in enumerate(damaged):
            (here.path / f"it{n}").write_bytes(bad)
        words = ["inspect", *(f"it{n}" for n in range(len(damaged))), *(["--passphrase-file", "pw"] if locked else [])]
        r = subprocess.run([real.BUILD / "sealpost-pki", *words], cwd=here.path, capture_output=True, timeout=300)
        assert r.returncode in (0, 65) and not r.stderr, f"{name}: {r.stderr[-3000:]}"
        shown = r.stdout.decode()
        named = set(re.findall(r"^it(\d+)[,:] ", shown, re.M))
        assert not {str(n) for n in range(len(damaged))} - named, f"{name}: no word about some: {shown[-3000:]}"
        assert not re.search(r"[^\n -~]", shown), name


# --- bad input ---------------------------------------------------------------------------------------------------------------

def tlv(tag, content):
    n = len(content)
    head = bytes([n]) if n < 128 else bytes([0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + head + content


def hostile_csr(here, value, alt=None, tag=0x0c):
    """A request signed by its key, whose common name is this value, and with these alternative names in DER."""
    if not (here.path / "k.pem").exists():
        here.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "k.pem")
    spki = subprocess.run(["openssl", "pkey", "-in", "k.pem", "-pubout", "-outform", "DER"], cwd=here.path, capture_output=True, check=True).stdout
    name = tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550403") + tlv(tag, value))))
    attributes = b""
    if alt is not None:
        san = tlv(0x30, bytes.fromhex("0603551d11") + tlv(0x04, tlv(0x30, alt)))
        attributes = tlv(0x30, bytes.fromhex("06092a864886f70d01090e") + tlv(0x31, tlv(0x30, san)))
    info = tlv(0x30, bytes.fromhex("020100") + name + spki + tlv(0xa0, attributes))
    (here.path / "tbs").write_bytes(info)
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", "k.pem", "tbs"], cwd=here.path, capture_output=True, check=True).stdout
    (here.path / "hostile.csr").write_bytes(
        tlv(0x30, info + bytes.fromhex("300a06082a8648ce3d040302") + tlv(0x03, b"\0" + signature)))


def test_hostile_requests(here):
    here.pki("selfsigned", "ca", "CN:CA")
    hostile_csr(here, b"fine.example.com", tlv(0x82, b"fine.example.com"))
    here.pki("sign", "hostile", "ca")
    (here.path / "hostile.crt").unlink()
    cases = [
        ((b"evil\x1b[2J\nSubject: /CN=good",), "control characters"),
        ((b"x" * 65536,), "at most 4096 can be signed"),
        ((b"\xff\xfe\x80", None, 0x0c), "it is damaged, or something else"),
        ((b"x.example.com", tlv(0x82, b"not a name")), "neither a host name nor an address: not a name"),
        ((b"x.example.com", tlv(0x82, b"a.example.com\0.evil.example")), "neither a host name nor an address: a.example.com\\x00.evil.example"),
        ((b"x.example.com", tlv(0x87, b"12345")), "bytes that are no address"),
        ((b"x.example.com", tlv(0x82, b"a.example") * 101), "101 alternative names, at most 100"),
        ((b"x.example.com", b"\x01\x02\x03"), "cannot be decoded"),
    ]
    sentences = set()
    for arguments, said in cases:
        hostile_csr(here, *arguments)
        answer = here.pki("sign", "hostile", "ca", status=65)
        assert said in answer, answer
        sentences.add(answer)
        shown = here.pki("inspect", "hostile.csr")
        assert not re.search(r"[^\n -~]", shown) and "\nSubject: /CN=good" not in shown
        assert not (here.path / "hostile.crt").exists()
    assert len(sentences) == len(cases)
    data = bytearray((here.path / "hostile.csr").read_bytes())
    hostile_csr(here, b"x.example.com")
    data = bytearray((here.path / "hostile.csr").read_bytes())
    data[-1] ^= 1
    (here.path / "hostile.csr").write_bytes(data)
    assert "not signed by the key in it" in here.pki("sign", "hostile", "ca", status=65)


def test_weak_keys_and_what_cannot_sign(here):
    here.pki("selfsigned", "ca", "CN:CA")
    here.pki("selfsigned", "leaf", "CN:leaf.example.com")
    here.openssl("req", "-new", "-newkey", "rsa:1024", "-nodes", "-keyout", "weak.key", "-out", "weak.csr", "-subj", "/CN=weak.example.com")
    here.openssl("ecparam", "-name", "prime256v1", "-genkey", "-param_enc", "explicit", "-noout", "-out", "explicit.key")
    here.openssl("req", "-new", "-key", "explicit.key", "-out", "explicit.csr", "-subj", "/CN=explicit.example.com")
    here.pki("csr", "good", "CN:good.example.com")
    for words, said in ((["sign", "weak", "ca"], "too weak, 2048 bits are the least (RSA of 1024 bits)"),
                        (["sign", "explicit", "ca"], "on a curve whose parameters are spelled out"),
                        (["csr", "x", "CN:x.example.com", "--key", "weak.key"], "weak.key: the private key is too weak"),
                        (["csr", "x", "CN:x.example.com", "--key", "explicit.key"], "spelled out"),
                        (["sign", "good", "leaf"], "is not the certificate of a CA"),
                        (["sign", "good", "ca", "--key", "leaf.key"], "the CA's key does not belong to its certificate"),
                        (["sign", "ca.crt", "ca"], "expected a certificate signing request"),
                        (["sign", "absent", "ca"], "there is no file absent")):
        answer = here.pki(*words, status=66 if "absent" in words else 65)
        assert said in answer, answer


def test_a_key_that_cannot_make_cms_signatures(here):
    """It is refused before standard input is read."""
    here.openssl("genpkey", "-algorithm", "ed25519", "-out", "ed.key")
    here.pki("selfsigned", "ed", "CN:Auditor", "--key", "ed.key")
    for data in ("pw", "-"):
        answer = here.pki("cms-sign", data, "ed.key", "ed.crt", "--out", "x.p7s", status=65)
        assert "ed.key: OpenSSL makes no CMS signatures with a key of this type (ED25519): an RSA key" in answer
    assert not (here.path / "x.p7s").exists()


def test_names_that_are_no_names(here):
    for words, said in ((["CN:"], "CN: the value is empty"), (["CN:" + 65 * "x"], "at most 64"), (["CN:a\x1b[2J"], "control or invisible"),
                        (["C:NOR"], "C: the value has 3 characters"), (["X:y"], "no attribute of a subject"), (["www"], "expected an attribute"),
                        (["CN:a", "subjectAltName:not a name"], "neither a host name nor an address"),
                        (["CN:a", "subjectAltName:192.0.2.256"], "neither a host name nor an address"),
                        (["CN:a", "subjectAltName:" + ",".join(f"h{n}.example" for n in range(65))], "at most 64 alternative names"), ([], "neither a common name")):
        answer = here.pki("csr", "x", *words, status=65)
        assert said in answer and "\x1b" not in answer, answer
    for command in ("csr", "selfsigned"):
        assert "in the form that begins with xn--" in here.pki(command, "x", "CN:bücher.example.com", status=65)
    assert sorted(p.name for p in here.path.iterdir()) == ["pw"]
    here.pki("csr", "x", "CN:bücher.example.com", "subjectAltName:xn--bcher-kva.example.com")
    here.pki("selfsigned", "ca", "CN:Bücher Ltd., dept. 3")


def pkcs7(certs):
    """PKCS#7 with these certificates and nothing that is signed"""
    data, signed = bytes.fromhex("06092a864886f70d010701"), bytes.fromhex("06092a864886f70d010702")
    content = tlv(0x02, b"\1") + tlv(0x31, b"") + tlv(0x30, data) + tlv(0xa0, b"".join(certs)) + tlv(0x31, b"")
    return tlv(0x30, signed + tlv(0xa0, tlv(0x30, content)))


WRITING = ("write", "fchmod", "fsync", "rename", "link", "unlink")
OLD = "what was there\n"
WHOLE = re.compile(r"-----BEGIN ([A-Z ]+)-----\n[A-Za-z0-9+/=\n]+-----END \1-----\n")


@pytest.mark.parametrize("force", [(), ("--force",)], ids=["new", "force"])
def test_killed_while_it_writes(tmp_path, force):
    """SIGKILL at each call that changes a file: under the names that were asked for is the old content, or nothing, or all of the new."""
    killed, seen = 0, set()
    for call in WRITING:
        for n in range(1, 20):
            here = tmp_path / f"{call}{n}"
            here.mkdir()
            for name in ("www.key", "www.crt"):
                if force:
                    (here / name).write_text(OLD)
            r = subprocess.run([real.program("strace"), "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={n}",
                                real.BUILD / "sealpost-pki", "selfsigned", "www", "CN:www.example.com", *force], cwd=here, capture_output=True,
                               timeout=60, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
            state = [(here / name).read_text() if (here / name).exists() else "" for name in ("www.key", "www.crt")]
            assert all(text == (OLD if force else "") or WHOLE.fullmatch(text) for text in state), (call, n, state)
            seen.add(tuple(bool(WHOLE.fullmatch(text)) for text in state))
            if r.returncode == 0:
                assert seen >= {(True, True)}
                break
            assert r.returncode == -9, r
            killed += 1
        else:
            raise AssertionError(f"{call}: it was never done")
    assert killed >= 8 and (False, False) in seen, (killed, seen)


def without_links(here, *words, status=0):
    """Runs sealpost-pki on a file system that has no hard links."""
    r = run(real.program("strace"), "-qq", "-o", "/dev/null", "-e", "trace=link,linkat", "-e", "inject=link,linkat:error=EPERM",
            real.BUILD / "sealpost-pki", *words, cwd=here.path, status=status, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    return r.stdout + r.stderr


def test_new_files_without_hard_links(here):
    without_links(here, "csr", "usb", "CN:usb.example.com")
    assert sorted(p.name for p in here.path.iterdir()) == ["pw", "usb.csr", "usb.key"]
    assert all(WHOLE.fullmatch((here.path / name).read_text()) and here.mode(name) == 0o600 for name in ("usb.csr", "usb.key"))
    assert "usb.csr exists" in without_links(here, "csr", "usb", "CN:usb.example.com", status=73)


def test_pkcs12_to_ssh_keeps_the_private_key(here, made):
    """Whatever fails: as long as USER.p12 does not have the PKCS#12 file, USER.pub does."""
    pub, p12 = here.path / "u.pub", here.path / "u.p12"
    made.pki("convert", "www.crt", "www.key", "--to", "p12", "--out", pub, "--new-passphrase-file", here.path / "pw")
    original = pub.read_bytes()
    p12.write_text("another file")
    assert "u.p12 exists: --force overwrites it" in here.pki("pkcs12-to-ssh", "u", "--passphrase-file", "pw", status=73)
    assert pub.read_bytes() == original and p12.read_text() == "another file"
    here.pki("pkcs12-to-ssh", "u", "--passphrase-file", "pw", "--force")
    assert pub.read_text().startswith("ssh-rsa ") and p12.read_bytes() == original
    for force in ((), ("--force",)):
        pub.write_bytes(original)
        p12.unlink()
        without_links(here, "pkcs12-to-ssh", "u", "--passphrase-file", "pw", *force)
        assert pub.read_text().startswith("ssh-rsa ") and p12.read_bytes() == original and here.mode("u.p12") == 0o600
    for kept in (lambda *words: here.pki(*words), lambda *words: without_links(here, *words)):
        (here.path / "elsewhere").write_bytes(original)
        pub.unlink()
        pub.symlink_to("elsewhere")
        p12.unlink()
        kept("pkcs12-to-ssh", "u", "--passphrase-file", "pw")
        assert p12.read_bytes() == original and (here.path / "elsewhere").read_text() == pub.read_text() != ""
        assert pub.is_symlink() and not p12.is_symlink()
    pub.unlink()
    pub.write_bytes(original)
    p12.unlink()
    p12.mkdir()
    here.pki("pkcs12-to-ssh", "u", "--passphrase-file", "pw", "--force", status=66)
    assert pub.read_bytes() == original


def test_unlock_replaces_the_key_where_it_is(here, made):
    """A symbolic link stays one, and the file keeps its owner and mode."""
    (here.path / "keys").mkdir()
    key, link = here.path / "keys" / "real.key", here.path / "link.key"
    made.pki("convert", "www.key", "--to", "pem", "--out", key, "--encrypt", "--new-passphrase-file", here.path / "pw")
    link.symlink_to("keys/real.key")
    key.chmod(0o640)
    groups = [g for g in ([1] if os.geteuid() == 0 else os.getgroups()) if g != key.stat().st_gid]
    if groups:
        os.chown(key, -1, groups[0])
    before = key.stat()
    here.pki("unlock", "link.key", "--passphrase-file", "pw")
    after = key.stat()
    assert link.is_symlink() and key.read_text() == (made.path / "www.key").read_text()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_too_much(here, made):
    pem = (made.path / "www.crt").read_text()
    (here.path / "many.pem").write_text(pem + 5 * (1 << 20) * "\n")
    assert "longer than the 4194304 bytes allowed" in here.pki("inspect", "many.pem", status=65)
    (here.path / "many.pem").write_text((made.path / "ca.crt").read_text() * 7000)
    assert "more than 2000 certificates and keys" in here.pki("inspect", "many.pem", status=65)
    (here.path / "many.pem").write_text(pem * 10000)
    assert "longer than the 4194304 bytes allowed" in here.pki("inspect", "many.pem", status=65)
    der = ssl.PEM_cert_to_DER_cert(pem)
    (here.path / "many.p7b").write_bytes(pkcs7([der] * 10000))
    (here.path / "some.p7b").write_bytes(pkcs7([der] * 500))
    assert "longer than the 4194304 bytes allowed" in here.pki("inspect", "many.p7b", status=65)
    (here.path / "many.p7b").write_bytes(pkcs7([der] * ((1 << 20) // len(der) + 1)))
    assert "PKCS#7 (p7b) of more than 1 MiB, which is not read" in here.pki("inspect", "many.p7b", status=65)
    assert here.pki("inspect", "some.p7b").count("SHA-1") >= 500
    p12 = subprocess.run(["openssl", "pkcs12", "-export", "-in", "www.crt", "-inkey", "www.key", "-passout", "file:pw", "-iter", "70000", "-macalg", "SHA256"],
                         cwd=made.path, capture_output=True, check=True).stdout
    was, much = bytes.fromhex("0203011170"), bytes.fromhex("02037fffff")
    assert was in p12
    (here.path / "slow.p12").write_bytes(p12.replace(was, much))
    answer = here.pki("inspect", "slow.p12", "--passphrase-file", "pw")
    assert "more than 2500000 iterations" in answer, answer
    # As many as NSS asks for, in key, certificates and MAC each.
    here.openssl("pkcs12", "-export", "-in", made.path / "www.crt", "-inkey", made.path / "www.key", "-passout", "file:pw", "-iter", "600000",
                 "-out", "nss.p12")
    assert "600000 iterations" in here.pki("inspect", "nss.p12", "--passphrase-file", "pw")


def test_other_files_are_named(here):
    for data, said in ((b"\xfe\xed\xfe\xed\0\0\0\2", "a Java keystore"), (b"PK\3\4\24\0\0\0", "a ZIP archive"), (b"just words\n", "there is no certificate"),
                       (b"", "there is no certificate"), (b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "ssh-keygen -p -m PKCS8")):
        (here.path / "it").write_bytes(data)
        status = 0 if b"OPENSSH" in data else 65
        assert said in here.pki("inspect", "it", status=status)
    assert "no such file" in here.pki("inspect", "absent", status=66)
    assert "is a folder" in here.pki("inspect", ".", status=65)
