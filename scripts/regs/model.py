"""The register description in memory: reads rtl/regs/*.yaml, checks it, merges an engine with its base.

Downstream: the emitters (constants.py, sv.py, cpp.py, markdown.py), which only format what is here.
"""
import dataclasses
import json
import pathlib

import jsonschema
import yaml

TYPE_BITS = {"u8": 8, "u16": 16, "u32": 32, "u64": 64, "f32": 32}


class DescriptionError(Exception):
    """The YAML is well formed but contradicts itself."""


@dataclasses.dataclass
class Value:
    name: str
    value: int
    doc: str


@dataclasses.dataclass
class Field:
    """Bits of a register or of a descriptor field; lsb counts from the start of its owner."""
    name: str
    lsb: int
    width: int
    access: str
    doc: str

    @property
    def mask(self):
        return ((1 << self.width) - 1) << self.lsb

    @property
    def bits(self):
        return str(self.lsb) if self.width == 1 else f"{self.lsb + self.width - 1}:{self.lsb}"


@dataclasses.dataclass
class Register:
    """A 32-bit register; reset is None where the value depends on the instance; counts: a word of a counter."""
    name: str
    offset: int
    access: str
    reset: int
    doc: str
    fields: list
    count: int = 1
    locked_by: str = None
    counts: bool = False


@dataclasses.dataclass
class Counter:
    """A 64-bit counter: low word at offset, high word at offset + 4."""
    name: str
    offset: int
    increment_bits: int
    doc: str


@dataclasses.dataclass
class Operand:
    """A field of the descriptor, offset in bytes."""
    name: str
    offset: int
    type: str
    doc: str
    reserved: bool
    fields: list
    enum: list

    @property
    def bits(self):
        return TYPE_BITS[self.type]

    @property
    def bytes(self):
        return self.bits // 8


@dataclasses.dataclass
class Descriptor:
    bytes: int
    version: int
    units: int
    header: list


@dataclasses.dataclass
class Strap:
    index: int
    name: str
    doc: str


@dataclasses.dataclass
class Block:
    """A complete map. The common engine map is a block too; `is_common` tells them apart."""
    name: str
    id: str
    version: tuple
    date: str
    doc: str
    registers: list
    counters: list
    config: dict
    error_codes: list
    opcodes: list
    operands: list
    descriptor: Descriptor
    straps: list
    work: Value
    is_common: bool = False

    @property
    def version_value(self):
        return self.version[0] << 16 | self.version[1]

    @property
    def id_value(self):
        return int.from_bytes(self.id.encode(), "big")

    @property
    def is_engine(self):
        return self.descriptor is not None

    def flat_registers(self):
        """Every addressable word in address order: arrays expanded, counters as two words."""
        words = []
        for register in self.registers:
            for index in range(register.count):
                if register.count == 1:
                    words.append(register)
                    continue
                words.append(dataclasses.replace(
                    register, name=f"{register.name}{index}", offset=register.offset + 4 * index, count=1,
                    fields=self.config.get(index, [])))
        for counter in self.counters:
            for suffix, shift in (("LO", 0), ("HI", 4)):
                words.append(Register(f"{counter.name}_{suffix}", counter.offset + shift, "ro",
                                      0 if self.is_engine else None, counter.doc, [], counts=True))
        return sorted(words, key=lambda word: word.offset)


def _field(raw, access):
    high, _, low = raw["bits"].partition(":")
    lsb = int(low or high)
    return Field(raw["name"], lsb, int(high) - lsb + 1, raw.get("access", access), raw["doc"])


def _fields(raw, access="rw"):
    return [_field(field, access) for field in raw.get("fields", [])]


def _values(raw):
    return [Value(item["name"], item["value"], item["doc"]) for item in raw]


def _register(raw):
    return Register(raw["name"], raw["offset"], raw["access"], raw.get("reset"), raw["doc"],
                    _fields(raw, raw["access"]), raw.get("count", 1), raw.get("locked_by"))


def _operand(raw):
    return Operand(raw["name"], raw["offset"], raw["type"], raw["doc"], raw.get("reserved", False), _fields(raw),
                   _values(raw.get("enum", [])))


def _require(condition, message):
    if not condition:
        raise DescriptionError(message)


def _check_bits(owner, fields, width):
    used = 0
    for field in fields:
        _require(field.width >= 1 and field.lsb + field.width <= width, f"{owner}.{field.name}: bits outside the word")
        _require(not used & field.mask, f"{owner}.{field.name}: overlaps another field")
        used |= field.mask


def _check_block(block):
    """What the schema cannot say: no overlaps, alignment, a gapless descriptor, unique names."""
    taken = {}
    for word in block.flat_registers():
        where = f"{block.name}.{word.name}"
        _require(word.offset % 4 == 0, f"{where}: offset {word.offset:#x} is not a multiple of 4")
        _require(word.offset not in taken, f"{where}: same offset as {taken.get(word.offset)}")
        _require(word.name not in taken.values(), f"{where}: name used twice")
        taken[word.offset] = word.name
        _check_bits(where, word.fields, 32)
    for counter in block.counters:
        _require(counter.offset % 8 == 0, f"{block.name}.{counter.name}: not a multiple of 8")
    if not block.is_engine or block.is_common:
        return
    end = 0
    for operand in block.descriptor.header + block.operands:
        where = f"{block.name}.{operand.name}"
        _require(operand.offset == end, f"{where}: offset {operand.offset:#x}, expected {end:#x}")
        _require(operand.offset % operand.bytes == 0, f"{where}: not naturally aligned")
        _check_bits(where, operand.fields, operand.bits)
        end += operand.bytes
    _require(end == block.descriptor.bytes, f"{block.name}: descriptor has {end} bytes")


def _first_comment(path):
    return path.read_text().splitlines()[0].lstrip("# ").rstrip()


def _load_yaml(path, schema):
    raw = yaml.safe_load(path.read_text())
    try:
        jsonschema.validate(raw, schema)
    except jsonschema.ValidationError as error:
        place = ".".join(str(part) for part in error.absolute_path)
        raise DescriptionError(f"{path.name}: {place}: {error.message}") from None
    return raw


def _build(path, raw, common_raw):
    """common_raw is the engine map that `raw` extends, {} for a device of its own."""
    version = raw.get("map_version") or common_raw["map_version"]
    registers = [_register(item) for item in common_raw.get("registers", []) + raw.get("registers", [])]
    descriptor_raw = raw.get("descriptor") or common_raw.get("descriptor")
    descriptor = descriptor_raw and Descriptor(descriptor_raw["bytes"], descriptor_raw["version"],
                                               descriptor_raw["units"],
                                               [_operand(item) for item in descriptor_raw["header"]])
    block = Block(
        name=raw.get("name", "engine"), id=raw.get("id", ""), version=(version["major"], version["minor"]), date=version["date"],
        doc=_first_comment(path), registers=registers,
        counters=[Counter(item["name"], item["offset"], item.get("increment_bits", 1), item["doc"])
                  for item in common_raw.get("counters", []) + raw.get("counters", [])],
        config={item["index"]: _fields(item, "ro") for item in raw.get("config", [])},
        error_codes=_values(raw.get("error_codes", []) or common_raw.get("error_codes", [])),
        opcodes=_values(common_raw.get("opcodes", []) + raw.get("opcodes", [])),
        operands=[_operand(item) for item in raw.get("operands", [])], descriptor=descriptor,
        straps=[Strap(item["index"], item["name"], item["doc"]) for item in raw.get("straps", [])],
        work=raw.get("work") and Value(raw["work"]["name"], 0, raw["work"]["doc"]), is_common="name" not in raw)
    for register in block.registers:
        if register.name == "VERSION":
            register.reset = block.version_value
        if register.name == "ID" and block.id:
            register.reset = block.id_value
    _check_block(block)
    return block


def load(directory):
    """All maps in rtl/regs: the common engine map first, then the others by name."""
    directory = pathlib.Path(directory)
    schema = json.loads((directory / "schema.json").read_text())
    raws = {path: _load_yaml(path, schema) for path in sorted(directory.glob("*.yaml"))}
    common_path = directory / "engine.yaml"
    common_raw = raws.pop(common_path)
    blocks = [_build(common_path, common_raw, {})]
    blocks += [_build(path, raw, common_raw if "extends" in raw else {}) for path, raw in raws.items()]
    return blocks
