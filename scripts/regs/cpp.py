"""C++ headers: constants and descriptor structs (twin and driver), and register tables for models and tests."""
import textwrap

from . import constants as c
from .banner import banner

TYPES = {"u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t", "u64": "uint64_t", "f32": "float"}


def _doc(text, indent=""):
    return textwrap.wrap(text, 96, initial_indent=f"{indent}/// ", subsequent_indent=f"{indent}/// ") if text else []


def _constexpr(item):
    suffix = "u" if item.bits <= 32 else "ull"
    value = f"{item.value}" if item.bits == 0 else f"0x{item.value:x}{suffix}"
    return _doc(item.doc) + [f"inline constexpr uint32_t {item.name} = {value};"]


def _constants(items):
    return [line for item in items for line in _constexpr(item)]


def _array_offsets(block, prefix):
    return [line for register in block.registers if register.count > 1 for line in (
        f"/// n from 0 to {register.count - 1}",
        f"constexpr uint32_t {prefix}_{register.name}_OFFSET(uint32_t n) "
        f"{{ return 0x{register.offset:x}u + 4u * n; }}")]


def _scalar_map(block, prefix):
    arrays = {f"{prefix}_{register.name}_OFFSET" for register in block.registers if register.count > 1}
    return [item for item in c.register_map(block, prefix) if item.name not in arrays]


def _struct(name, doc, operands, total, defaults):
    lines = _doc(doc) + [f"struct {name} {{"]
    for operand in operands:
        lines += _doc(operand.doc, "  ")
        lines.append(f"  {TYPES[operand.type]} {operand.name} = {defaults.get(operand.name, '0')};")
    lines += ["};", f"static_assert(sizeof({name}) == {total});"]
    lines += [f"static_assert(offsetof({name}, {operand.name}) == 0x{operand.offset:x});" for operand in operands]
    return lines


def _header(description, includes, namespace, body):
    lines = banner("//") + [f"// {description}", "#pragma once"]
    lines += [f"#include {include}" for include in includes]
    return "\n".join(lines + ["", f"namespace {namespace} {{", ""] + body + ["", f"}}  // namespace {namespace}", ""])


HEADER_DEFAULTS = {"version": "DESC_VERSION", "units": "DESC_UNITS"}
STANDARD = ["<cstddef>", "<cstdint>"]


def common_header(block, namespace, _directory):
    header = block.descriptor.header
    body = _constants(_scalar_map(block, "ENGINE")) + _array_offsets(block, "ENGINE") + [""]
    body += _constants(c.error_codes(block, "ENGINE") + c.opcodes(block, "ENGINE")) + [""]
    body += _constants(c.descriptor_shape(block) + c.header_flags(block)) + [""]
    body += _struct("DescriptorHeader", "What every descriptor begins with. Little-endian, as in memory.", header,
                    header[-1].offset + header[-1].bytes, HEADER_DEFAULTS)
    return _header(block.doc, STANDARD, namespace, body)


def block_header(block, namespace, directory):
    prefix = block.name.upper()
    body = _constants(_scalar_map(block, prefix)) + _array_offsets(block, prefix)
    includes = list(STANDARD)
    if block.is_engine:
        includes += ["", f'"{directory}/engine_regs.h"']
        body += [""] + _constants(c.opcodes(block, prefix) + c.operand_values(block, prefix) + c.straps(block, prefix))
        body += [""] + _struct(f"{block.name.capitalize()}Descriptor",
                               "A whole descriptor, little-endian, as in memory: the header, then the operands.",
                               block.descriptor.header + block.operands, block.descriptor.bytes, HEADER_DEFAULTS)
    text = _header(block.doc, includes, namespace, body)
    return text.replace("#include \n", "\n")


def error_table(block, namespace):
    body = ["struct ErrorCodeInfo {", "  const char* name;", "  uint32_t value;", "  const char* doc;", "};", "",
            "/// Every error code of the register map, NONE too.",
            "inline constexpr ErrorCodeInfo ENGINE_ERROR_CODES[] = {"]
    body += [f'    {{"{item.name}", {item.value}, "{item.doc}"}},' for item in block.error_codes] + ["};"]
    return _header("The error codes of an engine, by name.", ["<cstdint>"], namespace, body)


TABLE_TYPES = """/// How a register or field answers. W1sc: written as 1, clears itself when done.
enum class Access : uint8_t { Ro, Rw, W1c, W1sc };

struct FieldInfo {
  const char* name;
  uint8_t lsb;
  uint8_t width;
  Access access;
  const char* doc;

  constexpr uint32_t mask() const { return static_cast<uint32_t>(((uint64_t{1} << width) - 1) << lsb); }
};

/// One 32-bit word of a map: registers, CONFIG0.., and both words (_LO, _HI) of each counter.
struct RegisterInfo {
  const char* name;
  uint32_t offset;
  Access access;
  bool reset_known;        ///< false: the value after reset depends on the instance
  uint32_t reset;
  bool locked_by_enable;   ///< a write is refused while CTRL.ENABLE is 1
  bool counts;             ///< a word of a 64-bit counter
  const FieldInfo* fields;
  size_t num_fields;
  const char* doc;
};

/// The complete map of a block in address order. Any other offset is unmapped.
struct RegisterTable {
  const char* block;
  const RegisterInfo* registers;
  size_t num_registers;

  constexpr const RegisterInfo* begin() const { return registers; }
  constexpr const RegisterInfo* end() const { return registers + num_registers; }
};"""


def map_version(block, namespace):
    """For people: what a page of measurements was measured with."""
    return _header("The version of the engines' register map, as text.", [], namespace, [
        f'inline constexpr const char* ENGINE_MAP_VERSION = "{block.version[0]}.{block.version[1]}";',
        "/// the day the version was fixed", f'inline constexpr const char* ENGINE_MAP_DATE = "{block.date}";'])


def table_types(namespace):
    return _header("What the register tables consist of.", STANDARD, namespace, TABLE_TYPES.splitlines())


def _quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _table_fields(name, fields):
    rows = [f"    {{{_quote(f.name)}, {f.lsb}, {f.width}, Access::{f.access.capitalize()}, {_quote(f.doc)}}},"
            for f in fields]
    return [f"inline constexpr FieldInfo {name}[] = {{"] + rows + ["};"]


def _table_row(word, fields_name):
    known = "true" if word.reset is not None else "false"
    locked, counts = ("true" if flag else "false" for flag in (word.locked_by, word.counts))
    fields = f"{fields_name}, {len(word.fields)}" if word.fields else "nullptr, 0"
    return (f"    {{{_quote(word.name)}, 0x{word.offset:03x}, Access::{word.access.capitalize()}, {known}, "
            f"0x{word.reset or 0:x}u, {locked}, {counts}, {fields}, {_quote(word.doc)}}},")


def block_table(block, namespace, directory):
    body, rows = [], []
    for word in block.flat_registers():
        fields_name = f"{block.name.upper()}_{word.name}_FIELDS"
        if word.fields:
            body += _table_fields(fields_name, word.fields)
        rows.append(_table_row(word, fields_name))
    words = f"{block.name.upper()}_REGISTERS"
    body += ["", f"inline constexpr RegisterInfo {words}[] = {{"] + rows + ["};", ""]
    body.append(f"inline constexpr RegisterTable {block.name.upper()}_TABLE = "
                f"{{{_quote(block.name)}, {words}, {len(rows)}}};")
    return _header(block.doc, [f'"{directory}/reg_table.h"'], namespace, body)
