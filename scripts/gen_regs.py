#!/usr/bin/env python3
"""Generates everything that follows from rtl/regs/*.yaml: SystemVerilog, C++ headers, documentation.

Usage: gen_regs.py            writes the files that differ
       gen_regs.py --check    writes nothing; exit status 1 and the names if a file differs
Needs python3-yaml and python3-jsonschema. Exit status 2: the YAML is wrong.
"""
import argparse
import pathlib
import sys

from regs import cpp, markdown, model, sv

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADER_TREES = {"tlm/gen": "systole::hw", "sw_driver/gen": "systole::driver::hw"}


def outputs(blocks):
    """Path in the tree -> text of every generated file."""
    common, others = blocks[0], blocks[1:]
    files = {"rtl/gen/eng_reg_pkg.sv": sv.common_package(common), "rtl/gen/eng_regs.sv": sv.register_file(common),
             "docs/blocks/registers.md": markdown.document(blocks)}
    for block in others:
        if block.is_engine:
            files[f"rtl/gen/{block.name}_reg_pkg.sv"] = sv.block_package(block)
    for directory, namespace in HEADER_TREES.items():
        files[f"{directory}/engine_regs.h"] = cpp.common_header(common, namespace, directory)
        for block in others:
            files[f"{directory}/{block.name}_regs.h"] = cpp.block_header(block, namespace, directory)
    namespace = HEADER_TREES["tlm/gen"]
    files["tlm/gen/map_version.h"] = cpp.map_version(common, namespace)
    files["tlm/gen/error_codes.h"] = cpp.error_table(common, namespace)
    files["tlm/gen/reg_table.h"] = cpp.table_types(namespace)
    for block in others:
        files[f"tlm/gen/{block.name}_reg_table.h"] = cpp.block_table(block, namespace, "tlm/gen")
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only compare with what is committed")
    check = parser.parse_args().check
    try:
        files = outputs(model.load(ROOT / "rtl/regs"))
    except model.DescriptionError as error:
        print(f"gen_regs: {error}", file=sys.stderr)
        return 2
    stale = [name for name, text in files.items()
             if not (ROOT / name).exists() or (ROOT / name).read_text() != text]
    for name in stale:
        if check:
            print(f"gen_regs: {name} is not what rtl/regs generates; run scripts/gen_regs.py", file=sys.stderr)
            continue
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(files[name])
        print(f"gen_regs: {name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
