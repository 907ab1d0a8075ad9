# SPDX-License-Identifier: MIT
"""Certificates of every kind, good and bad, made by the openssl command line.

    pki = Pki(folder)
    root = pki.root("Root")
    leaf = pki.leaf("host.test", root, days=(-30, -1))          # expired yesterday

Every certificate is a Cert: PEM text, its files and who signed it. Nothing here judges: that is what is tested."""
import base64
import itertools
import os
import subprocess
import time
from pathlib import Path

CA = ["basicConstraints = critical, CA:TRUE", "keyUsage = critical, keyCertSign, cRLSign",
      "subjectKeyIdentifier = hash"]
LEAF = ["basicConstraints = critical, CA:FALSE", "keyUsage = critical, digitalSignature",
        "extendedKeyUsage = serverAuth", "subjectKeyIdentifier = hash"]

KEYS = {"ec": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "ec384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        "ed25519": ["-algorithm", "ED25519"],
        "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        "rsa1024": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]}

CONFIG = """
[req]
distinguished_name = name
[name]
[ca]
default_ca = any
[any]
database = index.txt
new_certs_dir = .
default_md = default
default_crl_days = 30
policy = policy
email_in_dn = no
rand_serial = yes
unique_subject = no
[policy]
commonName = optional
organizationName = optional
"""


def utc(days):
    """The moment so many days from now, as `openssl ca` takes it."""
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))


class Cert:
    def __init__(self, path, key, issuer):
        self.path, self.key, self.issuer = Path(path), Path(key), issuer

    @property
    def pem(self):
        return self.path.read_text()

    @property
    def der(self):
        return base64.b64decode("".join(self.pem.split("-----")[2].split()))

    def without_true_signature(self):
        """The same certificate, one bit of its signature turned."""
        bad = bytearray(self.der)
        bad[-1] ^= 1
        path = self.path.with_suffix(".broken.pem")
        body = base64.encodebytes(bytes(bad)).decode()
        path.write_text(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")
        return Cert(path, self.key, self.issuer)


class Pki:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.number = itertools.count(1)
        self.shared = {}
        (self.folder / "openssl.cnf").write_text(CONFIG)

    def _openssl(self, *args, cwd=None):
        # The machine's own openssl.cnf must not forbid the weak things that are made here to be refused.
        env = dict(os.environ, OPENSSL_CONF=str(self.folder / "openssl.cnf"))
        r = subprocess.run(["openssl", *map(str, args)], cwd=cwd or self.folder, env=env, text=True, capture_output=True,
                           timeout=60)
        assert r.returncode == 0, f"openssl {' '.join(map(str, args))}: {r.stderr}"
        return r.stdout

    def new_key(self, kind="ec"):
        path = self.folder / f"key{next(self.number)}.pem"
        self._openssl("genpkey", *KEYS[kind], "-out", path)
        return path

    def key(self, kind="ec"):
        """One key of each kind serves all servers."""
        if kind not in self.shared:
            self.shared[kind] = self.new_key(kind)
        return self.shared[kind]

    def issue(self, subject, issuer, key, extensions, days=(-1, 365), digest=None, sign=()):
        """issuer None: signed by itself. extensions: lines of an extension section. days: from, to, counted from now."""
        place = self.folder / f"cert{next(self.number)}"
        place.mkdir()
        (place / "index.txt").touch()
        (place / "ext").write_text("[x]\n" + "".join(line + "\n" for line in extensions))
        self._openssl("req", "-new", "-utf8", "-config", "../openssl.cnf", "-key", key, "-subj", subject, "-out", "request",
                      cwd=place)
        by = ["-keyfile", issuer.key, "-cert", issuer.path] if issuer else ["-keyfile", key, "-selfsign"]
        self._openssl("ca", "-batch", "-notext", "-preserveDN", "-config", "../openssl.cnf", "-in", "request", *by,
                      "-startdate", utc(days[0]), "-enddate", utc(days[1]), "-extfile", "ext", "-extensions", "x",
                      *(["-md", digest] if digest else []), *(a for s in sign for a in ("-sigopt", s)),
                      "-out", "cert.pem", cwd=place)
        return Cert(place / "cert.pem", key, issuer)

    def root(self, name, kind="ec", extensions=CA, **more):
        return self.issue(f"/CN={name}", None, self.new_key(kind), extensions, **more)

    def intermediate(self, name, issuer, kind="ec", extensions=CA, key=None, **more):
        return self.issue(f"/CN={name}", issuer, key or self.new_key(kind),
                          [*extensions, "authorityKeyIdentifier = keyid"], **more)

    def leaf(self, host, issuer, kind="ec", extensions=LEAF, names=None, common_name=None, **more):
        """names: what stands in subjectAltName, the host if not given, nothing if ''."""
        names = f"DNS:{host}" if names is None else names
        lines = [*extensions, *(["authorityKeyIdentifier = keyid"] if issuer else []),
                 *([f"subjectAltName = {names}"] if names else [])]
        return self.issue(f"/CN={common_name or host}", issuer, self.key(kind), lines, **more)

    def crl(self, issuer, revoked=(), days=30):
        """A revocation list with these certificates, as PEM."""
        place = self.folder / f"crl{next(self.number)}"
        place.mkdir()
        (place / "index.txt").touch()
        ca = ["ca", "-config", "../openssl.cnf", "-keyfile", issuer.key, "-cert", issuer.path]
        for cert in revoked:
            self._openssl(*ca, "-revoke", cert.path, cwd=place)
        self._openssl(*ca, "-gencrl", "-crldays", days, "-out", "crl.pem", cwd=place)
        return (place / "crl.pem").read_text()

    def bundle(self, certs):
        """A file with these certificates one after the other: what a server sends, or what is uploaded."""
        path = self.folder / f"bundle{next(self.number)}.pem"
        path.write_text("".join(c.pem for c in certs))
        return path
