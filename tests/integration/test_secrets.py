# SPDX-License-Identifier: MIT
"""Every secret that a rich configuration holds is looked for in all that is shown to others: the report, the bundle, the log in syslog's form and
in the journal's, audit lines on disk. None is there."""
import base64
import os
import re

import pytest

import test_report
from real import ROOT, wait_for
from test_audit import World
from test_journal import Journal
from test_users import WEB_USER, Session
from world import openssl

WORD = "s3cret"


def secret(what):
    """A secret that names what it is of, so that a failure of this test says what has leaked."""
    return f"{WORD}-of-{what}-0123456789"


def secret_settings():
    """The paths of all settings whose value is a secret, out of the table of settings itself."""
    rows = re.findall(r'\{ "([^"]+)", HIDDEN\(', (ROOT / "src/settings/rows.c").read_text())
    assert len(rows) >= 4
    return [re.sub(r"\[1\.\.\d+\]", " 1", row) for row in rows]


def value_of(path):
    """A value that the setting takes; the part of it that is looked for is the second one."""
    name = secret(path.replace(" ", "-").lower())
    if path.endswith("Slot 1 Secret"):
        text = base64.b64encode(name.encode()).decode()
        return f"whsec_{text}", text
    if path.startswith("NetworkServices NTP"):
        return "HEX:" + name.encode().hex(), name.encode().hex()
    return name, name


def secret_parameters():
    """(command, parameter, the parameters without which the command is not read) of all parameters of commands that take a secret,
    out of the document that is made from the tables of commands."""
    values = {"Name": "nobody", "Username": "nobody", "Fingerprint": "00" * 20}
    found = []
    for text in (ROOT / "docs/commands.md").read_text().split("\n### xCommand ")[1:]:
        command = text.splitlines()[0]
        rows = re.findall(r"^\| `(\w+)(\(r\))?` \|", text, re.M)
        for name, _ in rows:
            if re.search("Pass(word|phrase)|Secret|Token", name):
                found.append((command, name, [f"{n}: {values.get(n, '1')}" for n, required in rows if required and n != name]))
    assert len(found) >= 10
    return found


def give_to_commands(agent, sought):
    """Every parameter that takes a secret has one; the commands are refused for other reasons, or carried out. The same with its name
    mistyped, as a document, and in a document that is none."""
    for command, name, others in secret_parameters():
        value = secret(f"{command}-{name}".replace(" ", "-").lower())
        sought[value] = f"{command} {name}"
        agent.run(f'xCommand {command} {" ".join(others)} {name}: "{value}"', ".", expect=None)
        agent.run(f'xCommand {command} {" ".join(others)} {name[:-1]}: "{value}"', ".", expect=None)
        inside = "".join(f"<{o.split(': ')[0]}>{o.split(': ')[1]}</{o.split(': ')[0]}>" for o in others) + f"<{name}>{value}</{name}>"
        document = inside
        for step in reversed(command.split()):
            document = f"<{step}>{document}</{step}>"
        agent.run("xPutxml", f"<Command>{document}</Command>", ".", expect=None)
        agent.run("xPutxml", f"<Command>{document}", ".", expect=None)


def give_as_settings(agent, sought):
    """Secrets among settings that come as a body, as a document, as a file that is refused, and in a line that is none."""
    def made(what):
        sought[secret(what)] = f"a setting ({what})"
        return secret(what)
    agent.run("xCommand Configuration Apply DryRun: True", f"xConfiguration Provisioning Password: {made('apply-tried')}", ".")
    agent.run("xCommand Configuration Apply", f"xConfiguration Provisioning Password: {made('apply')}", ".")
    agent.run("xCommand Configuration Apply", f"xConfiguration Provisioning Password: {made('apply-refused')}", "xConfiguration Nothing: 1", ".", expect=65)
    agent.run("xCommand Configuration Try", f"xConfiguration Provisioning Password: {made('try')}", ".", expect=None)
    agent.run("xPutxml", f"<Configuration><Provisioning><Password>{made('document')}</Password></Provisioning></Configuration>", ".")
    agent.run("xPutxml", f"<Configuration><Provisioning><Password>{made('no-document')}</Passwort></Provisioning></Configuration>", ".", expect=None)
    agent.run("xPutxml", f"<Configuration><Provisioning><Password>{made('document-refused') * 4}</Password></Provisioning></Configuration>", ".", expect=65)
    agent.run(f'xConfiguration Provisioning Pasword: "{made("mistyped")}"', f'xConfiguration Provisioning Password "{made("no-colon")}"',
              f'xConfiguration Provisioning Password: "{made("no-end")}', expect=None)
    before = agent.config.read_text()
    files = (("file-refused", 'xConfiguration Provisioning Password: "{0}{0}{0}{0}"'), ("file-no-name", 'xConfiguration Provisioning Pasword: "{0}"'),
             ("file-no-colon", 'xConfiguration Provisioning Password "{0}"'), ("file-no-end", 'xConfiguration Provisioning Password: "{0}'))
    for number, (name, line) in enumerate(files, 1):
        agent.config.write_text(before + line.format(made(name)) + "\n")
        os.kill(agent.pid, 1)
        wait_for(lambda: agent.run('xCommand Security Audit Show Contains: "refused: the settings of the files"').count("refused: the settings of") == number, name)
    agent.config.write_text(before)
    # One change waits to be confirmed, over the restart, too.
    agent.run("xCommand Configuration Try ConfirmWithin: 30 Force: True", f"xConfiguration Provisioning Password: {made('window')}", ".")


def give_to_web(world, sought):
    """The agent makes a key for the device's own HTTPS side, and hands it to the process that listens."""
    world.agent.set("NetworkServices HTTPS Mode", "On")
    session = Session(world.open, WEB_USER)
    status, answer = session.ask("xWeb Get Generation: 0")
    session.close()
    key = [line for line in answer.replace("\\n", "\n").splitlines() if len(line) >= 60 and re.fullmatch("[A-Za-z0-9+/=]+", line)]
    made = (world.agent.state / "https-self-signed").read_text()
    key = re.search("-----BEGIN PRIVATE KEY-----\n(.*?)-----END", made, re.S)[1].split()
    assert status == 0 and key and key[0] in answer
    sought |= {line: "the key of the self-signed certificate for HTTPS" for line in key}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can log users in from the network")
@pytest.mark.parametrize("to_journal", [False, True], ids=["syslog", "journal"])
def test_no_secret_is_shown(tmp_path, to_journal):
    world = World(tmp_path)
    agent, journal = world.agent, Journal(tmp_path / "journal")
    agent.options += ["--web-user", WEB_USER, *(["--journal", tmp_path / "journal"] if to_journal else [])]
    sought = {}         # what is looked for -> what it is of
    try:
        world.start()
        agent.set("Logging Level", "Debug")
        world.lab.upload_root(agent)
        # Settings: set, set anew, and refused.
        for path in secret_settings():
            value, sought_for = value_of(path)
            sought[sought_for] = path
            agent.set(path, value, expect=None)
            agent.run(f'xConfiguration {path}: "{value}"', f"xConfiguration {path} ?", expect=None)
        give_to_commands(agent, sought)
        give_as_settings(agent, sought)
        give_to_web(world, sought)
        agent.set("Provisioning Password", secret("manager-refused") * 4, expect=65)
        sought[secret("manager-refused")] = "a refused password"
        # Registrations and addresses with credentials, tokens and queries, one of them refused by its server.
        for slot, (kind, url) in enumerate({
                "user": f"https://{secret('url-user')}:{secret('url-password')}@feedback.sealpost.test:{world.lab.https}/x",
                "token": f"https://feedback.sealpost.test:{world.lab.https}/hook/{secret('token')}",
                "query": f"https://feedback.sealpost.test:{world.lab.https}/feedback?key={secret('query')}"}.items(), 1):
            if slot == 3:
                slot = 4        # the third one is the manager's
            r = agent.call("xCommand", "HttpFeedback", "Register", f"FeedbackSlot: {slot}", f"ServerUrl: {url}", "Expression: /Event/Test")
            assert r.returncode == 0 or kind == "user", r
        sought |= {secret(x): f"an address' {x}" for x in ("url-user", "url-password", "token", "query")}
        agent.publish_event("one")
        wait_for(lambda: int(agent.status("HttpFeedback 2").get("HttpFeedback 2 Delivery Attempts", 0)) +
                 int(agent.status("HttpFeedback 2").get("HttpFeedback 2 Delivery DeliveredSinceStart", 0)) > 0, "a post to the hook")
        agent.set("Phonebook Server 1 URL", f"https://phonebook.sealpost.test:{world.lab.https}/book/{secret('phonebook')}?key={secret('phonebook-query')}")
        agent.set("Provisioning ExternalManager Path", f"tms/{secret('manager-path')}/x?key={secret('manager-query')}")
        sought |= {secret("manager-path"): "the manager's path", secret("manager-query"): "the manager's path"}
        sought |= {secret("phonebook"): "the phone book's address", secret("phonebook-query"): "the phone book's address"}
        agent.sealpost("xCommand", "Phonebook", "Search", "SearchString: a", expect=None)
        agent.sealpost("doctor", expect=None)
        # Keys: one under a passphrase, its passphrase, a backup's; a request's, which never leaves the agent.
        key, cert = tmp_path / "own.key", tmp_path / "own.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", key, "-out", cert, "-subj", "/CN=device",
                "-passout", f"pass:{secret('key')}")
        sought[secret("key")] = "a private key's passphrase"
        body = (cert.read_text() + key.read_text()).splitlines()
        sought |= {line: "a private key" for line in key.read_text().splitlines() if len(line) == 64}
        agent.run(f'xCommand Security Certificates Services Add PrivateKeyPassword: "{secret("wrong-key")}"', *body, ".", expect=None)
        sought[secret("wrong-key")] = "a wrong passphrase of a key"
        said = agent.run(f'xCommand Security Certificates Services Add PrivateKeyPassword: "{secret("key")}"', *body, ".")
        own = re.search(r'Fingerprint: "?([0-9a-f]{40})', said + agent.run("xCommand Security Certificates Services Show"))[1]
        agent.run(f'xCommand Security Certificates Services Backup Fingerprint: {own} Password: "{secret("backup")}" '
                  f'PrivateKeyPassword: "{secret("key")}"', expect=None)
        sought[secret("backup")] = "a backup's password"
        agent.run("xCommand Security Certificates CSR Create Name: renewal CommonName: device.sealpost.test")
        sought["PRIVATE KEY"] = "a private key"
        # Users: their passwords, also wrong ones, and the hashes of both.
        agent.run(f'xCommand SystemUnit AdminPassword Set Password: "{secret("admin")}"')
        agent.run(f'xCommand UserManagement User Add Username: tom Passphrase: "{secret("tom")}" Role: User')
        agent.run(f'xCommand UserManagement User Passphrase Set Username: tom NewPassphrase: "{secret("tom-anew")}"')
        for password in ("tom", "tom-anew", "admin", "wrong"):
            session = Session(world.open, WEB_USER)
            session.log_in("admin" if password == "admin" else "tom", secret(password), "192.0.2.7")
            session.close()
            sought[secret(password)] = f"a user's password ({password})"
        # All that is shown to others, while the agent runs and after a restart.
        shown = {}
        for when in ("before", "after"):
            shown[f"report {when}"] = test_report.run(world, "report")[0].decode()
            shown[f"page {when}"] = test_report.run(world, "report", "--html")[0].decode()
            folder = tmp_path / when
            folder.mkdir()
            shown |= {f"bundle {when}: {k}": v for k, v in test_report.unpack(world, folder, "bundle").items()}
            if when == "before":
                agent.stop()
                world.start()
        shown |= {f.name: f.read_text() for f in agent.state.glob("audit*")}
        shown["syslog"] = "\n".join(world.log.lines)
        shown["journal"] = "\n".join(f"{name}={value}" for packet in journal.so_far() for name, value in packet.items())
        assert ("audit: setting Provisioning Password" in shown["journal"]) == to_journal
        assert ("audit: setting Provisioning Password" in shown["syslog"]) != to_journal, shown["syslog"]
        audited = shown["syslog"] + shown["journal"]
        missing = [path for path in secret_settings() if f'setting {path}: from "" to "***"' not in audited]
        assert missing == ["SystemUnit Password"], "those that this agent refuses"
        found = {(name, what) for name, text in shown.items() for looked_for, what in sought.items() if looked_for in text}
        stray = {(name, line[:300]) for name, text in shown.items() for line in text.splitlines() if WORD in line}
        assert not found and not stray, "\n".join(map(str, sorted(found) + sorted(stray)))
    finally:
        journal.stop()
        world.close()
