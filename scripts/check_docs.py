#!/usr/bin/env python3
"""Checks that what the documentation names exists.

In every Markdown file of the tree: `path/file.ext: name` must be a file that contains the name (for Class::method
both parts), and `path/file.ext` with a folder of this tree must exist. Exit status 1 and a line per broken reference.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = "rtl|tlm|platform|sw_driver|firmware|tests|scripts|docs"
REFERENCE = re.compile(rf"`((?:{FOLDERS})/[\w./+-]*\w)(?:: ([\w:~]+)(?:\(\))?)?`")


def markdown_files():
    names = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in names.split()]


def problem(path, name):
    """What is wrong with a reference, None if nothing is."""
    target = ROOT / path
    if not target.exists():
        return f"{path} does not exist"
    if not name:
        return None
    if not target.is_file():
        return f"{path} is no file"
    text = target.read_text(errors="replace")
    absent = [part for part in name.split("::") if part and not re.search(rf"\b{re.escape(part)}\b", text)]
    return f"{path} does not contain {' or '.join(absent)}" if absent else None


def main():
    broken, count = 0, 0
    for document in markdown_files():
        for number, line in enumerate(document.read_text().splitlines(), 1):
            for match in REFERENCE.finditer(line):
                count += 1
                what = problem(*match.groups())
                if what:
                    broken += 1
                    print(f"{document.relative_to(ROOT)}:{number}: {what}", file=sys.stderr)
    print(f"check_docs: {count} references, {broken} broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
