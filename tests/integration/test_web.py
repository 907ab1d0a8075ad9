# SPDX-License-Identifier: MIT
"""The device's own HTTPS side: XML API, sessions, pages, who may do what, and what is refused."""
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import real
from web_device import ADMIN, NAME, READER, Device, basic, everything, fingerprint, is_closed, lines, parse, read_answer
from web_world import log, pytestmark, shared

HERE = Path(__file__).resolve().parent


def test_documents(shared):
    for name, root in (("status", "Status"), ("configuration", "Configuration"), ("command", "Command"), ("valuespace", "Valuespace")):
        status, headers, body = shared.ask("GET", f"/{name}.xml", user=ADMIN)
        assert status == 200 and headers["Content-Type"].startswith("text/xml") and headers["Cache-Control"] == "no-store"
        assert body.startswith('<?xml version="1.0"?>\n')
        tree = ElementTree.fromstring(body)
        assert tree.tag == root and tree.get("apiVersion") == "4" and tree.get("product")
    assert "<State item=\"1\">" in shared.get("/Status/Time/State")
    assert f"<Name item=\"1\">{NAME}<" in shared.get("Configuration/SystemUnit/Name")
    assert "<EmptyResult/>" in shared.get("/Status/Nothing")
    assert "<XPathError>" in shared.get("/Status/%5D") and "<Fault>" in shared.get("/Status%0aboot")
    assert "<Fault>" in shared.ask("GET", "/getxml", user=ADMIN)[2]
    assert "<Name" in shared.get("//Name") and "Address" in shared.get('/Configuration/NetworkServices/NTP/Server[@item="2"]')


def test_putxml(shared):
    assert shared.put("<Configuration><HttpFeedback><Queue><MaxCount>777</MaxCount></Queue></HttpFeedback></Configuration>") == (
        '<?xml version="1.0"?>\n<Configuration>\n  <Success/>\n</Configuration>\n')
    assert ">777<" in shared.get("/Configuration/HttpFeedback/Queue/MaxCount")
    wrong = shared.put("<Configuration><HttpFeedback><Queue><MaxCount>0</MaxCount></Queue></HttpFeedback></Configuration>")
    assert ElementTree.fromstring(wrong).findtext("Error/Reason")
    register = ("<Command><HttpFeedback><Register command='True'><FeedbackSlot>1</FeedbackSlot><ServerUrl>https://a.example/</ServerUrl>"
                "<Expression item='1'>/Status/Audio</Expression><Expression item='2'>/Event/CallDisconnect</Expression></Register>"
                "<Deregister><FeedbackSlot>1</FeedbackSlot></Deregister></HttpFeedback></Command>")
    results = list(ElementTree.fromstring(shared.put(register, headers={"Content-Type": "application/xml; charset=utf-8"})))
    assert [(r.tag, r.get("status")) for r in results] == [("HttpFeedbackRegisterResult", "OK"), ("HttpFeedbackDeregisterResult", "OK")]
    assert results[0].findtext("FeedbackSlot") == "1"
    failed = ElementTree.fromstring(shared.put("<Command><Dila/></Command>"))
    assert failed[0].get("status") == "Error" and failed[0].findtext("Reason") == "Unknown command"
    assert "No action detected in document" in shared.put("<Command/>")
    assert "<Fault>" in shared.put("<Command>") and "<Fault>" in shared.put("<Status/>")
    pem = Path(shared.root.path).read_text()
    added = ElementTree.fromstring(shared.put("<Command><Security><Certificates><CA><Add><DryRun>True</DryRun><body>" + pem +
                                              "</body></Add></CA></Certificates></Security></Command>"))
    assert (added[0].tag, added[0].get("status")) == ("CAAddResult", "OK")


def test_sessions(shared):
    status, headers, body = shared.ask("POST", "/xmlapi/session/begin", user=ADMIN)
    assert (status, body) == (204, "") and "Content-Length" not in headers
    cookie, *attributes = headers["Set-Cookie"].split("; ")
    assert re.fullmatch(r"SecureSessionId=[0-9a-f]{64}", cookie) and attributes == ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"]
    sent = {"Cookie": f"other=1; {cookie}"}
    assert "<Time" in shared.get("/Status/Time", user=None, headers=sent)
    assert "<Success/>" in shared.put("<Configuration><SystemUnit><Name>codec.example</Name></SystemUnit></Configuration>", None, sent)
    for method, path, more in (("POST", "/xmlapi/session/begin", {}), ("GET", "/ws", shared.websocket(None).sent)):
        status, headers, why = shared.ask(method, path, {**sent, **more})
        assert (status, why) == (401, "401 Unauthorized: expected name and password\n") and "WWW-Authenticate" in headers
    assert shared.ask("POST", "/xmlapi/session/end", sent)[0] == 204
    assert shared.ask("GET", "/getxml?location=/Status/Time", sent)[0] == 401
    for dead in ("SecureSessionId=", "SecureSessionId=0", "SecureSessionId=" + "0" * 64, f"SessionId={cookie[16:]}"):
        status, headers, _ = shared.ask("GET", "/status.xml", {"Cookie": dead})
        assert status == 401 and headers["WWW-Authenticate"].startswith("Basic ")
    assert shared.ask("POST", "/xmlapi/session/begin")[0] == 401


def test_who_may(shared):
    assert shared.ask("GET", "/status.xml")[0] == 401
    for wrong in (("admin", "no"), ("nobody", "no"), ("admin", ""), (READER[0], ADMIN[1])):
        assert shared.ask("GET", "/status.xml", user=wrong)[0] == 401
    assert "<Time" in shared.get("/Status/Time", READER)
    refused = shared.put("<Configuration><SystemUnit><Name>x</Name></SystemUnit></Configuration>", READER)
    assert "Success" not in refused and "Reason" in refused
    refused = ElementTree.fromstring(shared.put("<Command><HttpFeedback><Deregister><FeedbackSlot>1</FeedbackSlot></Deregister></HttpFeedback></Command>", READER))
    assert refused[0].get("status") == "Error"
    assert shared.agent.get("SystemUnit Name") == NAME
    # Nobody's password stands in a log.
    assert ADMIN[1] not in shared.logged() and READER[1] not in shared.logged()


def test_other_sites(shared):
    body = "<Configuration><SystemUnit><Name>evil</Name></SystemUnit></Configuration>"
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                    {"Origin": f"https://{NAME}", "Sec-Fetch-Site": "cross-site"}, {"Origin": f"http://{NAME}"}):
        assert shared.ask("POST", "/putxml", headers, body, ADMIN)[0] == 403, headers
        assert shared.websocket(headers=headers).status == 403
    assert shared.ask("POST", "/putxml", {"Content-Type": "application/x-www-form-urlencoded"}, "xmldoc=" + body, ADMIN)[0] == 415
    assert shared.ask("POST", "/formputxml", {}, "xmldoc=" + body, ADMIN)[0] in (404, 405)
    assert shared.ask("GET", "/formputxml?xmldoc=" + "x", user=ADMIN)[0] == 404
    assert shared.agent.get("SystemUnit Name") == NAME
    here = {"Origin": f"https://{NAME}", "Sec-Fetch-Site": "same-origin"}
    assert shared.ask("POST", "/putxml", here, "<Command/>", ADMIN)[0] == 200
    for host in ("evil.example", f"{NAME}:1", "192.0.2.99", "127.0.0.1.evil.example"):
        assert shared.ask("GET", "/", host=host)[0] == 421
    for host in (f"{NAME}:{shared.port}", "127.0.0.1", f"127.0.0.1:{shared.port}", "localhost", NAME.upper()):
        assert shared.ask("GET", "/", host=host)[0] == 200


def test_a_certificate_of_many_names(tmp_path, log):
    names = [f"room{i}.building-five.example.com" for i in range(70)]
    device = Device(tmp_path, log).start()
    try:
        leaf = device.pki.leaf(names[0], device.root, names=",".join(f"DNS:{n}" for n in [*names, "*.wild.example.com"]))
        device.activate(leaf)
        real.wait_for(lambda: fingerprint(shown(device)) == fingerprint(leaf.pem), "the new certificate", explain=log.tail)
        assert [n for n in [*names, "any.wild.example.com"] if device.ask("GET", "/icon.svg", host=n)[0] != 200] == []
        assert device.ask("GET", "/icon.svg", host="room70.building-five.example.com")[0] == 421
    finally:
        device.stop()


def test_pages(shared):
    status, headers, body = shared.ask("GET", "/")
    assert status == 200 and headers["Content-Type"].startswith("text/html") and "signed itself" not in body
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and headers["X-Content-Type-Options"] == "nosniff"
    status, again, body = shared.ask("GET", "/index.html", {"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, "") and again["ETag"] == headers["ETag"]
    assert shared.ask("GET", "/style.css")[1]["Content-Type"].startswith("text/css")
    status, headers, body = shared.ask("HEAD", "/style.css", {"Connection": "close"})
    assert status == 200 and body == "" and int(headers["Content-Length"]) > 0
    for path in ("/nothing", "/../web.c", "/%2e%2e/web.c", "//index.html", "/index.html/", "/.git"):
        assert shared.ask("GET", path)[0] == 404, path
    assert shared.ask("POST", "/")[0] == 405 and shared.ask("GET", "/putxml", user=ADMIN)[0] == 405
    assert shared.ask("POST", "/status.xml", user=ADMIN)[0] == 405


def test_continue_and_large_bodies(shared):
    body = b"<Command>" + b" " * 3_000_000 + b"</Command>"
    head = f"POST /putxml HTTP/1.1\r\nHost: {NAME}\r\nExpect: 100-continue\r\nContent-Length: {len(body)}\r\n"
    sent = head + lines(basic(ADMIN)) + "\r\n"
    with shared.connect() as s:
        s.sendall(sent.encode())
        assert s.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        s.sendall(body)
        assert "No action detected" in parse(read_answer(s))[2]
        # the same connection serves the next request
        s.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
        status, headers, _ = parse(read_answer(s))
        assert status == 200 and headers["Connection"] == "close"
    # Who may not is told before the body is sent.
    with shared.connect() as s:
        s.sendall((head + "\r\n").encode())
        assert parse(read_answer(s))[0] == 401
    assert shared.ask("POST", "/putxml", {"Content-Length": str(4 * 1024 * 1024 + 1)}, user=ADMIN)[0] == 413


def test_two_requests_at_once(shared):
    """One behind the other, before the first is answered."""
    one = f"GET /getxml?location=/Status/Time HTTP/1.1\r\nHost: {NAME}\r\n" + lines(basic(ADMIN)) + "\r\n"
    with shared.connect() as s:
        s.sendall((one + f"GET /style.css HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n").encode())
        said = b""
        while more := s.recv(65536):
            said += more
    assert said.count(b"HTTP/1.1 200 OK") == 2 and said.index(b"<Time") < said.index(b"text/css")


def said_after_close_notify(shared, requests):
    """What comes when close_notify is directly behind the requests, until the device closes the connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    came, goes, said = ssl.MemoryBIO(), ssl.MemoryBIO(), b""
    tls = context.wrap_bio(came, goes, server_hostname=NAME)
    with socket.create_connection((real.HOST, shared.port), real.PATIENCE) as raw:
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                raw.sendall(goes.read())
                came.write(raw.recv(65536))
        tls.write(requests.encode())
        with pytest.raises(ssl.SSLWantReadError):
            tls.unwrap()
        raw.sendall(goes.read())
        while more := raw.recv(65536):
            came.write(more)
    try:
        while more := tls.read(65536):
            said += more
    except ssl.SSLZeroReturnError:
        pass
    return said


def test_a_client_that_closes_its_direction(shared):
    """close_notify directly behind the request, or behind two: all answers come, then the device closes, too."""
    one = f"GET /getxml?location=/Status/Time HTTP/1.1\r\nHost: {NAME}\r\n" + lines(basic(ADMIN)) + "\r\n"
    for requests in (1, 2):
        said = said_after_close_notify(shared, one * requests)
        assert said.count(b"HTTP/1.1 200 OK") == said.count(b"</Time>") == requests and b"Connection: close" in said, said
    handshake = (f"GET /ws HTTP/1.1\r\nHost: {NAME}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" + lines(basic(ADMIN)) + "\r\n")
    assert said_after_close_notify(shared, handshake).startswith(b"HTTP/1.1 101 "), "and the WebSocket is not kept, since nobody writes to it"


def test_refused_requests(shared):
    """What lenient readers take is refused, and nothing behind it is read."""
    host = f"Host: {NAME}\r\n"
    get = "GET / HTTP/1.1\r\n" + host
    behind = f"GET /style.css HTTP/1.1\r\n{host}\r\n"
    for status, request in (
            (400, get + "Authorization: a\0b\r\n\r\n"), (400, get + ": empty\r\n\r\n"), (400, get + "X: a\r\n folded\r\n\r\n"),
            (400, f"GET / HTTP/1.1\nHost: {NAME}\n\n"), (400, "GET / HTTP/1.1\r\n\r\n"), (400, get + "X : a\r\n\r\n"),
            (400, "POST /putxml HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
            (400, "GET https://other.example/ HTTP/1.1\r\n" + host + "\r\n"), (501, "DELETE / HTTP/1.1\r\n" + host + "\r\n"),
            (501, "POST /putxml HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            (501, "POST /putxml HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
            (501, "POST /putxml HTTP/1.1\r\n" + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            (431, get + "X: " + "y" * 17000 + "\r\n\r\n"), (414, "GET /" + "a" * 9000 + " HTTP/1.1\r\n" + host + "\r\n"),
            (505, "GET / HTTP/1.0\r\n" + host + "\r\n"), (400, "\x16\x03\x01\x02\x00"), (400, "\r\n" + get + "\r\n")):
        with shared.connect() as s:
            s.sendall((request + behind).encode("latin-1"))
            said = everything(s)
        answered, headers, why = parse(said)
        assert answered == status and said.count(b"HTTP/1.1 ") == 1 and headers["Connection"] == "close", (request[:100], said[:200])
        assert why.startswith(f"{status} ") and len(why.split(": ", 1)[1]) > 5, "the answer says why"
    # Plain HTTP is not spoken at all.
    with socket.create_connection((real.HOST, shared.port), real.PATIENCE) as s:
        s.sendall((get + "\r\n").encode())
        try:
            assert not s.recv(100).startswith(b"HTTP")
        except ConnectionResetError:
            pass


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_what_is_no_good_tls(shared):
    """An old version, ciphers without a fresh key or with CBC, and a renegotiation on an open connection."""
    good = ssl.TLSVersion.TLSv1_2
    shared.connect(maximum_version=good).close()
    for version, ciphers in ((ssl.TLSVersion.TLSv1_1, "ALL"), (good, "kRSA"), (good, "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256"), (good, "AESCCM"), (good, "aNULL")):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
        context.minimum_version, context.maximum_version = min(version, good), version
        with socket.create_connection((real.HOST, shared.port), real.PATIENCE) as raw, pytest.raises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(raw, server_hostname=NAME)
    client = subprocess.Popen(["openssl", "s_client", "-tls1_2", "-connect", f"{real.HOST}:{shared.port}"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
    try:
        client.stdin.write("R\n")
        client.stdin.flush()
        assert "no renegotiation" in client.communicate(timeout=real.PATIENCE)[1]
    finally:
        client.kill()


def test_reader_beside_another(shared):
    """Nothing is read differently than Node's parser reads it, without being refused."""
    r = subprocess.run([real.program("node"), HERE / "request_differences.js", real.BUILD / "request_reader", "100000", "20261129"], text=True,
                       capture_output=True, timeout=real.PATIENCE * 6)
    assert r.returncode == 0 and r.stdout.endswith("different 0\n"), r.stdout[-3000:] + r.stderr[-2000:]
    assert int(re.search(r"read (\d+)", r.stdout)[1]) > 10000


def curl(device, path, *more):
    r = subprocess.run(["curl", "-sS", "--cacert", device.root.path, "--resolve", f"{NAME}:{device.port}:127.0.0.1", "-w", "\n%{http_code}",
                        *more, f"https://{NAME}:{device.port}{path}"], text=True, capture_output=True, timeout=real.PATIENCE)
    assert r.returncode == 0, r.stderr
    body, _, code = r.stdout.rpartition("\n")
    return int(code), body


def test_curl(shared, tmp_path):
    """Each call, with a certificate that it verifies."""
    me = ["-u", ":".join(ADMIN)]
    for path in ("/status.xml", "/configuration.xml", "/command.xml", "/valuespace.xml", "/getxml?location=/Status/Time", "/"):
        code, body = curl(shared, path, *me)
        assert code == 200 and "<" in body
    document = tmp_path / "document"
    document.write_text("<Configuration><SystemUnit><Name>codec.example</Name></SystemUnit></Configuration>" + " " * 100000)
    assert curl(shared, "/putxml", *me, "-H", "Content-Type: text/xml", "--data-binary", f"@{document}") == (
        200, '<?xml version="1.0"?>\n<Configuration>\n  <Success/>\n</Configuration>\n')
    jar = tmp_path / "jar"
    assert curl(shared, "/xmlapi/session/begin", *me, "-X", "POST", "-c", str(jar))[0] == 204
    assert curl(shared, "/getxml?location=/Status/Time", "-b", str(jar))[0] == 200
    assert curl(shared, "/xmlapi/session/end", "-X", "POST", "-b", str(jar))[0] == 204
    assert curl(shared, "/getxml?location=/Status/Time", "-b", str(jar))[0] == 401


def test_ansible(shared, tmp_path):
    """Its own module for HTTP, as playbooks that are written for codecs use it."""
    if not shutil.which("ansible-playbook"):
        pytest.skip("ansible-core is not installed: .ci/setup check")
    where = f"https://127.0.0.1:{shared.port}"
    login = f"url_username: {ADMIN[0]}, url_password: '{ADMIN[1]}', force_basic_auth: true, validate_certs: false, return_content: true"
    tasks = [f"uri: {{url: '{where}{path}', {login}}}" for path in ("/status.xml", "/configuration.xml", "/command.xml", "/valuespace.xml",
                                                                   "/getxml?location=/Status/Time")]
    tasks += [f"uri: {{url: '{where}/putxml', method: POST, body: '<Configuration><SystemUnit><Name>codec.example</Name></SystemUnit></Configuration>', "
              f"headers: {{Content-Type: text/xml}}, {login}}}\n      register: put\n      failed_when: \"'<Success/>' not in put.content\"",
              f"uri: {{url: '{where}/xmlapi/session/begin', method: POST, status_code: 204, {login}}}\n      register: session",
              f"uri: {{url: '{where}/getxml?location=/Status/Time', validate_certs: false, "
              "headers: {Cookie: \"SecureSessionId={{ session.cookies.SecureSessionId }}\"}}",
              f"uri: {{url: '{where}/xmlapi/session/end', method: POST, status_code: 204, validate_certs: false, "
              "headers: {Cookie: \"SecureSessionId={{ session.cookies.SecureSessionId }}\"}}",
              f"uri: {{url: '{where}/status.xml', validate_certs: false, status_code: 401}}"]
    book = tmp_path / "book.yml"
    book.write_text("- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n" + "".join(f"    - {t}\n" for t in tasks))
    r = play(tmp_path, "localhost,", book)
    assert r.returncode == 0 and f"ok={len(tasks)}" in r.stdout, r.stdout[-3000:] + r.stderr[-2000:]


def play(folder, inventory, book, *options):
    env = {**os.environ, "ANSIBLE_LOCAL_TEMP": str(folder / "local"), "ANSIBLE_REMOTE_TEMP": str(folder / "remote"), "HOME": str(folder),
           "LC_ALL": "C.UTF-8", "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3"}
    return subprocess.run(["ansible-playbook", "-i", inventory, *options, book], text=True, capture_output=True, env=env, timeout=real.PATIENCE * 12)


@pytest.mark.skipif(not shutil.which("ansible-playbook"), reason="ansible-core is not installed")
def test_the_example_playbook_for_https(shared, tmp_path):
    """docs/ansible/https.yml, with this device's address: it says what it would change, changes it, and says what is wrong."""
    book, inventory = tmp_path / "https.yml", tmp_path / "codecs.ini"
    text = (real.ROOT / "docs/ansible/https.yml").read_text()
    for word, other in (("https://{{ inventory_hostname }}", f"https://127.0.0.1:{shared.port}"), ('ca_path: "{{ sealpost_root }}"', "validate_certs: false")):
        assert text.count(word) == 1
        text = text.replace(word, other)
    book.write_text(text)
    inventory.write_text("[codecs]\ncodec\n")
    assert ADMIN[0] == "admin"

    def run(settings, *options):
        said = json.dumps({"admin_password": ADMIN[1], "sealpost_settings": settings})
        r = play(tmp_path, inventory, book, "--extra-vars", said, *options)
        return int(re.search(r"changed=(\d)", r.stdout)[1]), r.returncode, r.stdout + r.stderr
    zone = "xConfiguration Time Zone: Europe/Oslo\nxConfiguration NetworkServices NTP Server 3 Key: h<ush\n"
    changed, status, said = run(zone, "--check")
    assert (changed, status) == (1, 0) and shared.agent.get("Time Zone") == "Etc/UTC", said
    changed, status, said = run(zone)
    assert (changed, status) == (1, 0) and shared.agent.get("Time Zone") == "Europe/Oslo" and "h<ush" not in said, said
    changed, status, said = run("Time Zoe: x\n")
    assert (changed, status) == (0, 2) and "did you mean Zone?" in said, said
    shared.agent.sealpost("config", "reset", "Time Zone")


# --- what changes while it runs

def shown(device):
    with device.connect() as s:
        return ssl.DER_cert_to_PEM_cert(s.getpeercert(True))


def test_changes(tmp_path, log):
    device = Device(tmp_path, log, own=False).start()
    try:
        assert "signed itself" in device.ask("GET", "/", host="localhost")[2] and "signed itself" in device.logged()
        ws = device.websocket()
        assert ws.status == 101
        leaf = device.activate(device.pki.leaf(NAME, device.root))
        assert ws.close_code() == 1001       # what it was begun with counts no more
        real.wait_for(lambda: fingerprint(shown(device)) == fingerprint(leaf.pem), "the new certificate", explain=log.tail)
        assert "signed itself" not in device.ask("GET", "/")[2]
        # A name that the certificate does not have is the device's all the same, as soon as it is set.
        assert device.ask("GET", "/", host="studio.example")[0] == 421
        device.agent.set("SystemUnit Name", "studio.example")
        real.wait_for(lambda: device.ask("GET", "/", host="studio.example")[0] == 200, "the new name", explain=log.tail)
        device.agent.set("SystemUnit Name", NAME)
        assert "Strict-Transport-Security" not in device.ask("GET", "/")[1]
        ws = device.websocket()
        device.agent.set("NetworkServices HTTPS StrictTransportSecurity", "On")
        real.wait_for(lambda: "Strict-Transport-Security" in device.ask("GET", "/")[1], "the header", explain=log.tail)
        assert ws.result("xGet", Path=["Status", "Time", "State"])      # under both settings the connection may be what it is
        ws.close()
        device.agent.set("NetworkServices HTTPS Server MinimumTLSVersion", "TLSv1.3")
        def refuses_old():
            try:
                device.connect(maximum_version=ssl.TLSVersion.TLSv1_2).close()
                return False
            except ssl.SSLError:
                return True
        real.wait_for(refuses_old, "TLS 1.2 is refused", explain=log.tail)
        with device.connect() as s:
            assert s.version() == "TLSv1.3"
        device.agent.set("NetworkServices Websocket", "Off")
        real.wait_for(lambda: device.websocket().status == 404, "no WebSocket", explain=log.tail)
        # It may not bind another port any more, so it ends and is started again.
        port, device.port = device.port, real.free_port()
        device.agent.set("NetworkServices HTTPS Server Port", str(device.port))
        assert device.web.popen.wait(real.PATIENCE) == 0
        device.start()
        assert not real.accepts(port) and device.ask("GET", "/")[0] == 200
        device.agent.set("NetworkServices HTTPS Mode", "Off")
        assert device.web.popen.wait(real.PATIENCE) == 0 and not (device.agent.folder / "https").exists()
        assert not real.accepts(device.port)
    finally:
        device.stop()


def test_a_connection_that_has_just_begun_when_settings_change(tmp_path, log):
    """It is answered, and ends with that: whoever connects at the wrong moment is not reset in the middle of a handshake."""
    device = Device(tmp_path, log).start()
    begun = [socket.create_connection((real.HOST, device.port), real.PATIENCE) for _ in range(2)]
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        begun[0] = context.wrap_socket(begun[0], server_hostname=NAME)
        assert device.ask("GET", "/")[0] == 200     # the others have been accepted before
        device.agent.set("NetworkServices HTTPS Server MinimumTLSVersion", "TLSv1.3")
        log.wait("has taken over new settings")
        begun[1] = context.wrap_socket(begun[1], server_hostname=NAME)
        for s in begun:
            s.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
            status, headers, _ = parse(everything(s))
            assert (status, headers["Connection"]) == (200, "close")
    finally:
        for s in begun:
            s.close()
        device.stop()


def test_certificates_of_clients(tmp_path, log):
    """Wanted, they are verified with the uploaded roots, at the trusted date; without that date nobody comes in."""
    ntp, port = None, real.free_port()
    device = Device(tmp_path, log, ["NetworkServices HTTPS VerifyClientCertificate: On", "NetworkServices NTP Mode: Manual",
                                    f"NetworkServices NTP Server 1 Address: 127.0.0.2:{port}"]).start()
    try:
        client = device.pki.root("ClientRoot")
        device.agent.upload(client)
        good = device.pki.leaf("client.example", client, extensions=["basicConstraints = critical, CA:FALSE", "extendedKeyUsage = clientAuth"])
        other = device.pki.leaf("client.example", device.root, extensions=["basicConstraints = critical, CA:FALSE", "extendedKeyUsage = clientAuth"])

        def ask(leaf):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            if leaf:
                context.load_cert_chain(leaf.path, leaf.key)
            try:
                with context.wrap_socket(socket.create_connection((real.HOST, device.port), real.PATIENCE)) as s:
                    s.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
                    return parse(read_answer(s))[0]
            except (ssl.SSLError, ConnectionError, AssertionError):
                return None
        log.wait("has taken over new settings")
        today = device.pki.leaf("client.example", client, days=(-1, 1), extensions=["basicConstraints = critical, CA:FALSE", "extendedKeyUsage = clientAuth"])
        assert ask(good) is None and ask(today) is None        # nobody knows the date
        ntp = real.Chrony(tmp_path, port=port, offset_s=10 * 86400)
        device.agent.set("NetworkServices NTP Server 1 Address", ntp.address)      # which is asked at once
        real.wait_for(lambda: ask(good) == 200, "a client with a certificate", explain=log.tail)
        assert ask(today) is None       # valid by the clocks of this machine alone
        assert ask(None) is None and ask(other) is None and ask(device.pki.leaf(NAME, client)) is None       # a server's
        expired = device.pki.leaf("client.example", client, days=(-30, -1), extensions=["basicConstraints = critical, CA:FALSE", "extendedKeyUsage = clientAuth"])
        assert ask(expired) is None

        revoked = device.pki.leaf("client.example", client, extensions=["basicConstraints = critical, CA:FALSE", "extendedKeyUsage = clientAuth"])

        def expect(of_good, of_revoked):
            real.wait_for(lambda: (ask(good), ask(revoked)) == (of_good, of_revoked), f"answers {of_good} and {of_revoked}", explain=log.tail)
        def lists(mode, *crls):
            """Each list takes the place of the one before."""
            for crl in crls:
                device.agent.sealpost("xCommand", "Security", "Certificates", "CRL", "Add", stdin=crl)
            device.agent.set("Security Revocation Mode", mode)
        lists("Soft")
        expect(200, 200)
        lists("Hard")
        expect(None, None)      # there is no list
        lists("Hard", device.pki.crl(client))
        expect(200, 200)
        lists("Hard", device.pki.crl(client, [revoked]))
        expect(200, None)
        lists("Soft")
        expect(200, None)
        lists("Soft", device.pki.crl(client, [revoked], days=5))       # a new one was due five days ago
        expect(200, None)
        lists("Hard")
        expect(None, None)
        # A CA between the client and the root is revoked.
        between = device.pki.intermediate("Between", client)
        below = device.pki.leaf("client.example", between, extensions=["basicConstraints = critical, CA:FALSE", "extendedKeyUsage = clientAuth"])
        below.path.write_text(below.pem + between.pem)
        lists("Hard", device.pki.crl(client, [revoked]), device.pki.crl(between))
        real.wait_for(lambda: ask(below) == 200, "a client below a CA", explain=log.tail)
        lists("Hard", device.pki.crl(client, [revoked, between]))
        real.wait_for(lambda: ask(below) is None, "its CA is revoked", explain=log.tail)
        lists("Off")
        expect(200, 200)
        weak = device.pki.leaf("client.example", client, "rsa1024", extensions=["basicConstraints = critical, CA:FALSE", "extendedKeyUsage = clientAuth"])
        assert ask(below) == 200 and ask(weak) is None

        eleven_days = device.pki.leaf("client.example", client, days=(-1, 11), extensions=["basicConstraints = critical, CA:FALSE", "extendedKeyUsage = clientAuth"])
        assert ask(eleven_days) == 200
        ntp.set_date(time.time() + 20 * 86400)
        device.agent.run("xCommand Diagnostics Services Service: NTP")      # asks for the time
        real.wait_for(lambda: ask(eleven_days) is None, "a certificate that has ended is refused", explain=log.tail)
        assert ask(good) == 200
    finally:
        if ntp:
            ntp.stop()
        device.stop()


def test_agent_starts_again(tmp_path, log):
    device = Device(tmp_path, log).start()
    try:
        ws = device.websocket()
        late = device.connect()
        body = b"<Command/>"
        late.sendall((f"POST /putxml HTTP/1.1\r\nHost: {NAME}\r\nExpect: 100-continue\r\nContent-Length: {len(body)}\r\n" +
                      lines(basic(ADMIN)) + "\r\n").encode())
        assert late.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        device.agent.stop()
        assert ws.closed() == (1001, "the connection to the agent was lost")
        late.sendall(body)      # its session has ended since
        assert parse(read_answer(late))[0] == 503
        late.close()
        assert device.ask("GET", "/status.xml", user=ADMIN)[0] == 503 and device.ask("GET", "/")[0] == 200
        device.agent.start()
        real.wait_for(lambda: device.ask("GET", "/status.xml", user=ADMIN)[0] == 200, "the agent answers again", explain=log.tail)
    finally:
        device.stop()


def test_default_rates(tmp_path, log):
    """One request a second with name and password of an address, 30 wait; a session's are quicker."""
    device = Device(tmp_path, log, [f"NetworkServices HTTPS RateLimit Basic {what}" for what in ("Rate: 1", "Queue: 3")]).start()
    try:
        before = time.monotonic()
        waiting = [device.connect() for _ in range(6)]
        for s in waiting:
            s.sendall(f"GET /getxml?location=/Status/Time HTTP/1.1\r\nHost: {NAME}\r\n".encode() +
                      lines(basic(ADMIN)).encode() + b"\r\n")
        statuses = sorted(parse(read_answer(s))[0] for s in waiting)
        # Two are refused; if it took a second to read all, one of them found a place.
        assert statuses in ([200] * 4 + [503] * 2, [200] * 5 + [503]) and time.monotonic() - before > 2.9, statuses
        assert "too many requests wait" in device.logged()
    finally:
        for s in waiting:
            s.close()
        device.stop()


def test_nobody_without_a_password(tmp_path, log):
    device = Device(tmp_path, log)
    device.agent.run('xCommand UserManagement User Add Username: plain')
    device.start()
    try:
        for user in (("plain", ""), ("plain", "plain"), ("root", "")):
            assert device.ask("GET", "/status.xml", user=user)[0] == 401
            assert device.websocket(user).status in (401, 403)
    finally:
        device.stop()


# --- what it may do, and what it costs

def test_confined(shared):
    status = Path(f"/proc/{shared.web.pid}/status").read_text()
    for capabilities in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert re.search(rf"^{capabilities}:\s+0+$", status, re.M)
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.M) and re.search(r"^Seccomp:\s+2$", status, re.M)


HOSTILE = r"""
import json, os, socket, sys
os.chdir(sys.argv[1])
os.setgroups([])
os.setgid(os.stat("control").st_gid)
os.setuid(65534)
answers = []
with socket.socket(socket.AF_UNIX) as s:
    s.connect("control")
    reader = s.makefile("rb")
    for line in json.loads(sys.argv[2]):
        s.sendall(line.encode() + b"\n")
        text = b""
        while not (said := reader.readline()).startswith(b"\x1e") or said[1:2] in b">-":
            assert said
            text += said
            if said[:2] == b"\x1e>":
                s.sendall(b".\n")
        answers.append((int(said[1:].split()[0]), text.decode()))
print(json.dumps(answers))
"""
WITHOUT_A_ROLE = {"bye", "xLogin", "xPreferences", "xWeb"}


def words_of(build):
    """All that a session of any role may say: the first words of lines, and the commands."""
    text = subprocess.run([build / "sealpostd", "--print-docs", "commands"], text=True, capture_output=True, check=True, timeout=real.PATIENCE).stdout
    verbs = re.findall(r"^\| `(\S+)` \|", text.split("## Commands")[0], re.M)
    return verbs, re.findall(r"^### xCommand (.+)$", text, re.M)


def test_hostile_program_in_its_place(tmp_path, log):
    """Without a password the user of sealpost-web reads its settings with the key, and changes and learns nothing else, whatever it says."""
    if os.geteuid() != 0:
        pytest.skip("only root can become the other user")
    device = Device(tmp_path, log, web_user="nobody")
    try:
        verbs, commands = words_of(device.build)
        assert {"xStatus", "xPutxml", "xPublish", "exit", *WITHOUT_A_ROLE} <= set(verbs) and len(commands) > 50
        refused = [f"{verb}{more}" for verb in verbs if verb not in WITHOUT_A_ROLE for more in ("", " on", " list", " xStatus", " Register /")]
        refused += [f"xCommand {command}" for command in commands]
        refused += ["xConfiguration SystemUnit Name: evil", "xCommand SystemUnit AdminPassword Set Password: evil", "xGetxml /Status", "xStatus Time"]
        wrong = [f"xLogin Name: {name} Passphrase: \"{password}\" Address: 127.0.0.1" for name, password in (("admin", ""), ("nobody", "x"))]
        open_to_it = ["xPreferences framing on", "xPreferences outputmode typed", "xWeb Get Generation: 0"]
        said = [*open_to_it, *refused, *wrong, "bye"]
        r = subprocess.run(["/usr/bin/python3", "-c", HOSTILE, device.agent.folder, json.dumps(said)], capture_output=True, timeout=real.PATIENCE * 2)
        assert r.returncode == 0, r.stderr
        by_line = dict(zip(said, json.loads(r.stdout), strict=True))
        assert by_line[open_to_it[2]][0] == 0 and "PRIVATE KEY" in by_line[open_to_it[2]][1]
        let_in = {line: by_line[line] for line in refused if by_line[line][0] != 77 or "Access denied" not in by_line[line][1]}
        assert not let_in, let_in
        assert all(by_line[line][0] != 0 for line in wrong) and by_line["bye"][0] == 0
        assert device.agent.get("SystemUnit Name") == NAME and "evil" not in device.agent.run("xConfiguration")
    finally:
        device.stop()


def test_strangers(shared):
    """64 connections of one address on which nobody has logged in; those who have logged in are not counted, and others not hindered."""
    logged_in = shared.websocket()
    strangers = [socket.create_connection((real.HOST, shared.port), real.PATIENCE) for _ in range(80)]
    try:
        real.wait_for(lambda: sum(map(is_closed, strangers)) >= 16, "those over the bound are closed", explain=shared.log.tail)
        assert sum(map(is_closed, strangers)) in range(16, 20)
        assert shared.ask("GET", "/", source="127.0.0.9")[0] == 200
        assert logged_in.result("xGet", Path=["Status", "Time", "State"])
        assert "as many as may be" in shared.logged()
    finally:
        for s in strangers:
            s.close()
        logged_in.close()
    real.wait_for(lambda: len(shared.raw(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())) > 0, "their places are free again",
                  explain=shared.log.tail)


def test_idle_memory(tmp_path, log):
    plain = real.ROOT / "build"
    if not (plain / "sealpost-web").exists():
        pytest.skip("no build without sanitizers here: make programs")
    device = Device(tmp_path, log, build=plain).start()
    try:
        assert device.ask("GET", "/status.xml", user=ADMIN)[0] == 200
        rollup = Path(f"/proc/{device.web.pid}/smaps_rollup").read_text()
        private = sum(int(n) for n in re.findall(r"^Private_\w+:\s+(\d+) kB", rollup, re.M))
        assert private < 6 << 10, f"{private} kB private"
    finally:
        device.stop()


def test_off_is_off(tmp_path, log):
    """With Mode Off there is no file that starts it, and one that is started all the same ends at once."""
    device = Device(tmp_path, log)
    device.agent.set("NetworkServices HTTPS Mode", "Off")
    try:
        assert not (device.agent.folder / "https").exists()
        assert device.launch().web.popen.wait(real.PATIENCE) == 0 and not real.accepts(device.port)
    finally:
        device.stop()


def holds(agent):
    """What the process has open, without numbers, and its threads; its children; who listens for it."""
    proc = Path(f"/proc/{agent.pid}")
    opened = []
    for f in (proc / "fd").iterdir():
        try:
            opened.append(re.sub(r"\d+", "N", os.readlink(f).removeprefix(str(agent.folder))))
        except FileNotFoundError:
            pass        # it was open for a moment
    threads = sorted((t / "comm").read_text().strip() for t in (proc / "task").iterdir())
    listening = [line.split()[-1] for line in (proc / "net/unix").read_text().splitlines() if str(agent.folder) in line]
    return sorted(opened), threads, (proc / f"task/{agent.pid}/children").read_text(), {Path(p).name for p in listening}


def test_agent_is_the_same_while_the_mode_is_off(tmp_path, log):
    """An agent that knows sealpost-web's user, with Mode Off or Off again, has not one descriptor, thread, socket or file more than one that was
    never told of it."""
    without = real.Agent(tmp_path, log, name="without").start()
    off = real.Agent(tmp_path, log, name="off", options=["-w", "nobody"]).start()
    again = real.Agent(tmp_path, log, ["NetworkServices HTTPS Mode: On"], name="again", options=["-w", "nobody"]).start()
    try:
        assert (again.folder / "https").exists()
        again.set("NetworkServices HTTPS Mode", "Off")
        real.wait_for(lambda: not (again.folder / "https").exists(), "the file is gone", explain=log.tail)
        for agent in (off, again):
            real.wait_for(lambda a=agent: holds(a) == holds(without), "the same", explain=lambda a=agent: f"{holds(a)}\n{holds(without)}")
            assert "*s NetworkServices HTTPS Server Status: Off" in agent.run("xStatus NetworkServices HTTPS Server Status")
        files = {a: {str(f.relative_to(a.folder)) for f in a.folder.rglob("*")} for a in (without, off, again)}
        assert files[off] == files[without], files
        assert files[again] - files[without] <= {f"state/{f}" for f in ("https-self-signed", "settings.conf", "audit.log", "audited")}, files
    finally:
        for agent in (without, off, again):
            agent.stop()
