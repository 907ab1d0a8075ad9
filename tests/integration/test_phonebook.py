# SPDX-License-Identifier: MIT
"""The phone book over real TLS: the agent in the lab, asked at the terminal by one and by many."""
import json
import re
import socket
import subprocess
import threading
import time

import pytest

from real import ROOT, Syslog, wait_for
from world import Lab


class Book:
    def __init__(self, folder):
        self.log = Syslog(folder)
        self.lab = Lab(folder)
        self.agent = self.lab.agent(folder, self.log, ["Provisioning ExternalManager Address: \"\""])
        self.agent.start()
        self.lab.upload_root(self.agent)
        self.log.wait("clock: synchronised")

    def search(self, words="", expect=0):
        """[(path, value)] of the result."""
        out = self.agent.run(f"xCommand Phonebook Search {words}", expect=expect)
        return re.findall(r'^\*r PhonebookSearchResult (.*?): "?(.*?)"?$', out, re.M)

    def names(self, words):
        return [value for path, value in self.search(words) if re.fullmatch(r"(Folder|Contact) \d+ Name", path)]

    def close(self):
        try:
            self.agent.stop()
        finally:
            if self.agent.process.running():
                self.agent.kill()
            self.lab.stop()
            self.log.stop()


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    b = Book(tmp_path_factory.mktemp("book"))
    yield b
    b.close()


@pytest.fixture(autouse=True)
def all_good(book):
    book.lab.reset()


def test_walk_through_the_folders(book):
    roots = dict(book.search())
    assert roots["Folder 1 Name"] == "Meeting rooms" and roots["Folder 1 FolderId"] == "c_1" == roots["Folder 1 LocalId"]
    assert book.names("FolderId: c_1") == ["Oslo", "Tōkyō 東京"]
    assert book.names("FolderId: c_5") == ["会議室 一", "会議室 二"]
    assert book.names("ContactType: Folder") == [v for k, v in book.search() if k.endswith(" Name")]
    empty = dict(book.search("FolderId: c_7 Offset: 3 Limit: 5"))
    assert empty == {"ResultInfo Offset": "3", "ResultInfo Limit": "5", "ResultInfo TotalRows": "0", "Cause": "NoMatch"}
    missing = dict(book.search("FolderId: c_4711"))
    assert "no folder" in missing.pop("Reason") and missing == {**empty, "ResultInfo Offset": "0", "ResultInfo Limit": "50"}
    beyond = dict(book.search("FolderId: c_1 Offset: 10"))
    assert beyond["ResultInfo TotalRows"] == "2" and beyond["Cause"] == "NoMatch"
    request = book.lab.posts(service="phonebook")[-1]
    headers = {k.lower(): v for k, v in request["headers"].items()}
    assert headers["soapaction"] == "http://www.tandberg.net/2004/06/PhoneBookSearch/Search", "without quotes"
    mac = re.search("<MACAddress>(.*)</MACAddress>", request["body"]).group(1)
    assert mac == mac.lower()


def test_special_characters_survive(book):
    found = dict(book.search("FolderId: c_3"))
    assert found["Contact 1 Name"] == "Tom & Jerry <cartoon>" and found["Contact 2 Name"] == "Elephant 🐘"
    assert found["Contact 1 ContactMethod 1 Number"] == "SIP:tom&jerry@sealpost.test"
    assert book.names('SearchString: "Tom & J"') == ["Tom & Jerry <cartoon>"]
    assert book.names('SearchString: "Ødegård"') == ["Bjørn Ødegård"]
    assert book.names(r'SearchString: "\"Shay\""') == [r"Seán \"Shay\" O'Brien"]
    assert book.names('SearchString: "<Friends>"') == ["Zoo & <Friends>"]
    for mode, taken in (("json", '"Value":"Tom & Jerry <cartoon>"'), ("xml", "<Name>Tom &amp; Jerry &lt;cartoon&gt;</Name>")):
        out = book.agent.run(f"xPreferences outputmode {mode}", "xCommand Phonebook Search FolderId: c_3")
        assert taken in out, out
        if mode == "json":
            result = json.loads(out[out.index("{\n"):])["CommandResponse"]["PhonebookSearchResult"]
            assert result["status"] == "OK" and result["Contact"][1]["Name"]["Value"] == "Elephant 🐘"
            assert result["Contact"][0]["ContactMethod"][0]["Protocol"]["Value"] == "SIP"


def test_paging(book):
    before = book.lab.status()["posts"]
    names = book.names("FolderId: c_6 Limit: 1000")
    assert names == [f"Desk {i:03}" for i in range(1, 251)]
    posts = [p for p in book.lab.posts(before)]
    assert len(posts) == 3 and len({p["connection"] for p in posts}) == 1, "three pages on one connection"
    assert book.names("FolderId: c_6 Offset: 120 Limit: 4") == ["Desk 121", "Desk 122", "Desk 123", "Desk 124"]
    info = dict(book.search("FolderId: c_6 Limit: 7"))
    assert info["ResultInfo TotalRows"] == "250" and info["ResultInfo Limit"] == "7" and "Contact 8 Name" not in info


def test_the_older_form(book):
    out = book.agent.run("xcom corpdirsearch startswith: a")
    assert out.startswith("*r Result (status=OK):\nEntity 1 <type:Entry>:\nName: \"Auditorium (left)\"\n"), out
    assert re.findall(r'^Name: "(.*)"$', out, re.M) == ["Auditorium (left)", "Auditorium (right)", "Ada Lovelace"]
    assert "*r/end\nOK" in out
    out = book.agent.run("xcommand corpdirsearch path: c_1 hits: 1")
    assert "Entity 1 <type:Catalog>:" in out and "IsLast: False" in out


OUTCOMES = [("tls", "expired", "TlsFailed", "10"), ("tls", "wrong-name", "TlsFailed", "62"), ("tls", "unknown-issuer", "TlsFailed", "20"),
            ("tls", "plain-http", "TlsFailed", "0"), ("listen", "off", "Unreachable", None), ("http", "503", "Unreachable", None),
            ("http", "reset", "Unreachable", None), ("http", "401", "AuthFailed", None), ("http", "403", "AuthFailed", None),
            ("http", "redirect", "BadResponse", None), ("http", "redirect-http", "BadResponse", None),
            ("http", "bad-xml", "BadResponse", None), ("http", "xml-bomb", "BadResponse", None), ("http", "huge", "BadResponse", None),
            ("http", "soap-fault", "BadResponse", None), ("http", "wrong-type", "BadResponse", None), ("http", "empty", "BadResponse", None),
            ("http", "truncated", "Unreachable", None), ("http", "hang", "Unreachable", None), ("http", "slow", "Unreachable", None)]


@pytest.mark.parametrize("part,fault,cause,code", OUTCOMES, ids=[o[1] for o in OUTCOMES])
def test_a_failure_is_never_no_match(book, part, fault, cause, code):
    before = book.lab.status()["posts"]
    book.lab.set(part, fault)
    begin = time.monotonic()
    result = dict(book.search("SearchString: Fjord", expect=None))
    assert time.monotonic() - begin < 12, "the deadline is five seconds"
    assert result.get("Cause") == cause and result.get("VerifyResult") == code, result
    assert "Contact 1 Name" not in result
    if part == "tls":
        assert book.lab.status()["posts"] == before, "who is not trusted is told nothing"
    book.lab.reset()
    assert book.names("SearchString: Fjord") == ["Fjord"]


def test_the_guides_troubleshooting(book):
    book.lab.set("tls", "expired")
    out = book.agent.run("syslog on", "xcom corpdirsearch startswith: a", "syslog off", expect=None)
    assert "SSL: socklib_sslHandshake: VerifyResult=10=CERT_HAS_EXPIRED, NameCheck: Match" in out


def test_remembered_answers(book):
    assert "Folder 1 Name" in dict(book.search("FolderId: c_1"))
    book.lab.set("listen", "off")
    book.lab.set("tls", "good")
    fresh = dict(book.search("FolderId: c_1", expect=None))
    assert fresh["Cause"] == "Unreachable" and not [name for name in fresh if "Stale" in name or name.startswith("Folder")], fresh
    old = dict(book.search("FolderId: c_1 AllowStale: True"))
    assert old["ResultInfo Stale"] == "True" and int(old["ResultInfo Age"]) < 60 and old["Cause"] == "Unreachable"
    assert old["Folder 1 Name"] == "Oslo"
    book.lab.reset()
    again = dict(book.search("FolderId: c_1 AllowStale: True"))
    assert again["Folder 1 Name"] == "Oslo" and "ResultInfo Stale" not in again and "Cause" not in again


def test_several_sessions_at_once_and_one_that_leaves(book):
    book.lab.set("http", "late")        # three seconds each
    leaving = socket.socket(socket.AF_UNIX)
    leaving.connect(str(book.agent.control))
    leaving.sendall(b"xCommand Phonebook Search SearchString: Fjord\n")
    results = []
    askers = [threading.Thread(target=lambda n=n: results.append(book.names(f"FolderId: c_6 Limit: 1 Offset: {n}"))) for n in range(3)]
    begin = time.monotonic()
    for asker in askers:
        asker.start()
    time.sleep(0.3)
    leaving.close()
    for asker in askers:
        asker.join()
    assert sorted(results) == [["Desk 001"], ["Desk 002"], ["Desk 003"]]
    assert time.monotonic() - begin < 9, "side by side"
    wait_for(book.agent.answers, "the agent is well")


def test_switched_off(book):
    url = book.agent.get("Phonebook Server 1 URL")
    book.agent.run("xconfig phonebook server 1 url: 127.0.0.1")
    result = dict(book.search(expect=None))
    assert result["Cause"] == "NotConfigured" and "127.0.0.1" in result["Reason"]
    book.agent.set("Phonebook Server 1 URL", url)
    book.agent.run("xconfig corporatedirectory mode: off")
    result = dict(book.search(expect=None))
    assert result["Cause"] == "NotConfigured" and "Phonebook Server 1 Type is Off: set it to TMS" in result["Reason"]
    book.agent.set("Phonebook Server 1 Type", "TMS")
    assert book.names("SearchString: Fjord") == ["Fjord"]


def test_every_parameter(book):
    rooms = book.names("FolderId: c_1")
    assert book.names("PhonebookId: default FolderId: c_1") == rooms, "a server without an ID goes by any"
    book.agent.set("Phonebook Server 1 ID", "default")
    assert book.names("PhonebookId: Default FolderId: c_1") == rooms
    assert book.names("PhonebookId: default") == book.names("")
    assert r'there is no phone book \"c_1\": Phonebook Server 1 ID is' in dict(book.search("PhonebookId: c_1", expect=None))["Reason"]
    book.agent.run('xConfiguration Phonebook Server 1 ID: ""')
    assert book.names("PhonebookType: Corporate SearchField: Number SearchFilter: Rooms Tag: Favorite SearchString: Fjord") == ["Fjord"]
    assert "no local phone book" in book.agent.run("xCommand Phonebook Search PhonebookType: Local", expect=None)
    assert book.names("FolderId: c_1 SearchString: Fjord") == ["Fjord"]
    assert book.names("FolderId: c_1 SearchString: Fjord Recursive: False") == []
    assert book.names("FolderId: c_4 SearchString: Fjord Recursive: False") == ["Fjord"]
    assert book.names("ContactType: Contact SearchString: o FolderId: c_3") == ["Tom & Jerry <cartoon>"]
    assert book.names("ContactType: Folder FolderId: c_1") == rooms and book.names("ContactType: Folder FolderId: c_4") == []
    methods = [k for k, _ in book.search("SearchString: Fjord") if "ContactMethodId" in k]
    assert len(methods) == 2 and len([k for k, _ in book.search("SearchString: Fjord ContactMethodLimit: 1") if k in methods]) == 1
    assert dict(book.search("Limit: 0"))["ResultInfo Limit"] == "50"
    assert dict(book.search("Limit: 65534 Offset: 65534"))["ResultInfo Limit"] == "1000"
    for bad in ("ContactMethodLimit: 11", "ContactType: Room", "Limit: 65535", "Offset: -1", "PhonebookType: Any", "Nonsense: 1",
                f"SearchString: {'x' * 256}"):
        assert "(status=ParameterError)" in book.agent.run(f"xCommand Phonebook Search {bad}", expect=None), bad
    out = book.agent.run('xCommand CorpDirSearch Query: "Fjord" Path: c_1 SubFolders: Off')
    assert "Outcome: NoMatch" in out and "Entity" not in out


def test_the_librarys_example(book, tmp_path):
    """docs/libsealpost.md: what it shows is all that a codec's user interface needs."""
    page = (ROOT / "docs" / "libsealpost.md").read_text()
    source = next(text for text in re.findall(r"^```c\n(.*?)^```", page, re.M | re.S) if "sealpost_search" in text)
    (tmp_path / "example.c").write_text(source)
    subprocess.run(["gcc", "-std=c11", "-D_GNU_SOURCE", f"-I{ROOT}/include", tmp_path / "example.c",
                    *sorted((ROOT / "src" / "client").glob("*.c")), *sorted((ROOT / "src" / "ctl").glob("*.c")), "-o", tmp_path / "example"], check=True, timeout=60)

    def said():
        return subprocess.run([tmp_path / "example"], env=book.agent.env, text=True, capture_output=True, timeout=20).stdout
    assert said() == "Ada Lovelace SIP:ada@sealpost.test\nmanaged: NeedConfig no address of a manager is set\n"
    book.agent.set("Provisioning Mode", "Off")
    book.lab.set("tls", "expired")
    assert re.fullmatch("certificate verification failed \\(10\\): .*CERT_HAS_EXPIRED.*\nAda .*\nmanaged: Idle Provisioning Mode is Off\n", said())
    book.agent.set("Provisioning Mode", "TMS")
