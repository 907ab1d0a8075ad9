# SPDX-License-Identifier: MIT
"""The vocabulary of comments, messages and documents: private words that a stranger cannot know, and what to write in their place."""
import re

# Where the word is right: in these contexts, which are taken out before the words are looked for.
RIGHT = re.compile(
    r"dead.letters?|(?:a|no|enough|more) room (?:for|left)|(?:[Bb]oard|[Mm]eeting|[Cc]onference) rooms?|\*\.rooms\b")
# Words, and what to write. What is said of certificates may be judged, and nothing else: see JUDGED.
WORDS = [
    (r"houses?\b", "the project, the tree, the architecture"),
    (r"(?:this|a|each|every|other|only|another|which|two|three|these|all|more) rooms?\b|rooms of\b", "a component"),
    (r"floors\b|floor \d", "a layer"),
    (r"(?:un)?believ\w*", "trusted; 'certificate verification failed'; taken"),
    (r"bur(?:y|ied|ies)\b", "to move to the dead letters"),
    (r"foresight\b", "expiry"),
    (r"trials?\b|on trial\b", "preflight; try, attempt, test"),
    (r"shel(?:f|ves)\b", "a state file"),
    (r"mute\b", "a silent server"),
    (r"trickl\w*", "a slow server"),
    (r"lanes?\b", "a feedback slot, a connection pool"),
    (r"undertakers?\b", "say what it does"),
    (r"gates?\b", "the check before a call, the check before the request"),
    (r"(?:last|final) door\b|doors\b", "the check before a call, the check before the request"),
    (r"cells\b", "values"),
    (r"feels? the way\b", "one probe is sent"),
]
WORDS = [(re.compile(r"\b(?:%s)" % pattern), instead) for pattern, instead in WORDS]
JUDGE = re.compile(r"\bjudg\w*")
JUDGED = {"trust", "x509", "certstore", "pki"}       # components that may judge certificates
JUDGED_TESTS = re.compile(r"verify|chain|trust|anchors|revocation|openssl|constraints|pki|mutation|situations|second")
JUDGED_DOCUMENTS = {"security.md", "interop.md", "sealpost-pki.1"}
# Names of files that say nothing to a stranger.
FILES = {"letters", "commands_letters", "foresight", "trial", "shelf", "cells", "spaces", "spot", "mute", "trickle", "parts", "lane", "carrier",
         "https_lane", "https_way", "https_gate", "https_peer", "manager_judge", "phonebook_judge"}
# Functions are named for what they do or for what has happened, in words that need no story.
NAMES = re.compile(r"^(?:came|heard|told|looked)$|judge|believ|(?:^|_)bur(?:y|ied)(?:_|$)")


def private_words(text, may_judge):
    """(line, word, what to write instead) for each private word."""
    for number, line in enumerate(text.split("\n"), 1):
        left = RIGHT.sub(lambda m: " " * len(m.group()), line)
        for pattern, instead in WORDS:
            for m in pattern.finditer(left):
                yield number, m.group(), instead
        if not may_judge:
            for m in JUDGE.finditer(left):
                yield number, m.group(), "classify, interpret, read, verify (only certificates are judged)"


def name_is_private(name, may_judge):
    m = NAMES.search(name)
    return bool(m) and not (may_judge and m.group() == "judge")
