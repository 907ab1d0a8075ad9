# SPDX-License-Identifier: MIT
"""Where settings come from: the administrator's files and their folder, the terminal, the manager."""
import json
import os
import re
import shutil
import subprocess

import pytest
import yaml

import real


@pytest.fixture
def log(tmp_path):
    log = real.Syslog(tmp_path)
    yield log
    log.stop()


@pytest.fixture
def agent(tmp_path, log):
    a = real.Agent(tmp_path, log, ["NetworkServices NTP Mode: Off", "SystemUnit Name: main"])
    yield a
    a.stop()


def more(agent, name, text):
    folder = agent.config.with_name(agent.config.name + ".d")
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


def reload(agent, log, expect="agent: settings reloaded"):
    since = log.mark()
    os.kill(agent.pid, 1)
    return log.wait(expect, since=since)


def check(agent):
    r = subprocess.run([agent.build / "sealpostd", "--check-config", agent.config], text=True, capture_output=True, env=agent.env)
    return r.returncode, r.stdout + r.stderr


def test_the_folders_files_count_after_the_file_and_on_reload(agent, log):
    more(agent, "20-room.conf", "SystemUnit Name: room\n")
    more(agent, "10-site.conf", "SystemUnit Name: site\nTime Zone: Europe/Oslo\n")
    more(agent, "20-room.conf~", "what an editor leaves behind\n")
    agent.start()
    assert agent.get("SystemUnit Name") == "room" and agent.get("Time Zone") == "Europe/Oslo"
    assert check(agent) == (0, f"{agent.config}: OK\n")
    wrong = more(agent, "30-wrong.conf", "# of the guests\nSystemUnit Nmae: guest\n")
    line = reload(agent, log, f"settings not reloaded, those before hold on: {wrong}: 1 mistake")
    assert line and agent.get("SystemUnit Name") == "room"
    log.wait(rf'settings: {wrong}:2:12: there is no "Nmae"')
    status, said = check(agent)
    assert status == 78 and f'{wrong}:2:12: there is no "Nmae"' in said, said
    wrong.write_text("SystemUnit Name: guest\n")
    reload(agent, log)
    assert agent.get("SystemUnit Name") == "guest"
    agent.config.unlink()
    reload(agent, log)
    assert agent.get("NetworkServices NTP Mode") == "Auto" and agent.get("SystemUnit Name") == "guest"


def test_each_value_says_where_it_comes_from_and_what_it_hides(agent, log):
    more(agent, "10-site.conf", "\nTime Zone: Europe/Oslo\nLogging Level: Info\nNetworkServices NTP Server 1 Key: hush\n")
    agent.start()
    agent.set("SystemUnit Name", "terminal")
    agent.set("NetworkServices NTP Server 1 Key", "secret!")
    agent.set("Time Zone", "Etc/UTC")
    wanted = (f'*? xConfiguration SystemUnit Name: <S: 0, 50>\n'
              f'     Value: "terminal", set at the terminal; it hides "main" of {agent.config}:2\n')
    for restart in range(2):
        assert wanted in agent.run("xConfiguration SystemUnit Name ?")
        assert 'Value: Info, from ' + str(agent.config) + '.d/10-site.conf:3' in agent.run("xConfiguration Logging Level ?")
        assert 'Value: daemon, the default' in agent.run("xConfiguration Logging Facility ??")
        key = agent.run("xConfiguration NetworkServices NTP Server 1 Key ?")
        assert '"***", set at the terminal; it hides "***" of' in key and "secret!" not in key and "hush" not in key
        agent.restart()
    xml = agent.run("xPreferences outputmode xml", "xConfiguration NetworkServices NTP Mode ?", "xConfiguration SystemUnit Name ?")
    assert f'<Mode item="1" origin="File" source="{agent.config}:1">Off</Mode>' in xml
    assert f'<Name item="1" origin="Terminal" hides="main" hidesSource="{agent.config}:2">terminal</Name>' in xml
    answer = json.loads(agent.sealpost("-j", "xConfiguration SystemUnit Name ?"))
    assert answer["Configuration"]["SystemUnit"]["Name"] == {"origin": "Terminal", "hides": "main", "hidesSource": f"{agent.config}:2",
                                                             "Value": "terminal"}
    assert agent.run("xConfiguration SystemUnit Name") == '*c xConfiguration SystemUnit Name: "terminal"\n** end\n\nOK\n\n'


def settings_of(answer, result):
    found = json.loads(answer)["CommandResponse"][result].get("Setting", [])
    return {s["Path"]["Value"]: s for s in found}


def test_differences_and_reset(agent, log):
    more(agent, "10-site.conf", "Time Zone: Europe/Oslo\nLogging Level: Info\n")
    agent.start()
    agent.set("SystemUnit Name", "terminal")
    agent.set("Time Zone", "Etc/UTC")
    agent.set("HttpFeedback Window", "7")
    found = settings_of(agent.sealpost("-j", "xCommand Configuration Diff"), "ConfigurationDiffResult")
    assert set(found) == {"HttpFeedback Window", "NetworkServices NTP Mode", "SystemUnit Name", "Time Zone"}
    assert found["Time Zone"]["Hides"]["File"] == {"Value": f"{agent.config}.d/10-site.conf"} and found["Time Zone"]["Origin"] == {"Value": "Terminal"}
    assert found["NetworkServices NTP Mode"]["Line"] == {"Value": "1"} and found["NetworkServices NTP Mode"]["Default"] == {"Value": "Auto"}
    found = settings_of(agent.sealpost("-j", "xCommand Configuration Origin Get Path: HttpFeedback"), "OriginGetResult")
    assert found["HttpFeedback Window"]["Origin"] == {"Value": "Terminal"} and found["HttpFeedback Order"]["Origin"] == {"Value": "Default"}
    said = agent.run("xCommand Configuration Reset Path: SystemUnit")
    assert "Reset: 1" in said and 'Path: "SystemUnit Name"' in said and 'Value: "main"' in said and "Origin: File" in said, said
    assert agent.get("SystemUnit Name") == "main" and agent.get("Time Zone") == "Etc/UTC"
    assert "Reset: 0" in agent.run("xCommand Configuration Reset Path: SystemUnit")
    assert "Nmae" in agent.sealpost("xCommand Configuration Reset Path: //Nmae", expect=65)
    assert "Reset: 2" in agent.run("xCommand Configuration Reset Path: /")
    agent.restart()
    assert agent.get("Time Zone") == "Europe/Oslo" and agent.get("HttpFeedback Window") != "7"


def test_a_file_of_the_folder_that_cannot_be_read_is_named(agent, log):
    agent.start()
    path = more(agent, "x.conf", "")
    path.unlink()
    path.mkdir()
    reload(agent, log, f"settings not reloaded, those before hold on: {path}: expected a regular file, and this is a folder")
    agent.stop()
    agent.launch()
    log.wait(f"agent: does not start: {path}: expected a regular file, and this is a folder")
    assert agent.process.popen.wait(real.PATIENCE) == 78
    agent.process = None


# --- sealpost config, sealpost apply -----------------------------------------------------------------------------

def test_config_diff_is_read_by_people_and_is_a_settings_file(agent, log):
    agent.start()
    agent.run(r'xConfiguration SystemUnit Name: "Room \"4\" <b>"')
    agent.set("NetworkServices NTP Server 1 Key", "hush")
    said = agent.sealpost("config", "diff")
    name, = [line for line in said.splitlines() if line.startswith("SystemUnit Name")]
    assert re.fullmatch(r'SystemUnit Name: "Room \\"4\\" <b>" +# Terminal; hides "main" of .*:2; default ""', name), said
    assert f'NetworkServices NTP Mode: "Off"                 # File {agent.config}:1; default "Auto"\n' in said
    assert "hush" not in said
    again = agent.folder / "again"
    again.write_text(said)
    assert "0 changed, 2 unchanged" in agent.sealpost("apply", again)       # the key is ***, which is left out
    assert agent.sealpost("config", "diff", "HttpFeedback") == ""
    assert agent.sealpost("config", "origin", "Logging Level") == 'Logging Level: "Info"                           # Default; default "Info"\n'
    assert agent.sealpost("config", "reset", "SystemUnit").startswith(f'SystemUnit Name: "main"                         # File {agent.config}:2')
    assert "expected diff" in agent.sealpost("config", "dif", expect=64)
    assert 'no "Nmae"' in agent.sealpost("config", "diff", "SystemUnit Nmae", expect=65)
    assert json.loads(agent.sealpost("-j", "config", "diff"))["CommandResponse"]["ConfigurationDiffResult"]["Setting"]


def test_apply_says_what_changed_and_does_all_or_nothing(agent, log):
    agent.start()
    wanted = agent.folder / "wanted"
    wanted.write_text("# of the site\nxConfiguration SystemUnit Name: applied\n*c xConfiguration NetworkServices NTP Mode: Off\n"
                      "networks ntp serv 1 key: hush\nProvisioning TlsVerify: On\n")
    dry = agent.sealpost("apply", "--dry-run", wanted, expect=2)
    assert dry.endswith("3 would be changed, 1 unchanged\n") and agent.get("SystemUnit Name") == "main"
    said = agent.sealpost("apply", wanted, expect=2)
    assert said.splitlines() == ['unchanged  NetworkServices NTP Mode: "Off"',
                                 'changed    NetworkServices NTP Server 1 Key: "***" (was "", Default)',
                                 'changed    Provisioning TlsVerify: "On" (was "On", Default)',
                                 'changed    SystemUnit Name: "applied" (was "main", File)', "3 changed, 1 unchanged"]
    assert "set at the terminal" in agent.run("xConfiguration Provisioning TlsVerify ?")
    assert agent.sealpost("apply", "-", stdin=wanted.read_text()).endswith("0 changed, 4 unchanged\n")
    assert '"Changed":{"Value":"0"}' in agent.sealpost("-j", "apply", wanted)
    agent.restart()
    assert agent.sealpost("apply", wanted).endswith("0 changed, 4 unchanged\n")
    # One mistake, and nothing is set; each is told with its place.
    wanted.write_text("SystemUnit Name: half\nLogging Level: Loud\nQuantum Mode: On\n")
    said = agent.sealpost("apply", wanted, expect=65)
    assert f"{wanted}:2:16: Logging Level: expected" in said and f"{wanted}:3:1: " in said and "nothing is changed" in said
    assert agent.get("SystemUnit Name") == "applied"
    # What is shown can be applied, also what the operating system has set; an empty file changes nothing.
    wanted.write_text(agent.sealpost("xConfiguration"))
    agent.sealpost("apply", wanted, expect=2)      # what was inherited is set now
    assert agent.sealpost("apply", wanted).splitlines()[-1].startswith("0 changed")
    wanted.write_text("")
    assert agent.sealpost("apply", wanted) == "0 changed, 0 unchanged\n"
    assert "no such file" in agent.sealpost("apply", agent.folder / "nowhere", expect=66)
    for wrong in ([], ["a", "b"], ["--dryrun", "a"]):
        assert "expected [--dry-run] FILE" in agent.sealpost("apply", *wrong, expect=64)


def play(agent, settings, *options, program="sealpost"):
    """The example role on this machine; what Ansible says, and its numbers."""
    inventory, book = agent.folder / "hosts", agent.folder / "book.yml"
    inventory.write_text("codec ansible_connection=local\n")
    book.write_text(json.dumps([{"hosts": "codec", "gather_facts": False, "roles": [
        {"role": "sealpost", "vars": {"sealpost_settings": settings, "sealpost_command": str((agent.build / program).absolute())}}]}]))
    env = {**agent.command_env, "ANSIBLE_ROLES_PATH": str(real.ROOT / "docs/ansible/roles"), "HOME": str(agent.folder), "LC_ALL": "C.UTF-8"}
    r = subprocess.run(["ansible-playbook", "-vv", "-i", inventory, *options, book], text=True, capture_output=True, env=env,
                       timeout=real.PATIENCE * 4)
    said = r.stdout + r.stderr
    recap = re.search(r"changed=(\d+) .*failed=(\d+)", said)
    assert recap, said
    return said, int(recap.group(1)), int(recap.group(2))


@pytest.mark.skipif(not shutil.which("ansible-playbook"), reason="ansible-core is not installed")
def test_ansibles_role(agent, log):
    agent.start()
    settings = 'xConfiguration SystemUnit Name: "of Ansible"\nNetworkServices NTP Server 1 Key: hush\n'
    said, changed, failed = play(agent, settings, "--check")
    assert (changed, failed) == (1, 0) and agent.get("SystemUnit Name") == "main", said
    said, changed, failed = play(agent, settings)
    assert (changed, failed) == (1, 0) and agent.get("SystemUnit Name") == "of Ansible" and "hush" not in said, said
    assert "changed    SystemUnit Name: " in said, said
    said, changed, failed = play(agent, settings)
    assert (changed, failed) == (0, 0), said
    said, changed, failed = play(agent, "SystemUnit Nmae: x\n")
    assert (changed, failed) == (0, 1) and "Nmae" in said, said
    said, changed, failed = play(agent, settings, program="nowhere")      # the same status, 2, as after a change
    assert (changed, failed) == (0, 1) and "No such file or directory" in said, said


def test_the_example_playbook_is_sound():
    book, = yaml.safe_load((real.ROOT / "docs/ansible/site.yml").read_text())
    lines = book["roles"][0]["vars"]["sealpost_settings"].splitlines()
    assert len(lines) == 4 and all(line.startswith("xConfiguration ") for line in lines)
    tasks = yaml.safe_load((real.ROOT / "docs/ansible/roles/sealpost/tasks/main.yml").read_text())
    assert tasks[0]["changed_when"].startswith("sealpost_applied.rc == 2 and ") and tasks[0]["no_log"] is True
