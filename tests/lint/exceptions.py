# SPDX-License-Identifier: MIT
"""What does not keep a rule of tests/lint/lint.py yet, by the name of the function, the file or the component, so that a file may
move. Take a name out when it is mended; add none."""

# functions that are named by something else than their file, or by a private word
FUNCTION_NAMES = set("""
    agent_admin_password agent_ca_clear agent_ca_restore agent_crl_delete agent_crl_put agent_feedback_test
    agent_feedback_test_cancel agent_own_act agent_own_put agent_own_unlock believe bury came certificate_run
    check_constraints check_constraints_form check_list check_staple
    control_want_log doc_sparse doc_subset event_help event_run getxml_run heard judge
    judge_distance judge_held judge_key judge_kiss judge_line judge_match judge_names judge_own judge_table judge_use judged
    reply_header rows_judge rows_judge_file schema_ascii schema_literal schema_literal_at schema_nearest
    schema_shown security_judged settings_always_guarded settings_is_listed sntp_judge status_help status_run verdict_line
    verdict_unable
""".split())

# files whose name says nothing to a stranger
FILE_NAMES = set("""
    carrier cells https_gate https_lane https_way lane letters mute parts shelf spaces trickle
""".split())

# functions of more than 60 lines
LONG_FUNCTIONS = set("""
    verify_check_of
""".split())

# files of more than 450 lines
LONG_FILES = set("""
    clock.c
""".split())

# variables that are static and can change
STATICS = set("""
    all all_commands b index space
""".split())

# components with a circle of includes of more than two modules; agent: more than 15 files
CIRCLES = set("""
    control lab net trust
""".split())

# files that include private headers of another component
PRIVATE_HEADERS = set("""
    connection_internal.h expiry.c inspect.c preflight.c readiness.c
""".split())

# documents and files that are named and are not in the tree: where the word is right
CITED = set("""
    opt/sealpost/share/doc/sealpost/settings.md
""".split())

# private words that are still used: file -> words
WORDS = {
    "Makefile": {"house", "judged"},
    "README.md": {"believes", "judges"},
    "agent.c": {"believed", "judged"},
    "agent.h": {"only room"},
    "anchors.c": {"shelf"},
    "architecture.md": {"believed", "floors", "house", "judge", "judged", "judges", "lane", "only room", "other room", "rooms of", "two rooms"},
    "clock.c": {"believed"},
    "codes.c": {"believed"},
    "commands.md": {"believed", "judged", "judges"},
    "connection.c": {"believed"},
    "courier.c": {"believed", "judged", "lane"},
    "courier.h": {"believed", "judged"},
    "crls.c": {"shelf"},
    "date.c": {"believed"},
    "date.h": {"believed", "judging"},
    "decisions.md": {"believed", "floor 3", "house", "judged", "lane", "last door", "more rooms", "rooms of"},
    "delivery.md": {"judged"},
    "devices.h": {"believe"},
    "err.h": {"believed"},
    "expiry.c": {"foresight"},
    "fault.h": {"judged"},
    "faulty.c": {"trickle"},
    "heartbeat.c": {"believe", "believed", "judged"},
    "heartbeat.h": {"judged", "trial"},
    "heartbeat_internal.h": {"on trial", "trial"},
    "httpd.c": {"mute"},
    "https.h": {"believed", "judged", "judges"},
    "https_call.c": {"lane"},
    "https_connection.c": {"this room"},
    "https_connection.h": {"lane"},
    "https_gate.c": {"believed", "last door"},
    "https_lane.c": {"lanes"},
    "https_lane.h": {"lane"},
    "https_internal.h": {"buried", "judged", "lane"},
    "https_reason.c": {"believed"},
    "https_setup.c": {"judged"},
    "https_transfer.c": {"judged", "lane"},
    "https_transfer.h": {"judged", "lane"},
    "https_way.c": {"lane"},
    "inspect.c": {"judged", "judges"},
    "json.h": {"judged"},
    "lab.c": {"believe"},
    "lane.c": {"lane"},
    "lane.h": {"feels the way", "judges", "lane"},
    "line.c": {"of room"},
    "log.h": {"floors"},
    "move.c": {"on trial"},
    "mute.c": {"mute"},
    "mute.h": {"mute"},
    "name.h": {"judged"},
    "own.c": {"shelf"},
    "parts.h": {"foresight"},
    "path.h": {"shelf"},
    "phonebook.h": {"believed"},
    "preflight.c": {"believed", "trial"},
    "probe.h": {"judge", "judged"},
    "push.c": {"judges"},
    "push.h": {"judged"},
    "readiness.c": {"judged"},
    "revocation.c": {"believe"},
    "rows.c": {"cells"},
    "sealpostd.c": {"judge"},
    "security.md": {"believed"},
    "session.c": {"shelf"},
    "shelf.c": {"shelf"},
    "shelf.h": {"shelf"},
    "sntp.c": {"judged"},
    "staple.c": {"believed"},
    "staple.h": {"believed"},
    "status.c": {"judged"},
    "store.h": {"judge"},
    "terminal.md": {"trial"},
    "tls_reason.c": {"believes"},
    "tlsfault.h": {"mute"},
    "tour.md": {"believed"},
    "trickle.c": {"trickle"},
    "trickle.h": {"trickle"},
    "value.h": {"judgement"},
    "verify.c": {"shelf"},
    "verify.h": {"believed"},
}
