# SPDX-License-Identifier: MIT
"""`pki ...` in the terminal: the Meeting Server's words, working in the agent's own store of requests and certificates."""
import re

import pytest

import real
from world import Lab


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verbs")
    log, lab = real.Syslog(folder), Lab(folder)
    agent = lab.agent(folder, log).start()
    lab.upload_root(agent)
    agent.wait_date()
    yield lab, agent
    agent.stop()
    lab.stop()
    log.stop()


def terminal(agent, *lines):
    """The answers of one session, whether it went well or not."""
    return agent.sealpost(stdin="".join(line + "\n" for line in lines), expect=None, seconds=60)


def test_from_the_request_to_the_certificate(world):
    lab, agent = world
    assert "there is nothing" in terminal(agent, "pki list")
    made = terminal(agent, 'pki csr codec CN:codec.sealpost.test O:"Example Ltd" subjectAltName:a.sealpost.test,192.0.2.1')
    pem = re.search(r"-----BEGIN CERTIFICATE REQUEST-----.*?-----END CERTIFICATE REQUEST-----\n", made, re.S).group(0)
    listed = terminal(agent, "pki list")
    assert "codec.key: a private key, EC of 256 bits" in listed and "codec.csr: a certificate signing request" in listed
    shown = terminal(agent, "pki inspect codec.csr")
    assert "DNS:codec.sealpost.test, DNS:a.sealpost.test, IP:192.0.2.1" in shown and "Signature      right" in shown
    assert "pair match" in terminal(agent, "pki match codec.key codec.csr")
    certificate = lab.order("sign", "-", stdin=pem)
    added = terminal(agent, "xCommand Security Certificates Services Add", *certificate.splitlines(), ".")
    fingerprint = re.search(r"[0-9a-f]{40}", added).group(0)
    assert f"{fingerprint}: a certificate and its private key: " in terminal(agent, "pki list")
    assert "As a client    nothing is wrong with it" in terminal(agent, f"pki inspect {fingerprint}")
    assert "leads to an uploaded root" in terminal(agent, f"pki verify {fingerprint}")
    terminal(agent, "pki csr other CN:other.sealpost.test")
    assert "do not match" in terminal(agent, f"pki match other.key {fingerprint}")


def test_self_signed_and_what_is_wrong(world):
    lab, agent = world
    terminal(agent, "pki selfsigned web CN:web.sealpost.test")
    fingerprint = re.search(r"([0-9a-f]{40}): .*web\.sealpost\.test", terminal(agent, "pki list")).group(1)
    assert "it is signed by its own key" in terminal(agent, f"pki inspect {fingerprint}")
    assert "VerifyResult=18" in terminal(agent, f"pki verify {fingerprint}")
    assert "there is no request absent" in terminal(agent, "pki inspect absent")
    for line in ("pki", "pki nonsense", "pki inspect", "pki match one", "pki csr", "pki csr CN:x"):
        assert "selfsigned NAME" in terminal(agent, line), line
    assert "neither a host name nor an address" in terminal(agent, "pki csr bad CN:bad.example subjectAltName:x_%")
