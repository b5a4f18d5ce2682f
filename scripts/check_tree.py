#!/usr/bin/env python3
"""Checks the rules of the tree: who may include whom, and what no file may contain.

- sw_driver includes nothing of SystemC, tlm or platform: it also builds for bare metal
- tlm includes nothing of platform
- the engines' arithmetic includes no SystemC: tests and the mock use it alone
- no absolute path of a machine, no unfinished-work marker
Exit status 1 and a line per violation.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
SYSTEMC = r"^(systemc|systemc\.h|tlm|tlm\.h|tlm_utils/.*|sysc/.*)$"

# (files, includes they must not have, why)
INCLUDE_RULES = [
    (r"^sw_driver/.*\.(h|cpp)$", SYSTEMC + r"|^tlm/|^platform/", "sw_driver stands alone"),
    (r"^tlm/.*\.(h|cpp)$", r"^platform/", "tlm does not know the platform"),
    (r"^tlm/.*_arith\w*\.(h|cpp)$|^tlm/core/(op|fp32)\.h$", SYSTEMC, "arithmetic is free of SystemC"),
]
# (what no text file may contain, why); spelt so that this file passes
CONTENT_RULES = [
    (re.compile(r"(?<![\w.$}])/(?:home|work|Users)/\w"), "absolute path of a machine"),
    (re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b"), "unfinished-work marker"),
]
EXEMPT = {"LICENSE"}


def tracked_files():
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in names.split("\0") if name and (ROOT / name).is_file() and name not in EXEMPT]


def text_of(name):
    """The file's lines, none for a binary file."""
    data = (ROOT / name).read_bytes()
    return [] if b"\0" in data else data.decode(errors="replace").splitlines()


def violations(name):
    rules = [(re.compile(banned), why) for files, banned, why in INCLUDE_RULES if re.search(files, name)]
    for number, line in enumerate(text_of(name), 1):
        include = INCLUDE.match(line)
        for banned, why in rules:
            if include and banned.search(include.group(1)):
                yield f"{name}:{number}: includes {include.group(1)}: {why}"
        for banned, why in CONTENT_RULES:
            if banned.search(line):
                yield f"{name}:{number}: {why}: {line.strip()}"


def main():
    names = tracked_files()
    found = [violation for name in names for violation in violations(name)]
    for violation in found:
        print(violation, file=sys.stderr)
    print(f"check_tree: {len(names)} files, {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
