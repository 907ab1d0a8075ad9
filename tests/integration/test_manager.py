# SPDX-License-Identifier: MIT
"""The external manager over real TLS: the agent in the lab, whose server pushes, commands, asks, and misbehaves."""
import base64
import re
import socket
import time

import pytest

from pki import Pki
from real import Syslog, Tap, denied, wait_for
from world import CUIL, Lab

IDLE = "127.0.0.1"


class World:
    def __init__(self, folder, settings=()):
        self.log = Syslog(folder)
        self.lab = Lab(folder)
        self.lab.set("heartbeat", 10)
        self.agent = self.lab.agent(folder, self.log, settings)
        self.folder = folder

    def start(self):
        self.agent.start()
        self.lab.upload_root(self.agent)
        return self

    def events(self):
        posts = self.lab.posts(service="manager")
        return [m.group(1) for p in posts for m in [re.search("<Event>(.*)</Event>", p["body"])] if m and 200 <= p["status"] < 300]

    def state(self):
        return self.agent.status("Provisioning")

    def wait_state(self, what, value, seconds=20):
        path = f"Provisioning {what}"
        return wait_for(lambda: (lambda s: s if re.search(value, s.get(path, "")) else None)(self.state()),
                        f"{path} like {value}", seconds, lambda: f"{self.state()}\n{self.log.tail()}")

    def push(self, xml, space=CUIL):
        return self.lab.push(self.agent, xml, space)

    def close(self):
        try:
            self.agent.stop()
        finally:
            if self.agent.process and self.agent.process.running():
                self.agent.kill()
            self.lab.stop()
            self.log.stop()


@pytest.fixture
def world(tmp_path):
    w = World(tmp_path)
    yield w
    w.close()


def test_registers_and_beats(world):
    world.start()
    world.wait_state("Status", "^Provisioned$")
    wait_for(lambda: world.events()[:3] == ["Boot", "Beat", "Beat"], "Boot and two beats", 40, world.log.tail)
    posts = world.lab.posts(service="manager")
    first = posts[0]
    headers = {k.lower(): v for k, v in first["headers"].items()}
    assert headers["content-type"] == "text/xml; charset=utf-8"
    assert headers["soapaction"] == '"http://www.tandberg.net/2004/11/SystemManagementService/PostEvent"'
    assert '"http://www.tandberg.net/2004/11/SystemManagementService/"' in first["body"] and "<PostEvent" in first["body"]
    assert [p["connection"] for p in posts].count(posts[-1]["connection"]) == len(posts), "all on one connection"
    assert all(len(p["body"]) + sum(len(k) + len(v) + 4 for k, v in p["headers"].items()) < 3000 for p in posts)
    state = world.state()
    assert state["Provisioning LastEvent"] == "Beat" and state["Provisioning HeartBeatInterval"] == "10"
    assert 0 <= int(state["Provisioning NextBeat"]) <= 12 and state["Provisioning VerifyResult"] == "0"
    # Another name is news; a change of the server is registered with at once.
    world.agent.set("SystemUnit Name", "anew")
    wait_for(lambda: "Register" in world.events(), "a Register", 20)


def test_the_guides_way_of_switching_off(world):
    world.start()
    world.wait_state("Status", "^Provisioned$")
    mark = world.log.mark()
    world.agent.run(f"xconfig provisioning externalmanager address: {IDLE}")
    state = world.wait_state("Status", "^Idle$")
    assert IDLE in state["Provisioning Reason"]
    world.log.wait(f"manager: idle: .*{IDLE}", mark)
    posts = len(world.lab.posts(service="manager"))
    world.agent.set("SystemUnit Name", "news")          # a manager would be told at once
    world.agent.sealpost("xCommand", "Phonebook", "Search", "PhonebookType: Corporate")
    assert len(world.lab.posts(service="manager")) == posts
    world.agent.run("xConfiguration Provisioning ExternalManager Address: \"\"")
    assert world.wait_state("Status", "^NeedConfig$")       # the lab's settings say Mode: TMS
    world.agent.set("Provisioning Mode", "Off")
    world.wait_state("Status", "^Idle$")


def test_push_is_one_transaction(world):
    world.start()
    world.wait_state("Status", "^Provisioned$")
    world.agent.set("Provisioning ExternalManager Released", "NetworkServices NTP Server Address")
    # The quirks of both known layouts: item on a leaf that is no list, unknown settings, empty values.
    said = world.push("""<SystemUnit item="1"><Name item="1">pushed</Name></SystemUnit>
        <Conference><MaxTransmitCallRate>3072</MaxTransmitCallRate></Conference><SIP><Proxy item="2"><Address /></Proxy></SIP>
        <NetworkServices><NTP><Server item="3"><Address item="3"></Address></Server><Server item="2"><Address item="2"
        >time.example.org</Address></Server></NTP><Telnet><Mode>On</Mode></Telnet></NetworkServices>""")
    assert world.agent.get("SystemUnit Name") == "pushed"
    assert "set by the manager" in world.agent.run("xConfiguration SystemUnit Name ?")
    assert world.agent.get("NetworkServices NTP Server 2 Address") == "time.example.org"
    assert "2 set, 1 as before; 2 unknown (Conference MaxTransmitCallRate, SIP Proxy 2 Address); 1 not supported" in said
    state = world.state()
    assert state["Provisioning Configuration Applied"] == "2" and state["Provisioning Configuration Unknown"] == "2"
    assert state["Provisioning Configuration NotSupported"] == "1"
    # One value that cannot be, and nothing of it is set.
    said = world.push("<SystemUnit><Name>half</Name></SystemUnit><Phonebook><Server><URL>http://plain.example.org/</URL></Server>"
                      "</Phonebook>")
    assert "refused as a whole" in said and "https://plain.example.org/" in said
    assert world.agent.get("SystemUnit Name") == "pushed"
    assert "Phonebook Server 1 URL" in world.state()["Provisioning Configuration LastError"]
    for space in ("", "http://www.tandberg.no/XML/CUIL/1.0"):
        world.push(f"<SystemUnit><Name>{space[-3:]}x</Name></SystemUnit>", space)
        assert world.agent.get("SystemUnit Name") == f"{space[-3:]}x"


def test_what_the_manager_may_not_touch(world):
    world.start()
    world.wait_state("Status", "^Provisioned$")
    said = world.push("""<NetworkServices><HTTPS><VerifyServerCertificate>Off</VerifyServerCertificate></HTTPS><NTP><Server><Key>k</Key>
        </Server></NTP></NetworkServices><Provisioning><TlsVerify>Off</TlsVerify><ExternalManager><MayWeaken>On</MayWeaken>
        <Guarded>SystemUnit</Guarded><Released>Logging</Released></ExternalManager></Provisioning><Security><Revocation><Mode>Soft</Mode></Revocation></Security>""")
    assert "1 set" in said and "6 guarded" in said
    assert world.agent.get("NetworkServices HTTPS VerifyServerCertificate") == "On"
    assert world.agent.get("Provisioning TlsVerify") == "On"
    assert world.agent.get("Security Revocation Mode") == "Soft", "stronger is always welcome"
    assert world.agent.get("Provisioning ExternalManager MayWeaken") == "Off"
    # Weaker again, stronger than nothing.
    assert "1 guarded" in world.push("<Security><Revocation><Mode>Off</Mode></Revocation></Security>")
    world.agent.set("Provisioning ExternalManager Guarded", "SystemUnit, xCommand HttpFeedback")
    world.agent.set("Provisioning ExternalManager MayWeaken", "On")
    said = world.push("<Security><Revocation><Mode>Off</Mode></Revocation></Security><SystemUnit><Name>no</Name></SystemUnit>")
    assert "1 set" in said and "1 guarded (SystemUnit Name)" in said


def test_what_an_administrator_guards_and_releases(world):
    """Lists name what there is, or are refused with the nearest name; a file of a newer agent is read all the same."""
    world.start()
    world.wait_state("Status", "^Provisioned$")
    mine, free = "xConfiguration Provisioning ExternalManager Guarded: ", "xConfiguration Provisioning ExternalManager Released: "
    assert "did you mean Name?" in world.agent.run(mine + "SystemUnit Nam", expect=65)
    assert "did you mean Boot?" in world.agent.run(mine + '"xCommand SystemUnit Bott"', expect=65)
    assert "guarded by default" in world.agent.run(free + "SystemUnit", expect=65)
    world.agent.run(mine + '"xConfiguration SystemUnit Name, IP DNS"')
    assert world.agent.get("Provisioning ExternalManager Guarded") == \
        "SystemUnit Name, Network DNS Domain Name, Network DNS Server Address"
    level = "<Logging><Level>Error</Level></Logging><HttpFeedback><Queue><MaxCount>1</MaxCount></Queue></HttpFeedback>"
    assert "2 guarded (Logging Level, HttpFeedback Queue MaxCount)" in world.push(level)
    world.agent.run(free + '"HttpFeedback Queue MaxCount"')
    assert "1 set" in world.push(level)
    assert world.agent.get("HttpFeedback Queue MaxCount") == "1" and world.agent.get("Logging Level") != "Error"
    world.agent.stop()
    settings = world.agent.state / "settings.conf"
    lines = [line for line in settings.read_text().splitlines() if "sha256" not in line]
    settings.write_text("\n".join([line.replace("SystemUnit Name,", "SystemUnit Name, Quantum Mode,") for line in lines] +
                                  ["xConfiguration Quantum Mode: On", ""]))
    mark = world.log.mark()
    world.agent.start()
    world.log.wait('settings: .*"Quantum Mode" names nothing that is known; it is kept', mark)
    world.log.wait('settings: .*there is no "Quantum"', mark)
    world.wait_state("Status", "^Provisioned$")
    assert "1 guarded (SystemUnit Name)" in world.push("<SystemUnit><Name>no</Name></SystemUnit>")
    world.agent.set("Time Zone", "Europe/Oslo")
    assert "xConfiguration Quantum Mode: On" in settings.read_text()


def test_rules_reach_every_service_while_the_agent_runs(world):
    """Hard asks for a revocation list, of which there is none: nobody is trusted any more, and everybody again with Off."""
    world.start()
    world.wait_state("Status", "^Provisioned$")
    world.agent.register(world.lab.url("/feed"))

    def services():
        s = world.agent.status("Security Server")
        return {v: s[k.replace(" Service", " VerifyResult")].split("=")[0] for k, v in s.items() if k.endswith(" Service")}

    def ask_all(n, wanted):
        world.agent.publish_event(f"mark {n}")
        world.agent.provision()
        out = world.agent.run("xCommand Phonebook Search SearchString: a", expect=None)
        names = ("ExternalManager", "HttpFeedback 1", "Phonebook")
        wait_for(lambda: [services().get(name) for name in names] == [wanted] * 3, f"{wanted} for each service", 20,
                 lambda: f"{services()}\n{world.log.tail()}")
        return out

    assert 'status=OK' in ask_all(1, "0")
    world.lab.wait_posts(1, service="feedback", explain=world.log.tail)
    world.agent.set("Security Revocation Mode", "Hard")
    before = len(world.lab.posts())
    assert "UNABLE_TO_GET_CRL" in ask_all(2, "3")
    world.wait_state("Status", "^Failed$")
    assert len(world.lab.posts()) == before, "somebody got something without a list"
    world.agent.set("Security Revocation Mode", "Off")
    assert 'status=OK' in ask_all(3, "0")
    world.wait_state("Status", "^Provisioned$")
    world.lab.wait_posts(3, service="feedback", explain=world.log.tail)


def command(world, xml, after=lambda world: world.agent.provision()):
    """Has them run, and returns the first event with results; after: what makes that event, once they have run."""
    since, mark = world.lab.posts(service="manager")[-1]["number"], world.log.mark()
    world.lab.order("offer", "command", "-", stdin=f"<Command xmlns=\"\">{xml}</Command>")
    world.agent.provision()
    world.log.wait("manager: [0-9]+ commands? run", mark)
    after(world)
    return wait_for(lambda: next((p["body"] for p in world.lab.posts(since, "manager") if "Result" in p["body"]), None),
                    "the results with the next event", 40, world.log.tail)


def test_commands(world):
    world.start()
    world.wait_state("Status", "^Provisioned$")
    body = command(world, f"""<HttpFeedback><Register command="True"><FeedbackSlot>3</FeedbackSlot><ServerUrl>{world.lab.url("/code")}
        </ServerUrl><Expression item="1">/Event/CallDisconnect</Expression><Expression item="2">/Event/Test</Expression></Register>
        </HttpFeedback><Security><Certificates><CA><Add command="True"><body>-----BEGIN</body></Add></CA></Certificates></Security>
        <Http><Dereg/></Http><Time><Floor><Reset/></Floor></Time><Diagnostics><Connection><Url>https://{IDLE}/</Url></Connection>
        </Diagnostics>""".replace("\n        ", ""))
    results = re.findall(r"<(\w*Result) status=\"(\w+)\"", body)
    assert results == [("HttpFeedbackRegisterResult", "OK"), ("CAAddResult", "Error"), ("Result", "Error"),
                       ("FloorResetResult", "Error"), ("DiagnosticsConnectionResult", "Error")], body
    assert "may only name a configured service, and no address" in body
    assert "by default the manager may not use it" in body and "Unknown command" in body, "abbreviations are nobody's way past it"
    state = world.state()
    assert state["Provisioning Commands Run"] == "1" and state["Provisioning Commands Failed"] == "0"
    assert state["Provisioning Commands Refused"] == "4"
    world.agent.publish_event("as ordered")
    world.lab.wait_posts(1, service="feedback", explain=world.log.tail)
    count = len([p for p in world.lab.posts(service="manager") if "Result" in p["body"]])
    assert count == 1, "results are told once"
    integrators = world.lab.url("/integrator")
    world.agent.register(integrators, expressions=("/Status/Audio",))
    body = command(world, f"<HttpFeedback><Register><FeedbackSlot>1</FeedbackSlot><ServerUrl>{integrators}</ServerUrl>"
                   "<Expression>/Event/Nothing</Expression></Register></HttpFeedback>")
    assert '<HttpFeedbackRegisterResult status="Error"' in body and "since somebody else has registered it" in body, body
    assert "/Status/Audio" in world.agent.run("xStatus HttpFeedback 1")
    # Its own slots it registers again, and replaces and ends, in one answer, too.
    register = "<Register><FeedbackSlot>2</FeedbackSlot><ServerUrl>{}</ServerUrl><Expression>{}</Expression>{}</Register>"
    body = command(world, "<HttpFeedback>" + register.format(world.lab.url("/a"), "/Event/A", "") + register.format(
        world.lab.url("/a"), "/Event/B", "") + register.format(world.lab.url("/b"), "/Event/C", "<Force>True</Force>") + "</HttpFeedback>")
    assert re.findall(r'<HttpFeedbackRegisterResult status="(\w+)"', body) == ["OK"] * 3, body
    body = command(world, "<HttpFeedback>" + register.format(world.lab.url("/b"), "/Event/D", "") +
                   "<Deregister><FeedbackSlot>2</FeedbackSlot></Deregister></HttpFeedback>")
    assert re.findall(r'<HttpFeedback\w+Result status="(\w+)"', body) == ["OK"] * 2, body
    assert world.agent.status("HttpFeedback 2") == {}


def test_settings_by_command_are_guarded(world):
    """Whatever command it uses, the guard is asked of each setting, also of one that would not change."""
    world.start()
    world.wait_state("Status", "^Provisioned$")
    world.agent.set("NetworkServices NTP Server 2 Key", "GuardedSecret")
    body = command(world, "<Configuration><Apply><body>SystemUnit Name: half\nNetworkServices NTP Server 2 Key: GuardedSecret\n</body></Apply>"
                   "</Configuration>")
    assert '<ConfigurationApplyResult status="Error"' in body and "by default the manager may not use it" in body, body
    assert world.agent.get("SystemUnit Name") == "lab-codec"
    body = command(world, "<Configuration><Apply><body>SystemUnit Name: whole</body></Apply></Configuration>")
    assert '<ConfigurationApplyResult status="OK"' in body and world.agent.get("SystemUnit Name") == "whole", body
    assert "set by the manager" in world.agent.run("xConfiguration SystemUnit Name ?")


def test_commands_beside_new_time_servers_wait_for_the_date(world):
    world.start()
    world.wait_state("Status", "^Provisioned$")
    world.agent.set("Provisioning ExternalManager Released", "NetworkServices NTP")
    server = f"ntp.sealpost.test:{world.lab.ntp}"
    assert world.agent.get("NetworkServices NTP Server 1 Address") != server
    world.lab.order("offer", "configuration", "-", stdin=f"""<Configuration xmlns="{CUIL}"><NetworkServices><NTP><Server item="1">
        <Address>{server}</Address></Server></NTP></NetworkServices></Configuration>""")
    body = command(world, "<Phonebook><Search><PhonebookType>Corporate</PhonebookType><SearchString>a</SearchString></Search></Phonebook>")
    assert world.agent.get("NetworkServices NTP Server 1 Address") == server
    assert '<PhonebookSearchResult status="OK"' in body, body


ENABLE = "<HttpFeedback><Enable><FeedbackSlot>4</FeedbackSlot></Enable></HttpFeedback>"


def test_results_go_where_they_are_asked_for(world):
    world.start()
    world.wait_state("Status", "^Provisioned$")
    world.lab.order("offer", "command", "-", world.lab.url("/results?job=7"), "codec", "hush hush", stdin=ENABLE)
    world.agent.provision()
    post = world.lab.wait_posts(1, service="feedback", explain=world.log.tail)[0]
    assert post["path"] == "/results?job=7" and "<Location>/CommandResponse</Location>" in post["body"]
    assert re.search('<CommandResponse product="[^"]*" version="[^"]*">\\s*<HttpFeedbackEnableResult status="Error">', post["body"])
    headers = {k.lower(): v for k, v in post["headers"].items()}
    assert headers["authorization"] == "Basic " + base64.b64encode(b"codec:hush hush").decode()
    wait_for(lambda: world.state()["Provisioning Commands ResultsPosted"] == "1", "counted")
    # Where they cannot go, they come with the next event: an address that is none, and a server that does not want them.
    world.lab.set("http", "404", "path", "/gone")
    for n, url in enumerate(("http://feedback.sealpost.test/plain", world.lab.url("/gone")), 1):
        mark = world.log.mark()
        since = world.lab.posts()[-1]["number"]
        world.lab.order("offer", "command", "-", url, stdin=ENABLE)
        world.agent.provision()
        world.log.wait("https://feedback.sealpost.test/plain" if n == 1 else "answered HTTP 404; goes with the next event", mark)
        world.agent.provision()
        wait_for(lambda: [p for p in world.lab.posts(since, "manager") if "<HttpFeedbackEnableResult" in p["body"]],
                 "the results with the next event", 20, world.log.tail)
        assert world.state()["Provisioning Commands ResultsNotPosted"] == str(n)
    assert not [p for p in world.lab.posts(service="manager") if "hush" in p["body"]] and not world.log.find("hush")
    assert len([p for p in world.lab.posts(service="manager") if "EnableResult" in p["body"]]) == 2, "told in one way only"


def test_results_of_a_boot_and_of_a_kill(world):
    world.start()
    world.wait_state("Status", "^Provisioned$")
    body = command(world, f"{ENABLE}<SystemUnit><Boot/></SystemUnit>", after=lambda world: None)
    assert "<Event>Boot</Event>" in body and re.findall(r"<(\w*Result) status=\"(\w+)\"", body) == [
        ("HttpFeedbackEnableResult", "Error"), ("SystemUnitBootResult", "OK")], body

    def dies(world):
        wait_for(lambda: results.exists() and "EnableResult" in results.read_text(), "the results in their file", 20, world.log.tail)
        world.agent.kill()
        assert results.stat().st_mode & 0o777 == 0o600
        assert results.read_text().count('format="1"') == 1
        results.write_text(results.read_text().replace('format="1"', 'format="2"'))
        mark = world.log.mark()
        world.agent.start()
        world.log.wait(f"{results} was written by a newer sealpost .format 2; this one knows 1.: .*keeps it as {results}.newer", mark)
    results = world.agent.state / "results"
    body = command(world, ENABLE, after=dies)
    assert "<Event>Boot</Event>" in body and "HttpFeedbackEnableResult" in body, body
    wait_for(lambda: not results.exists(), "nothing that waits", explain=world.log.tail)
    assert 'format="2"' in results.with_name("results.newer").read_text()


def test_documents(world):
    world.agent.write_settings([*world.lab.settings(), "Provisioning Password: \"hush hush\"", "Provisioning LoginName: \"me\""])
    world.start()
    world.wait_state("Status", "^Provisioned$")
    mark = world.log.mark()
    world.lab.order("offer", "documents", "/Configuration", world.lab.url("/c"), "/Status/SystemUnit", world.lab.url("/s"),
                    "/Command", world.lab.url("/v"), "/Status", "http://feedback.sealpost.test/plain")
    world.agent.provision()
    posts = world.lab.wait_posts(2, service="feedback", explain=world.log.tail)
    conf, status = posts[0]["body"], posts[1]["body"]
    assert conf.startswith("<PostedDocument>") and "<Location>/Configuration</Location>" in conf
    assert "hush" not in conf and "***</Password>" in conf
    assert '<Mode valueSpaceRef="/Valuespace/TTPAR_' in conf, "by this some servers know a leaf"
    assert "<Location>/Status/SystemUnit</Location>" in status and "<Uptime>" in status and "<Provisioning>" not in status
    assert "authorization" not in {k.lower() for k in posts[0]["headers"]}, "the manager's password is the manager's only"
    world.log.wait('"/Command": there is no such document', mark)
    world.log.wait("https://feedback.sealpost.test/plain", mark)        # the https form is shown
    wait_for(lambda: world.state()["Provisioning Documents Posted"] == "2", "both counted")


def test_documents_show_what_the_commands_did(world):
    world.start()
    world.wait_state("Status", "^Provisioned$")
    world.lab.order("offer", "documents", "/Status/HttpFeedback", world.lab.url("/s"))
    command(world, f"""<Phonebook><Search command="True"><SearchString>Fjord</SearchString></Search></Phonebook>
        <HttpFeedback><Register command="True"><FeedbackSlot>2</FeedbackSlot><ServerUrl>{world.lab.url("/code")}</ServerUrl>
        <Expression item="1">/Event/Test</Expression></Register></HttpFeedback>""".replace("\n        ", ""))
    status = world.lab.wait_posts(1, service="feedback", explain=world.log.tail)[0]["body"]
    assert f"<URL>{world.lab.url('/code')}</URL>" in status


# --- pushes that wait to be confirmed (docs/enforce.md)

MODE, VERIFY = "Security Revocation Mode", "NetworkServices HTTPS VerifyServerCertificate"


def pushes(world, mode):
    """Has the manager push a setting by which servers may be cut off."""
    return world.push(f"<Security><Revocation><Mode>{mode}</Mode></Revocation></Security>")


def within(world, minutes):
    world.agent.set("Provisioning ExternalManager ConfirmWithin", minutes)
    world.wait_state("Status", "^Provisioned$")


def test_the_managers_acceptance_confirms_its_push(world):
    world.start()
    within(world, 10)
    mark = world.log.mark()
    assert "1 set" in pushes(world, "Soft")
    world.log.wait("configuration: the change by the manager is taken back unless it is confirmed within 10 minutes", mark)
    world.log.wait("audit: a change that waits 10 minutes to be confirmed; by the manager manager.sealpost.test", mark)
    world.log.wait("configuration: the change by the manager is confirmed", mark)
    world.agent.wait_window("Closed")
    assert world.agent.get(MODE) == "Soft"
    # One an hour: this one is refused as a whole, which is told, and others of its settings are not.
    said = world.push("<Security><Revocation><Mode>Hard</Mode></Revocation></Security><SystemUnit><Name>half</Name></SystemUnit>")
    assert "refused as a whole: the manager has made a change that had to be confirmed less than an hour ago" in said
    assert world.agent.get(MODE) == "Soft" and world.agent.get("SystemUnit Name") != "half"
    assert "less than an hour ago" in world.state()["Provisioning Configuration LastError"]
    assert "1 set" in world.push("<SystemUnit><Name>whole</Name></SystemUnit>")
    world.agent.kill()
    world.agent.start()
    world.wait_state("Status", "^Provisioned$")
    assert "less than an hour ago" in pushes(world, "Hard"), "a restart does not shorten it"


def cut_off(world, minutes=10):
    """The manager pushes a setting under which its own certificate fails."""
    world.agent.write_settings([*world.lab.settings(), f"{VERIFY}: Off"])
    world.lab.set("tls", "expired")
    world.start()
    within(world, minutes)
    assert "1 set" in world.push("<NetworkServices><HTTPS><VerifyServerCertificate>On</VerifyServerCertificate></HTTPS></NetworkServices>")
    world.wait_state("Status", "^Failed$")
    assert world.agent.get(VERIFY) == "On" and world.agent.window()["State"] == "Open"
    assert world.agent.window()["ConfirmBy"] == "Manager" and world.agent.window()["OpenedBy"] == "the manager" and world.agent.window()["Holds"] == VERIFY


def test_a_push_that_cuts_the_manager_off(world):
    """It holds at once, and cannot be confirmed; kill -9 changes nothing, and the third start gives back what was, which is not set."""
    cut_off(world)
    for _ in range(2):
        world.agent.kill()
        world.agent.start()
        world.wait_state("Status", "^Failed$")
        assert world.agent.get(VERIFY) == "On" and world.agent.window()["State"] == "Open"
    world.agent.kill()
    world.agent.start()
    assert world.agent.get(VERIFY) == "Off" and world.agent.window()["State"] == "Closed"
    world.wait_state("Status", "^Provisioned$")     # nothing is stranded
    origin = world.agent.run(f'xCommand Configuration Origin Get Path: "{VERIFY}"')
    assert "Origin: File" in origin, origin


def test_settings_by_command_wait_to_be_confirmed(world):
    """Configuration Apply and Reset from the manager open a window as its pushes do."""
    world.agent.write_settings([*world.lab.settings(), f"{VERIFY}: Off"])
    world.start()
    within(world, 10)
    mark = world.log.mark()
    body = command(world, f"<Configuration><Apply><body>{MODE}: Soft</body></Apply></Configuration>")
    assert '<ConfigurationApplyResult status="OK"' in body and world.agent.get(MODE) == "Soft", body
    world.log.wait("configuration: the change by the manager is taken back unless it is confirmed within 10 minutes", mark)
    world.log.wait("configuration: the change by the manager is confirmed", mark)
    # Its second within the hour is refused.
    world.agent.set("Provisioning ExternalManager MayWeaken", "On")
    body = command(world, f'<Configuration><Reset><Path>{MODE}</Path></Reset></Configuration>')
    assert '<ConfigurationResetResult status="Error"' in body and "less than an hour ago" in body, body
    assert world.agent.get(MODE) == "Soft"
    body = command(world, "<Configuration><Apply><body>SystemUnit Name: free</body></Apply></Configuration>")
    assert '<ConfigurationApplyResult status="OK"' in body and world.agent.get("SystemUnit Name") == "free", body


@pytest.mark.parametrize("what", ("Apply", "Reset", "Enforce"))
def test_a_command_that_cuts_the_manager_off(world, what):
    """Nobody confirms it: the value that the file or the terminal gave holds again, with its origin."""
    value, file = ("Off", "On") if what == "Reset" else ("", "Off")
    world.agent.write_settings([*world.lab.settings(), f"{VERIFY}: {file}"])
    world.lab.set("tls", "expired")
    world.start()
    if value:
        world.agent.set(VERIFY, value)
    within(world, 10)
    world.agent.set("Provisioning ExternalManager Released", "xCommand Security Enforce")
    xml = {"Apply": f"<Configuration><Apply><body>{VERIFY}: On</body></Apply></Configuration>",
           "Reset": f"<Configuration><Reset><Path>{VERIFY}</Path></Reset></Configuration>",
           "Enforce": "<Security><Enforce><Level>4</Level><Force>True</Force></Enforce></Security>"}[what]
    world.lab.order("offer", "command", "-", stdin=f'<Command xmlns="">{xml}</Command>')
    world.agent.provision()
    world.wait_state("Status", "^Failed$")
    assert world.agent.get(VERIFY) == "On" and world.agent.window()["State"] == "Open"
    assert world.agent.window()["ConfirmBy"] == "Manager" and world.agent.window()["OpenedBy"] == "the manager" and world.agent.window()["Holds"] == VERIFY
    world.agent.run("xCommand Configuration Confirm TakeBack: True")
    assert world.agent.get(VERIFY) == "Off"
    world.wait_state("Status", "^Provisioned$")
    origin = world.agent.run(f'xCommand Configuration Origin Get Path: "{VERIFY}"')
    assert f"Origin: {'Terminal' if value else 'File'}" in origin, origin


def test_what_the_manager_may_no_longer_set_when_it_was_tried(world):
    """Its attempt waits for a time server that says nothing for long; meanwhile an administrator forbids it to make verification weaker."""
    world.start()
    world.wait_state("Status", "^Provisioned$")
    world.agent.set(MODE, "Soft")
    world.agent.set("Provisioning ExternalManager MayWeaken", "On")
    world.agent.set("Provisioning ExternalManager Released", "xCommand Configuration Try, NetworkServices NTP")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((IDLE, 0))
        silent.settimeout(40)
        address = f"{IDLE}:{silent.getsockname()[1]}"
        since = world.lab.posts(service="manager")[-1]["number"]
        world.lab.order("offer", "command", "-", stdin=f"""<Command xmlns=""><Configuration><Try><ConfirmWithin>5</ConfirmWithin>
            <Force>True</Force><body>NetworkServices NTP Server 1 Address: {address}\nNetworkServices NTP Wait: 40\n{MODE}: Off\n</body>
            </Try></Configuration></Command>""")
        world.agent.provision()
        asked, by = silent.recvfrom(100)
        world.agent.set("Provisioning ExternalManager MayWeaken", "Off")
        silent.sendto(denied(asked), by)
        body = wait_for(lambda: next((p["body"] for p in world.lab.posts(since, "manager") if "Result" in p["body"]), None), "the results", 60,
                        world.log.tail)
    assert "would make verification weaker" in body and world.agent.get(MODE) == "Soft", body
    assert address not in world.agent.get("NetworkServices NTP Server 1 Address")


def test_an_administrators_change_ends_the_managers(world):
    cut_off(world)
    mark = world.log.mark()
    world.agent.sealpost("xCommand", "Configuration", "Try", "ConfirmWithin:", "60", stdin="SystemUnit Name: mine\n", expect=None)
    assert world.agent.get(VERIFY) == "Off" and world.agent.get("SystemUnit Name") == "mine"
    assert world.agent.window()["OpenedBy"].startswith("user ") and world.agent.window()["Holds"] == "SystemUnit Name"
    world.log.wait("audit: setting NetworkServices HTTPS VerifyServerCertificate: from .On. to .Off.; by the agent, which took back", mark)
    world.wait_state("Status", "^Provisioned$")
    # While it waits, a push takes effect as without a window, and stays.
    assert "1 set" in pushes(world, "Soft")
    assert world.agent.window()["Holds"] == "SystemUnit Name"
    world.agent.run("xCommand Configuration Confirm TakeBack: True")
    assert world.agent.get("SystemUnit Name") == "lab-codec" and world.agent.get(MODE) == "Soft"


def test_an_administrators_refused_change_leaves_the_managers(world, tmp_path):
    cut_off(world)
    for words, why, stdin in (
            (["Configuration", "Try"], "nothing would change", "SystemUnit Name: lab-codec\n"),
            (["Security", "Certificates", "CA", "Add"], "nothing would change", world.lab.root.read_text()),
            (["Security", "Certificates", "CA", "Upload", "Force:", "True"], "takes away trust", Pki(tmp_path / "pki").root("Other").pem)):
        answer = world.agent.sealpost("xCommand", *words, "ConfirmWithin:", "60", stdin=stdin, expect=None)
        assert why in answer and world.agent.get(VERIFY) == "On", answer
        assert (world.agent.window()["State"], world.agent.window()["OpenedBy"]) == ("Open", "the manager")
    world.agent.sealpost("xCommand", "Security", "Certificates", "CA", "Add", "ConfirmWithin:", "60",
                         stdin=Pki(tmp_path / "more").root("More").pem)
    assert world.agent.get(VERIFY) == "Off" and world.agent.window()["OpenedBy"].startswith("user "), world.agent.window()


def push_not_confirmed(world):
    """Of a minute; tests/slow calls it."""
    cut_off(world, 1)
    world.agent.wait_window("Closed", 90)
    assert world.agent.get(VERIFY) == "Off"
    world.log.wait("configuration: the change by the manager was not confirmed: what it changed has its previous values again")
    world.wait_state("Status", "^Provisioned$")     # by itself


def test_what_is_not_supported_is_told(world):
    world.start()
    world.wait_state("Status", "^Provisioned$")
    world.lab.order("offer", "software", "-", stdin="<Package><URL>https://example.org/firmware.pkg</URL></Package>")
    world.lab.order("offer", "filestodownload", "-", stdin="<FileToDownload><FileURL>https://x/</FileURL></FileToDownload>" * 3)
    world.lab.order("offer", "calendar", "-", stdin="<Bookings><Booking item=\"1\"/></Bookings>")
    world.agent.provision()
    state = world.wait_state("NotSupported Software", "firmware.pkg")
    assert state["Provisioning NotSupported Files"] == "3" and state["Provisioning NotSupported Bookings"] == "1"
    for words in ("replaces no software", "downloads none", "keeps no calendar"):
        world.log.wait(words)


def test_a_move_must_prove_itself(world, tmp_path):
    world.start()
    world.wait_state("Status", "^Provisioned$")
    before = world.agent.get("Provisioning ExternalManager Address")
    # Nobody there; then somebody who is not trusted; then no name at all.
    other = Lab(tmp_path, name="other")
    try:
        for address in (f"manager.sealpost.test:{other.dns}", f"manager.sealpost.test:{other.https}", IDLE):
            said = world.push(f"<Provisioning><ExternalManager><Address>{address}</Address></ExternalManager></Provisioning>"
                              f"<SystemUnit><Name>{address}</Name></SystemUnit>")
            world.log.wait(f"manager: stays with .*{address}", seconds=30)
            assert world.agent.get("Provisioning ExternalManager Address") == before
            assert world.agent.get("SystemUnit Name") == address, "the rest of the push stands"
            assert address in world.wait_state("ExternalManager StayedBecause", re.escape(address))[
                "Provisioning ExternalManager StayedBecause"], said
        assert not other.posts(), "who is not trusted is told nothing"
        world.agent.upload(other.root.read_text())
        target = f"phonebook.sealpost.test:{other.https}"
        mark = world.log.mark()
        world.push(f"<Provisioning><ExternalManager><Address>{target}</Address></ExternalManager></Provisioning>")
        world.log.wait("manager: moves to", mark)
        wait_for(lambda: world.agent.get("Provisioning ExternalManager Address") == target, "the new address", 10)
        other.wait_posts(2, service="manager", explain=world.log.tail)
        assert "<Event>Register</Event>" in other.posts()[0]["body"]
        assert world.state()["Provisioning ExternalManager StayedBecause"] == ""
    finally:
        other.stop()


BAD = [("truncated", "before its answer was complete"), ("bad-xml", "no XML document"), ("xml-bomb", "no XML document"),
       ("soap-fault", "SOAP fault: .*The lab was told to fail"), ("wrong-type", "text/html"), ("empty", "found nothing"),
       ("reset", "reset the connection"), ("401", "LoginName"), ("403", "refuses this device"), ("404", "Path"), ("500", "of its own"),
       ("503", "out of service")]


def test_bad_answers(world):
    """Verified correctly, and bad all the same: each its own reason, nothing is weakened, and it recovers."""
    world.start()
    world.wait_state("Status", "^Provisioned$")
    before = world.agent.run("xConfiguration")
    for fault, words in BAD:
        world.lab.set("http", fault)
        world.agent.provision()
        world.wait_state("Attempts", "[1-9]", 40)     # none while the event that was asked for is under way
        state = world.wait_state("LastError", words, 40)
        assert state["Provisioning Status"] == ("AuthenticationFailed" if fault in ("401", "403") else "Failed")
    assert world.agent.run("xConfiguration") == before
    world.lab.set("http", "good")
    world.agent.provision()
    world.wait_state("Status", "^Provisioned$")


CONTRADICTORY = {
    "deep": "<Configuration><Configuration>" + "<A>" * 200 + "x" + "</A>" * 200 + "</Configuration></Configuration>",
    "many settings": "<Configuration><Configuration>" + "<SystemUnit><Name>{}</Name></SystemUnit>".format("n") * 3000 +
                     "</Configuration></Configuration>",
    "many commands": "<Command><Command>" + "<HttpFeedback><Enable><FeedbackSlot>1</FeedbackSlot></Enable></HttpFeedback>" * 500 +
                     "</Command></Command>",
    "many documents": "<DocumentsToPost>" + "<DocumentToPost><Location>/Status</Location><URL>https://a.test/</URL></DocumentToPost>" *
                      300 + "</DocumentsToPost>",
    "contradicting itself": "<Configuration><Configuration><SystemUnit><Name>one</Name><Name>two</Name></SystemUnit><Provisioning>"
                            "<Mode>Off</Mode><Mode>TMS</Mode></Provisioning></Configuration></Configuration>",
}


def test_contradictory_pushes(world):
    world.start()
    world.wait_state("Status", "^Provisioned$")
    mark = world.log.mark()
    for inner in CONTRADICTORY.values():
        element = re.match(r"<(\w+)>", inner).group(1)
        world.lab.order("offer", element.lower(), "-", stdin=inner[len(element) + 2:-len(element) - 3])
        for _ in range(2):
            before = len(world.events())
            world.agent.provision()
            wait_for(lambda: len(world.events()) > before, "it goes on", 40, world.log.tail)
    world.wait_state("Status", "^Provisioned$")
    assert world.agent.get("Provisioning TlsVerify") == "On" and world.agent.get("Provisioning Mode") == "TMS"
    assert len(world.log.lines) - mark < 60, "a hostile server does not flood the log"


def test_alternate_address(world):
    lab = world.lab
    gone = Tap(lab.https)       # a place whose port is closed later
    world.agent.write_settings([*lab.settings(), f"Provisioning ExternalManager Address: manager.sealpost.test:{gone.port}",
                                f"Provisioning ExternalManager AlternateAddress: manager.sealpost.test:{lab.https}"])
    world.start()
    world.wait_state("Status", "^Provisioned$")
    assert world.state()["Provisioning ExternalManager Alternate"] == "False"
    gone.stop()
    world.agent.set("Security Verification CommonName", "Off")      # another trust epoch: the kept connection is not used again
    world.agent.provision()
    state = world.wait_state("ExternalManager Alternate", "^True$", 30)
    assert f":{lab.https}/" in state["Provisioning ExternalManager URL"]
    world.wait_state("Status", "^Provisioned$", 30)


def test_nothing_is_sent_without_verification(tmp_path):
    """A manager that is not trusted is told nothing, and its log says why."""
    world = World(tmp_path)
    try:
        world.agent.start()     # no root was uploaded
        world.wait_state("Status", "^Failed$")
        assert "no root certificate" in world.state()["Provisioning LastError"]
        assert world.lab.status()["posts"] == 0 and world.lab.status()["connections"] == 0
        world.lab.set("tls", "expired")
        world.lab.upload_root(world.agent)
        world.wait_state("VerifyResult", "^10$")
        assert world.lab.status()["posts"] == 0
    finally:
        world.close()
