# SPDX-License-Identifier: MIT
"""One agent, one server for each situation: what is accepted, and which code stands in the log for what is not.

A row gives the certificates that the server sends (its own first). Host names are ROW.site.test; an accepted row's post must
arrive, a refused row's must not, and its line in the log must carry OpenSSL's number and symbol."""
import re
import socket
import subprocess

import pytest

import real
from pki import CA, LEAF, Pki

MATCH, NO_MATCH = "Match", "NoMatch"
YEAR = 365
CLIENT_ONLY = [line.replace("serverAuth", "clientAuth") for line in LEAF]
NO_CERT_SIGN = [line.replace("keyCertSign, ", "") for line in CA]


def without(extensions, word):
    return [line for line in extensions if word not in line]


class Authorities:
    """Roots and intermediates that the rows share. What stands in `loaded` is uploaded to the agent."""

    def __init__(self, pki):
        self.pki = pki
        self.root = pki.root("TestRoot", "rsa")
        self.inter = pki.intermediate("TestInt", self.root)
        self.ed_root = pki.root("TestEdRoot", "ed25519")
        self.ec_root = pki.root("TestEcRoot", "ec384")
        self.old_root = pki.root("TestOldRoot", days=(-10 * YEAR, -2))
        self.stranger = pki.root("StrangerRoot")
        self.hidden_root = pki.root("HiddenRoot")       # its intermediate is uploaded in its place
        self.hidden_inter = pki.intermediate("HiddenInt", self.hidden_root)
        self.impostor = pki.root("TestEcRoot")          # same name, other key
        self.loaded = [self.root, self.ed_root, self.ec_root, self.old_root, self.hidden_inter]

    def leaf(self, host, issuer=None, **more):
        return self.pki.leaf(host, issuer or self.root, **more)

    def under(self, host, leaf=None, **inter):
        """A leaf below an intermediate of its own with these properties, and that intermediate."""
        ca = self.pki.intermediate(f"Int of {host}", inter.pop("issuer", self.root), **inter)
        return [self.pki.leaf(host, ca, **(leaf or {})), ca]

    def cross_signed(self, host):
        """One intermediate's key with two certificates: the one sent first leads to a root that nobody knows."""
        key = self.pki.new_key()
        good = self.pki.intermediate("CrossInt", self.root, key=key)
        astray = self.pki.intermediate("CrossInt", self.stranger, key=key)
        return [self.pki.leaf(host, good), astray, good]

    def renewed(self, host):
        """Likewise, but the first has expired."""
        key = self.pki.new_key()
        good = self.pki.intermediate("RenewedInt", self.root, key=key)
        expired = self.pki.intermediate("RenewedInt", self.root, key=key, days=(-YEAR, -1))
        return [self.pki.leaf(host, good), expired, good]

    def deep(self, host, limit):
        """root - upper (path length limit) - lower - leaf"""
        upper = self.pki.intermediate("Upper", self.root,
                                      extensions=[CA[0] + f", pathlen:{limit}", *CA[1:]])
        lower = self.pki.intermediate("Lower", upper)
        return [self.pki.leaf(host, lower), lower, upper]

    def constrained(self, host, constraint):
        return self.under(host, extensions=[*CA, f"nameConstraints = critical, {constraint}"])

    def self_signed(self, host, **more):
        return [self.pki.leaf(host, None, **more)]


class Row:
    def __init__(self, name, codes, make, check=MATCH, server="", url_host=None):
        self.name, self.make, self.check, self.server = name, make, check, server
        self.codes = codes if isinstance(codes, tuple) else (codes,)
        self.good = self.codes == (0,)
        self.host = f"{name}.site.test"
        self.url_host = url_host or self.host


def dns_der(*names):
    """subjectAltName as bytes: openssl's own syntax cannot say a NUL."""
    body = b"".join(b"\x82" + bytes([len(n)]) + n for n in names)
    return "DER:" + (b"\x30" + bytes([len(body)]) + body).hex(":")


UNKNOWN_CRITICAL = "1.2.3.4.5.6.7 = critical, DER:05:00"

ROWS = [
    # --- trusted
    Row("rsa", 0, lambda a, h: [a.leaf(h, kind="rsa")]),
    Row("ecdsa", 0, lambda a, h: [a.leaf(h, a.ec_root)]),
    Row("ed25519", 0, lambda a, h: [a.leaf(h, a.ed_root, kind="ed25519")]),
    Row("rsa-pss", 0, lambda a, h: [a.leaf(h, sign=["rsa_padding_mode:pss", "rsa_pss_saltlen:32"])]),
    Row("with-intermediate", 0, lambda a, h: [a.leaf(h, a.inter), a.inter]),
    Row("two-intermediates", 0, lambda a, h: a.deep(h, 1)),
    Row("any-order", 0, lambda a, h: [(c := a.deep(h, 1))[0], c[2], c[1]]),
    Row("root-sent-too", 0, lambda a, h: [a.leaf(h, a.inter), a.inter, a.root]),
    Row("stray-certificate", 0, lambda a, h: [a.leaf(h, a.inter), a.stranger, a.inter]),
    Row("cross-signed", 0, lambda a, h: a.cross_signed(h)),
    Row("renewed-intermediate", 0, lambda a, h: a.renewed(h)),
    Row("no-extended-usage", 0, lambda a, h: [a.leaf(h, extensions=without(LEAF, "extendedKeyUsage"))]),
    Row("permitted-name", 0, lambda a, h: a.constrained(h, "permitted;DNS:site.test")),
    Row("wildcard", 0, lambda a, h: [a.leaf(h, names="DNS:*.site.test")]),
    Row("common-name-only", 0, lambda a, h: [a.leaf(h, names="")]),
    Row("upper-case", 0, lambda a, h: [a.leaf(h)], url_host="UPPER-CASE.Site.Test"),
    Row("xn--bcher-kva", 0, lambda a, h: [a.leaf(h)], url_host="Bücher.site.test"),
    Row("second-name", 0, lambda a, h: [a.leaf(h, names=f"DNS:other.test,DNS:{h}")]),
    Row("tls12", 0, lambda a, h: [a.leaf(h, kind="rsa")], server="ssl_protocols TLSv1.2;"),
    Row("tls13", 0, lambda a, h: [a.leaf(h)], server="ssl_protocols TLSv1.3;"),
    # --- the date
    Row("expired", 10, lambda a, h: [a.leaf(h, days=(-30, -1))]),
    Row("not-yet-valid", 9, lambda a, h: [a.leaf(h, days=(1, 30))]),
    Row("expired-intermediate", 10, lambda a, h: a.under(h, days=(-30, -1))),
    Row("future-intermediate", 9, lambda a, h: a.under(h, days=(1, 30))),
    Row("expired-root", 10, lambda a, h: [a.leaf(h, a.old_root)]),
    # --- the name
    Row("wrong-name", 62, lambda a, h: [a.leaf(h, names="DNS:elsewhere.test", common_name="elsewhere.test")], NO_MATCH),
    Row("xn--strae-oqa", 62, lambda a, h: [a.leaf(h, names="DNS:strasse.site.test")], NO_MATCH, url_host="straße.site.test"),
    Row("common-name-not-asked", 62, lambda a, h: [a.leaf(h, names="DNS:elsewhere.test")], NO_MATCH),
    Row("wildcard-two-labels.deep", 62, lambda a, h: [a.leaf(h, names="DNS:*.site.test")], NO_MATCH),
    Row("wildcard-inside", 62, lambda a, h: [a.leaf(h, names="DNS:wildcard-inside.*.test")], NO_MATCH),
    Row("name-with-nul", (53, 62), lambda a, h: [a.leaf(h, names=dns_der(h.encode() + b"\0.evil.test"))], NO_MATCH),
    # --- who signed it
    Row("unknown-issuer", 20, lambda a, h: [a.leaf(h, a.stranger)]),
    Row("missing-intermediate", 20, lambda a, h: [a.leaf(h, a.inter)]),
    Row("self-signed", 18, lambda a, h: a.self_signed(h)),
    Row("unknown-root-sent", 19, lambda a, h: [a.leaf(h, a.stranger), a.stranger]),
    Row("intermediate-as-root", 2, lambda a, h: [a.leaf(h, a.hidden_inter)]),
    Row("impostor-root", 20, lambda a, h: [a.leaf(h, a.impostor)]),
    Row("bad-signature", 7, lambda a, h: [a.leaf(h).without_true_signature()]),
    Row("intermediate-bad-signature", 7,
        lambda a, h: [(c := a.under(h))[0], c[1].without_true_signature()]),
    # --- what it may be used for
    Row("client-certificate", 26, lambda a, h: [a.leaf(h, extensions=CLIENT_ONLY)]),
    Row("useless-key-usage", 26, lambda a, h: [a.leaf(h, extensions=[*without(LEAF, "keyUsage"), "keyUsage = critical, cRLSign",
                                                                      "extendedKeyUsage = serverAuth"])]),
    Row("netscape-client", 26, lambda a, h: [a.leaf(h, extensions=[*LEAF, "nsCertType = client"])]),
    Row("intermediate-for-clients", 26, lambda a, h: a.under(h, extensions=[*CA, "extendedKeyUsage = clientAuth"])),
    Row("not-an-authority", 79, lambda a, h: a.under(h, extensions=[LEAF[0], *CA[1:]])),
    Row("may-not-sign", (79, 32), lambda a, h: a.under(h, extensions=NO_CERT_SIGN)),
    Row("path-too-long", 25, lambda a, h: a.deep(h, 0)),
    Row("name-not-permitted", 47, lambda a, h: a.constrained(h, "permitted;DNS:elsewhere.test")),
    Row("name-excluded", 48, lambda a, h: a.constrained(h, "excluded;DNS:site.test")),
    Row("unknown-critical", 34, lambda a, h: [a.leaf(h, extensions=[*LEAF, UNKNOWN_CRITICAL])]),
    Row("unknown-critical-above", 34, lambda a, h: a.under(h, extensions=[*CA, UNKNOWN_CRITICAL])),
    # --- strength
    Row("rsa1024", 66, lambda a, h: [a.leaf(h, kind="rsa1024")]),
    Row("rsa1024-intermediate", 67, lambda a, h: a.under(h, kind="rsa1024")),
    Row("sha1", 68, lambda a, h: [a.leaf(h, digest="sha1")]),
    Row("sha1-intermediate", 68, lambda a, h: a.under(h, digest="sha1")),
    Row("md5", 68, lambda a, h: [a.leaf(h, digest="md5")]),
    # --- more than one fault: the one that tells most comes first
    Row("expired-and-elsewhere", 10, lambda a, h: [a.leaf(h, names="DNS:elsewhere.test", days=(-30, -1))], NO_MATCH),
    Row("expired-of-a-stranger", 20, lambda a, h: [a.leaf(h, a.stranger, days=(-30, -1))]),
    Row("stranger-elsewhere", 20, lambda a, h: [a.leaf(h, a.stranger, names="DNS:elsewhere.test")], NO_MATCH),
    Row("client-certificate-expired", 10, lambda a, h: [a.leaf(h, extensions=CLIENT_ONLY, days=(-30, -1))]),
    # --- other forms of what is trusted
    Row("ecdsa-p384-intermediate", 0, lambda a, h: a.under(h, kind="ec384")),
    Row("sha384", 0, lambda a, h: [a.leaf(h, kind="rsa", digest="sha384")]),
    Row("sha512", 0, lambda a, h: [a.leaf(h, kind="rsa", digest="sha512")]),
    Row("many-names", 0, lambda a, h: [a.leaf(h, names=",".join([f"DNS:n{i}.test" for i in range(40)] + [f"DNS:{h}"]))]),
    Row("address-beside-name", 0, lambda a, h: [a.leaf(h, names=f"IP:127.0.0.1,DNS:{h}")]),
    Row("not-excluded", 0, lambda a, h: a.constrained(h, "excluded;DNS:elsewhere.test")),
    Row("long-life", 0, lambda a, h: [a.leaf(h, days=(-1, 3000))]),
    Row("wildcard-and-name", 0, lambda a, h: [a.leaf(h, names=f"DNS:*.elsewhere.test,DNS:{h}")]),
    # --- other forms of what is not
    Row("wildcard-all", 62, lambda a, h: [a.leaf(h, names="DNS:*")], NO_MATCH),
    Row("wildcard-of-a-top-level", 62, lambda a, h: [a.leaf(h, names="DNS:*.test")], NO_MATCH),
    Row("address-only", 62, lambda a, h: [a.leaf(h, names="IP:127.0.0.1", common_name="127.0.0.1")], NO_MATCH),
    Row("mail-name-only", 62, lambda a, h: [a.leaf(h, names=f"email:a@{h}", common_name="somebody")], NO_MATCH),
    Row("any-purpose", 26, lambda a, h: [a.leaf(h, extensions=[line.replace("serverAuth", "anyExtendedKeyUsage") for line in LEAF])]),
    Row("stranger-with-intermediate", (19, 20), lambda a, h: [*a.under(h, issuer=a.stranger), a.stranger]),
    Row("excluded-above", 48, lambda a, h: a.constrained(h, "excluded;DNS:test")),
]
assert len(ROWS) >= 70


def http_in_plain(client, connection):
    connection.sent += client.recv(65536)
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")


def close_at_once(client, connection):
    connection.sent += client.recv(65536)


def reset(client, connection):
    connection.sent += client.recv(65536)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def half_a_hello(client, connection):
    connection.sent += client.recv(65536)
    client.sendall(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03" + bytes(20))


def fatal_alert(client, connection):
    connection.sent += client.recv(65536)
    client.sendall(b"\x15\x03\x03\x00\x02\x02\x28")


# Servers that never show a certificate: there is nothing to verify, the log says why no handshake came about.
NO_CERTIFICATE = {http_in_plain: "plain HTTP", close_at_once: "closed the connection", reset: "reset the connection",
                  half_a_hello: "closed the connection", fatal_alert: "in common"}
NO_COMMON_TLS = {"tls10": ("ssl_protocols TLSv1;", "no TLS version"), "tls11": ("ssl_protocols TLSv1.1;", "no TLS version"),
                 "no-certificate-cipher": ("ssl_protocols TLSv1.2; ssl_ciphers aNULL:@SECLEVEL=0;", "in common")}


class World(real.Site):
    def __init__(self, folder):
        super().__init__(folder, Pki(folder / "pki"), start_ntp=False)
        self.authorities = Authorities(self.pki)
        self.roots = self.pki.bundle(self.authorities.loaded)
        self.chains = {row.name: row.make(self.authorities, row.host) for row in ROWS}
        self.ports = {row.name: self.serve(self.chains[row.name], extra=row.server) for row in ROWS}
        good = [self.authorities.leaf("old.site.test", kind="rsa")]
        self.ports.update({name: self.serve(good, extra=extra) for name, (extra, _) in NO_COMMON_TLS.items()})
        self.taps = {f.__name__: self.keep(real.Tap(respond=f)) for f in NO_CERTIFICATE}
        self.nginx.start()
        self.agent.start()
        # An expired root can only be uploaded while the date is not known.
        self.agent.upload(*self.authorities.loaded)
        self.ntp = self.keep(real.Chrony(folder))
        self.agent.set("NetworkServices NTP Server 1 Address", self.ntp.address)
        self.synchronised()

    def attempt(self, url, mark, pattern=real.VERDICT.pattern):
        """Registers, publishes, and gives what the log says of it."""
        since = self.log.mark()
        self.agent.run(f'xCommand HttpFeedback Register FeedbackSlot: 1 ServerUrl: "{url}" Expression[1]: "/Event/Test"')
        self.agent.publish_event(mark)
        return self.log.wait(pattern, since), since

    def forget(self):
        self.agent.deregister()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    w = None
    folder = tmp_path_factory.mktemp("handshakes")
    try:
        w = World(folder)
        yield w
    finally:
        if w:
            w.close()


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
def test_certificate(world, row):
    port = world.ports[row.name]
    line, since = world.attempt(f"https://{row.url_host}:{port}/{row.name}", row.name)
    try:
        code, symbol, check = real.VERDICT.search(line).groups()
        assert int(code) in row.codes, line
        assert check == row.check, line
        assert str(port) in line and row.host in line.lower() and real.HOST in line, line
        if row.good:
            assert symbol == "OK"
            post = world.receiver.wait(f"/{row.name}", explain=world.log.tail)[0]
            assert real.mark_of(post) == row.name
        else:
            assert symbol not in ("OK", "UNKNOWN")
            assert "hint" in line, line
            world.log.wait("not delivered", since)
            assert not world.receiver.to(f"/{row.name}") and not world.nginx.requests(port)
    finally:
        world.forget()


# The openssl program follows one path only, and names the fault it meets first; the agent tries other paths, and names what tells
# most.
OTHERWISE = ["cross-signed", "expired-and-elsewhere", "client-certificate-expired"]


@pytest.mark.parametrize("row", [r for r in ROWS if r.name not in OTHERWISE], ids=lambda r: r.name)
def test_table_agrees_with_openssl(world, row):
    """The codes that this table expects are those that OpenSSL's own program gives for the same certificates."""
    leaf, bundle = world.chains[row.name][0], world.pki.bundle(world.chains[row.name])
    r = subprocess.run(["openssl", "verify", "-no-CApath", "-no-CAstore", "-trusted", world.roots, "-untrusted", bundle,
                        "-verify_hostname", row.host, "-purpose", "sslserver", "-auth_level", "2", leaf.path],
                       text=True, capture_output=True, timeout=20)
    found = re.search(r"^error (\d+) at", r.stdout + r.stderr, re.M)
    assert (int(found.group(1)) if found else 0) in row.codes, r.stdout + r.stderr


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
def test_files_are_judged_like_handshakes(world, row):
    """The same certificates through `sealpost verify`: the same code, the same verdict on the name."""
    chain = world.pki.bundle(world.chains[row.name])
    r = subprocess.run([real.BUILD / "sealpost", "verify", "--roots", world.roots, "--chain", chain, "--name", row.url_host],
                       text=True, capture_output=True, timeout=20)
    code, _, check = real.VERDICT.search(r.stdout).groups()
    assert int(code) in row.codes and check == row.check, r.stdout + r.stderr
    assert r.returncode == (0 if row.good else 1), r.stdout + r.stderr


@pytest.mark.parametrize("name", NO_COMMON_TLS)
def test_no_common_tls(world, name):
    port, said = world.ports[name], NO_COMMON_TLS[name][1]
    line, _ = world.attempt(f"https://old.site.test:{port}/{name}", name, "not delivered")
    world.forget()
    assert said in line
    assert not world.receiver.to(f"/{name}") and not world.nginx.requests(port)


@pytest.mark.parametrize("server", NO_CERTIFICATE, ids=lambda f: f.__name__)
def test_no_certificate(world, server):
    tap = world.taps[server.__name__]
    line, _ = world.attempt(f"https://broken.site.test:{tap.port}/", server.__name__, "not delivered")
    world.forget()
    assert NO_CERTIFICATE[server] in line
    assert tap.connections, "it never called"
    for c in tap.connections:
        assert c.sent[:1] == b"\x16", "the first byte is not a TLS handshake's"
        assert b"POST" not in c.sent and b"Mark" not in c.sent


def test_nothing_refused_ever_arrived(world):
    """At the end: no server whose certificate was refused has seen a request, not even later."""
    row = next(r for r in ROWS if r.good)
    before = len(world.receiver.to(f"/{row.name}"))
    world.attempt(f"https://{row.url_host}:{world.ports[row.name]}/{row.name}", "last")
    world.receiver.wait(f"/{row.name}", before + 1)
    world.forget()
    refused = [r.name for r in ROWS if not r.good] + list(NO_COMMON_TLS)
    assert [p for p in world.receiver.posts if p.path.strip("/") in refused] == []
    assert [name for name in refused if world.nginx.requests(world.ports[name])] == []
