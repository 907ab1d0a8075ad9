# SPDX-License-Identifier: MIT
"""Where settings come from: the administrator's files and their folder, the terminal, the manager."""
import json
import os
import subprocess

import pytest

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
