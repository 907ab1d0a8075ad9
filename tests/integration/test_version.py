# SPDX-License-Identifier: MIT
"""What programs say of themselves, and the bill of materials: an SPDX 2.3 document that has every field the standard asks for and agrees
with the programs."""
import hashlib
import json
import os
import re
import subprocess

import pytest

import real

# Of the licences on https://spdx.org/licenses/ those that occur here.
LICENCES = {"MIT", "Apache-2.0", "curl", "BSD-3-Clause", "blessing", "X11-distribute-modifications-variant", "LGPL-2.1-or-later",
            "LGPL-3.0-or-later OR GPL-2.0-or-later"}
# How a program calls what the bill of materials has by this name.
CALLED = {"curl": "libcurl", "openssl": "OpenSSL", "sqlite": "SQLite"}


def told(program):
    """name -> value, of `program -V -v`."""
    r = subprocess.run([real.BUILD / program, "-V", "-v"], text=True, capture_output=True, timeout=30)
    assert r.returncode == 0 and r.stderr == "", r
    first, *lines = r.stdout.splitlines()
    assert re.fullmatch(rf"{program} \d+\.\d+\.\d+", first)
    return {line[:12].strip(): line[13:] for line in lines}


@pytest.mark.parametrize("program", ["sealpostd", "sealpost", "sealpost-pki", "sealpost-lab", "sealpost-web"])
def test_every_program_tells_its_build_and_its_libraries(program):
    says = told(program)
    brief = subprocess.run([real.BUILD / program, "--version"], text=True, capture_output=True, timeout=30)
    assert brief.returncode == 0 and len(brief.stdout.splitlines()) == 1
    release = (real.BUILD / "release").read_text().split()
    assert says["commit"] == release[1] and "linux" in says["machine"] and re.match("gcc|.*[Cc]lang", says["compiler"])
    if program == "sealpostd":
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", says["date floor"])
    linked = subprocess.run(["readelf", "-d", real.BUILD / program], text=True, capture_output=True, check=True).stdout
    for library, name in (("libcurl", "libcurl"), ("libcrypto", "OpenSSL"), ("libcares", "c-ares"), ("libxml2", "libxml2"), ("libsqlite3", "SQLite"),
                          ("libevent", "libevent"), ("libpsl", "libpsl"), ("libidn2", "libidn2"), ("libedit", "libedit"), ("libjansson", "jansson"), ("libwslay", "wslay")):
        assert (name in says) == (f"[{library}" in linked), (program, name)


@pytest.fixture(scope="module")
def sbom():
    kept = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "SAN", "BUILD")}
    r = subprocess.run(["make", "-s", "-C", real.ROOT, "sbom"], text=True, capture_output=True, timeout=600, env=kept)
    assert r.returncode == 0, r.stderr
    return json.loads((real.ROOT / r.stdout.split()[-1]).read_text())


def test_it_has_what_spdx_asks_for(sbom):
    """Clauses 6 (document), 7 (package), 8 (file) and 11 (relationship) of SPDX 2.3: the fields that are mandatory."""
    assert (sbom["spdxVersion"], sbom["dataLicense"], sbom["SPDXID"]) == ("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT")
    assert sbom["name"] and re.fullmatch(r"https://[^#\s]+", sbom["documentNamespace"])
    made = sbom["creationInfo"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["created"])
    assert made["creators"] and all(re.match("(Person|Organization|Tool): .", c) for c in made["creators"])
    identifiers = [sbom["SPDXID"], *(x["SPDXID"] for x in sbom["packages"] + sbom["files"])]
    assert len(set(identifiers)) == len(identifiers) and all(re.fullmatch("SPDXRef-[A-Za-z0-9.-]+", i) for i in identifiers)
    for p in sbom["packages"]:
        assert p["name"] and p["downloadLocation"] and p["copyrightText"], p
        assert {p["licenseConcluded"], p["licenseDeclared"]} <= LICENCES, p
    for f in sbom["files"]:
        assert f["fileName"].startswith("./") and {c["algorithm"] for c in f["checksums"]} == {"SHA1", "SHA256"}, f
        assert f["licenseConcluded"] in LICENCES and f["licenseInfoInFiles"] and f["copyrightText"], f
    assert all({r["spdxElementId"], r["relatedSpdxElement"]} <= set(identifiers) for r in sbom["relationships"])
    assert {r["relationshipType"] for r in sbom["relationships"]} == {"DESCRIBES", "CONTAINS", "DEPENDS_ON", "DYNAMIC_LINK"}


def test_its_checksums_are_those_of_the_programs(sbom):
    build, sums = real.ROOT / "build", []
    for f in sbom["files"]:
        data = (build / f["fileName"]).read_bytes()
        found = {c["algorithm"]: c["checksumValue"] for c in f["checksums"]}
        assert found == {"SHA1": hashlib.sha1(data).hexdigest(), "SHA256": hashlib.sha256(data).hexdigest()}, f["fileName"]
        sums.append(found["SHA1"])
    own = sbom["packages"][0]
    assert own["packageVerificationCode"]["packageVerificationCodeValue"] == hashlib.sha1("".join(sorted(sums)).encode()).hexdigest()
    assert {"./sealpostd", "./sealpost", "./sealpost-pki", "./sealpost-lab", "./libsealpost.so.0"} <= {f["fileName"] for f in sbom["files"]}


def test_its_libraries_are_those_with_which_the_programs_run(sbom):
    runs = told("sealpostd") | told("sealpost") | told("sealpost-pki") | told("sealpost-lab") | told("sealpost-web")
    listed = {CALLED.get(p["name"], p["name"]): p for p in sbom["packages"][1:]}
    not_libraries = {"commit", "machine", "compiler", "date floor"}
    assert set(listed) == set(runs) - not_libraries
    for name, p in listed.items():
        if name in ("wslay", "libedit"):        # pkg-config does not know the first, and has another number of the second
            continue
        number = re.match("[0-9.]*[0-9]", p["versionInfo"]).group()
        assert runs[name].startswith(number), (name, p["versionInfo"], runs[name])
        assert f":{number}:" in p["externalRefs"][0]["referenceLocator"]
