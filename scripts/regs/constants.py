"""The named numbers of a block, independent of the language they are printed in."""
import dataclasses


@dataclasses.dataclass
class Constant:
    """bits is the natural width of the value; 0 stands for a bit position or width (a plain integer)."""
    name: str
    value: int
    bits: int
    doc: str = ""


def operand_prefix(prefix, operand):
    """GEMM + gemm_flags -> GEMM_FLAGS, GEMM + tile -> GEMM_TILE."""
    name = operand.name.upper()
    return name if name.startswith(prefix + "_") else f"{prefix}_{name}"


def _bit_range(prefix, field):
    return [Constant(f"{prefix}_{field.name}_LSB", field.lsb, 0),
            Constant(f"{prefix}_{field.name}_MASK", field.mask, 32, field.doc)]


def register_map(block, prefix):
    """ID and version values, offsets, fields."""
    out = []
    if block.id:
        out.append(Constant(f"{prefix}_ID_VALUE", block.id_value, 32, f"'{block.id}'"))
    out.append(Constant(f"{prefix}_VERSION_VALUE", block.version_value, 32, "major << 16 | minor"))
    for register in block.registers:
        out.append(Constant(f"{prefix}_{register.name}_OFFSET", register.offset, 12, register.doc))
        for field in register.fields:
            out += _bit_range(f"{prefix}_{register.name}", field)
    for index, fields in block.config.items():
        for field in fields:
            out += _bit_range(f"{prefix}_CONFIG{index}", field)
    for counter in block.counters:
        out.append(Constant(f"{prefix}_{counter.name}_OFFSET", counter.offset, 12, counter.doc))
        out.append(Constant(f"{prefix}_{counter.name}_HI_OFFSET", counter.offset + 4, 12))
    return out


def opcodes(block, prefix):
    return [Constant(f"{prefix}_OP_{item.name}", item.value, 8, item.doc) for item in block.opcodes]


def error_codes(block, prefix):
    return [Constant(f"{prefix}_ERR_{item.name}", item.value, 8, item.doc) for item in block.error_codes]


def descriptor_shape(block):
    shape = block.descriptor
    return [Constant("DESC_BYTES", shape.bytes, 32), Constant("DESC_VERSION", shape.version, 8),
            Constant("DESC_UNITS", shape.units, 8)]


def header_flags(block):
    flags = next(item for item in block.descriptor.header if item.name == "flags")
    return [Constant(f"DESC_FLAG_{field.name}", field.mask, 8, field.doc) for field in flags.fields]


def operand_values(block, prefix):
    """Enum values of operands, and positions and masks of their bit fields (within the operand)."""
    out = []
    for operand in block.operands:
        name = operand_prefix(prefix, operand)
        for item in operand.enum:
            out.append(Constant(f"{name}_{item.name}", item.value, operand.bits, item.doc))
        for field in operand.fields:
            out.append(Constant(f"{name}_{field.name}_LSB", field.lsb, 0))
            out.append(Constant(f"{name}_{field.name}_MASK", field.mask, operand.bits, field.doc))
    return out


def descriptor_slices(operands, prefix):
    """Position of every descriptor field, and of the bit fields in it, in the descriptor's bits."""
    out = []
    for operand in operands:
        name = f"{prefix}_{operand.name.upper()}"
        out.append(Constant(f"{name}_LSB", operand.offset * 8, 0, operand.doc))
        out.append(Constant(f"{name}_W", operand.bits, 0))
        for field in operand.fields:
            out.append(Constant(f"{name}_{field.name}_LSB", operand.offset * 8 + field.lsb, 0, field.doc))
            out.append(Constant(f"{name}_{field.name}_W", field.width, 0))
    return out


def straps(block, prefix):
    return [Constant(f"{prefix}_STRAP_{item.name.upper()}", item.index, 0, item.doc) for item in block.straps]
