"""docs/blocks/registers.md: maps, fields, descriptors, codes."""
from .banner import banner

INTRODUCTION = """# Registers and descriptors

{banner}

Registers are 32 bit, little-endian, accessed as aligned words. A counter is 64 bit; reading its low word latches its
high word, which keeps that value until the low word is read again. Access: `ro` writes are ignored; `rw`; `w1c` write 1
to clear; `w1sc` written as 1, clears itself when done. An unmapped or misaligned offset is refused (SLVERR), and so is
a write to a locked register while the field that locks it is 1.
"""


def _table(columns, rows):
    text = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    text += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return text + [""]


def _bits(fields):
    return [("", f"{f.name} [{f.bits}]", f.access, "", f.doc) for f in fields]


def _register_rows(block):
    rows = []
    for register in block.registers:
        name = register.name if register.count == 1 else f"{register.name}[0..{register.count - 1}]"
        reset = "" if register.reset is None else f"{register.reset:#x}"
        doc = register.doc.rstrip(".") + (f". Locked by {register.locked_by}." if register.locked_by else ".")
        rows.append((f"{register.offset:#05x}", f"**{name}**", register.access, reset, doc))
        rows += _bits(register.fields)
    for counter in block.counters:
        rows.append((f"{counter.offset:#05x}", f"**{counter.name}** (64 bit)", "ro", "", counter.doc))
    return rows


def _config_rows(block):
    return [(f"CONFIG{index}", f"{f.name} [{f.bits}]", f.doc) for index, fields in block.config.items() for f in fields]


def _operand_rows(operands):
    rows = []
    for operand in operands:
        rows.append((f"{operand.offset:#04x}", f"**{operand.name}**", operand.type, operand.doc))
        rows += [("", f"{f.name} [{f.bits}]", "", f.doc) for f in operand.fields]
        rows += [("", f"{item.name} = {item.value}", "", item.doc) for item in operand.enum]
    return rows


def _values(items):
    return _table(["value", "name", "meaning"], [(item.value, item.name, item.doc) for item in items])


def _common(block):
    shape = block.descriptor
    text = ["## Every engine", "", f"Map version {block.version[0]}.{block.version[1]} of {block.date}.", ""]
    text += _table(["offset", "register", "access", "reset", "meaning"], _register_rows(block))
    text += ["### Error codes", ""] + _values(block.error_codes)
    text += ["### Descriptor header", "", f"{shape.bytes} bytes in {shape.units} units of 64, 64-byte aligned. "
             "Operands follow from 0x30. Reserved fields must be zero.", ""]
    return text + _table(["offset", "field", "type", "meaning"], _operand_rows(shape.header))


def _engine(block):
    text = [f"## {block.name.upper()}", "", block.doc, "", f"ID '{block.id}' = {block.id_value:#x}. "
            f"WORK counts {block.work.name}: {block.work.doc}.", ""]
    text += _table(["register", "field", "meaning"], _config_rows(block))
    if block.straps:
        text += ["Straps (32 bits each of `strap_i`):", ""]
        text += _table(["strap", "name", "meaning"], [(s.index, s.name, s.doc) for s in block.straps])
    text += ["### Opcodes", ""] + _values(block.opcodes)
    return text + ["### Operands", ""] + _table(["offset", "field", "type", "meaning"], _operand_rows(block.operands))


def _device(block):
    text = [f"## {block.name.upper()}", "", block.doc, ""]
    return text + _table(["offset", "register", "access", "reset", "meaning"], _register_rows(block))


def document(blocks):
    lines = [INTRODUCTION.format(banner=banner("<!--")[0] + " -->")]
    for block in blocks:
        lines += _common(block) if block.is_common else _engine(block) if block.is_engine else _device(block)
    return "\n".join(lines)
