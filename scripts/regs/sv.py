"""SystemVerilog: a package of constants per block, and the register file all engines share."""
import re
import textwrap

from . import constants as c
from .banner import banner

INDENT = "  "


def _literal(item):
    if item.bits == 0:
        return "int unsigned", str(item.value)
    digits = -(-item.bits // 4)
    return f"logic [{item.bits - 1}:0]", f"{item.bits}'h{item.value:0{digits}x}"


def _localparam(item):
    kind, value = _literal(item)
    lines = textwrap.wrap(item.doc, 94, initial_indent="  /// ", subsequent_indent="  /// ") if item.doc else []
    return lines + [f"  localparam {kind} {item.name} = {value};"]


BREAKS = re.compile(r"(: (?=rd_data_o = )|(?<=\)) (?=\w+_q <= ))")


def _fit(lines):
    """Breaks lines over 100 columns before their assignment."""
    for line in lines:
        pieces = BREAKS.split(line, 1) if len(line) > 100 else [line]
        yield "".join(pieces[:2]).rstrip()
        if len(pieces) == 3:
            yield " " * (len(line) - len(line.lstrip()) + 2) + pieces[2]


def _package(name, doc, items):
    lines = banner("//") + [f"// {doc}", "", "/* verilator lint_off UNUSEDPARAM */", f"package {name};"]
    for item in items:
        lines += _localparam(item)
    return "\n".join(lines + ["endpackage", "/* verilator lint_on UNUSEDPARAM */", ""])


def common_package(block):
    items = (c.register_map(block, "ENG") + c.error_codes(block, "ENG") + c.opcodes(block, "ENG") +
             c.descriptor_shape(block) + c.header_flags(block) + c.descriptor_slices(block.descriptor.header, "DESC"))
    return _package("eng_reg_pkg", block.doc, items)


def block_package(block):
    prefix = block.name.upper()
    items = (c.register_map(block, prefix) + c.opcodes(block, prefix) + c.operand_values(block, prefix) +
             c.descriptor_slices(block.operands, f"{prefix}_DESC") + c.straps(block, prefix))
    return _package(f"{block.name}_reg_pkg", block.doc, items)


class _Signal:
    """A register's field, or the whole register where it has none."""

    def __init__(self, register, field):
        self.register, self.field = register, field
        self.name = register.name.lower() + (f"_{field.name.lower()}" if field else "")
        self.lsb, self.width = (field.lsb, field.width) if field else (0, 32)
        self.access = field.access if field else register.access
        self.doc = f"{register.name}{'.' + field.name if field else ''}: {field.doc if field else register.doc}"
        self.reset = ((register.reset or 0) >> self.lsb) & ((1 << self.width) - 1)

    @property
    def range(self):
        return f"[{self.width - 1}:0] " if self.width > 1 else ""

    @property
    def slice(self):
        return f"[{self.lsb}]" if self.width == 1 else f"[{self.lsb + self.width - 1}:{self.lsb}]"

    @property
    def zero(self):
        return f"{self.width}'h{self.reset:x}"

    @property
    def read_value(self):
        return {"ro": f"{self.name}_i", "w1sc": f"{self.name}_busy_i"}.get(self.access, f"{self.name}_q")

    @property
    def stored(self):
        return self.access in ("rw", "w1c")


def _signals(register):
    return [_Signal(register, field) for field in register.fields] or [_Signal(register, None)]


def _port(direction, kind, name, doc=""):
    lines = textwrap.wrap(doc, 90, initial_indent="  /// ", subsequent_indent="  /// ") if doc else []
    return lines + [f"  {direction:6} logic {kind}{name}"]


def _field_ports(signal, clearable):
    name, kind = signal.name, signal.range
    if signal.access == "rw":
        ports = [_port("output", kind, f"{name}_o", signal.doc)]
        if clearable:
            ports.append(_port("input", "", f"{name}_clr_i", "clears the field; wins over a write"))
        return ports
    if signal.access == "w1sc":
        return [_port("output", "", f"{name}_pulse_o", f"{signal.doc} (combinational, in the cycle of the write)"),
                _port("input", "", f"{name}_busy_i", "what it reads as")]
    if signal.access == "w1c":
        return [_port("input", "", f"{name}_set_i", f"{signal.doc}; wins over a clearing write"),
                _port("output", "", f"{name}_o")]
    return [_port("input", kind, f"{name}_i", signal.doc)]


class _Regfile:
    """The text of eng_regs.sv, section by section."""

    def __init__(self, block):
        self.block = block
        self.registers = [register for register in block.registers if register.count == 1]
        self.arrays = [register for register in block.registers if register.count > 1]
        self.signals = [s for register in self.registers if register.name != "VERSION" for s in _signals(register)]
        self.lock_fields = {register.locked_by for register in self.registers if register.locked_by}

    def _is_lock(self, signal):
        return signal.field and f"{signal.register.name}.{signal.field.name}" in self.lock_fields

    def _offset(self, name):
        return f"eng_reg_pkg::ENG_{name}_OFFSET"

    def ports(self):
        ports = [
            _port("input", "", "clk_i"), _port("input", "", "rst_ni", "synchronous, active low; clears counters too"),
            _port("input", "", "clear_i", "soft reset: clears everything but the counters; wins over a write"),
            _port("input", "", "wr_valid_i", "one write per cycle; taken unless wr_err_o"),
            _port("input", "[11:0] ", "wr_addr_i"), _port("input", "[31:0] ", "wr_data_i"),
            _port("output", "", "wr_err_o", "combinational: unmapped, misaligned or locked; nothing changes"),
            _port("input", "", "rd_valid_i", "latches the high word of a counter whose low word is read"),
            _port("input", "[11:0] ", "rd_addr_i"),
            _port("output", "[31:0] ", "rd_data_o", "combinational; zero unless rd_valid_i"),
            _port("output", "", "rd_err_o", "combinational: unmapped or misaligned"),
        ]
        for signal in self.signals:
            ports += _field_ports(signal, self._is_lock(signal))
        for array in self.arrays:
            ports.append(_port("input", f"[{32 * array.count - 1}:0] ", f"{array.name.lower()}_i", array.doc))
        for counter in self.block.counters:
            kind = f"[{counter.increment_bits - 1}:0] " if counter.increment_bits > 1 else ""
            doc = f"{counter.name} += this: {counter.doc}"
            ports.append(_port("input", kind, f"{counter.name.lower()}_inc_i", doc))
        return ",\n".join("\n".join(port) for port in ports)

    def declarations(self):
        lines = [f"  logic {s.range}{s.name}_q;" for s in self.signals if s.stored]
        for counter in self.block.counters:
            lines.append(f"  logic [63:0] {counter.name.lower()}_q;")
            lines.append(f"  logic [31:0] {counter.name.lower()}_hi_q;")
        return lines + [f"  logic [{len(self._writable()) - 1}:0] wr_sel;  // one bit per writable register"]

    def write_decode(self):
        lines = ["  always_comb begin", "    wr_err_o = 1'b0;", "    wr_sel = '0;",
                 "    if (wr_valid_i) begin", "      unique case (wr_addr_i)"]
        for register in self.registers:
            select = self._select_of(register)
            if register.locked_by:
                lock = register.locked_by.lower().replace(".", "_") + "_q"
                lines.append(f"        {self._offset(register.name)}: begin")
                lines.append(f"          wr_err_o = {lock};")
                lines.append(f"          wr_sel[{select}] = !{lock};")
                lines.append("        end")
            elif select is not None:
                lines.append(f"        {self._offset(register.name)}: wr_sel[{select}] = 1'b1;")
        read_only = [self._offset(r.name) for r in self.registers if self._select_of(r) is None]
        read_only += [f"12'h{word.offset:03x}" for word in self._array_words()]
        for counter in self.block.counters:
            read_only += [self._offset(counter.name), self._offset(f"{counter.name}_HI")]
        lines.append("        " + ",\n        ".join(read_only) + ": ;")
        return lines + ["        default: wr_err_o = 1'b1;", "      endcase", "    end", "  end"]

    def _writable(self):
        return [r for r in self.registers if any(s.access != "ro" for s in _signals(r))]

    def _select_of(self, register):
        writable = self._writable()
        return writable.index(register) if register in writable else None

    def _array_words(self):
        names = {f"{array.name}{index}" for array in self.arrays for index in range(array.count)}
        return [word for word in self.block.flat_registers() if word.name in names]

    def _write(self, signal):
        select = f"wr_sel[{self._select_of(signal.register)}]"
        data = f"wr_data_i{signal.slice if signal.field else ''}"
        if signal.access == "rw":
            return [f"      if ({select}) {signal.name}_q <= {data};"]
        return [f"      if ({select} && {data}) {signal.name}_q <= 1'b0;",
                f"      if ({signal.name}_set_i) {signal.name}_q <= 1'b1;"]

    def storage(self):
        stored = [s for s in self.signals if s.stored]
        lines = ["  always_ff @(posedge clk_i) begin", "    if (!rst_ni || clear_i) begin"]
        lines += [f"      {s.name}_q <= {s.zero};" for s in stored]
        lines += ["    end else begin"]
        for signal in stored:
            lines += self._write(signal)
            if self._is_lock(signal):
                lines.append(f"      if ({signal.name}_clr_i) {signal.name}_q <= 1'b0;")
        return lines + ["    end", "  end"]

    def counters(self):
        lines = ["  always_ff @(posedge clk_i) begin", "    if (!rst_ni) begin"]
        for counter in self.block.counters:
            lines += [f"      {counter.name.lower()}_q <= '0;", f"      {counter.name.lower()}_hi_q <= '0;"]
        lines.append("    end else begin")
        for counter in self.block.counters:
            name, bits = counter.name.lower(), counter.increment_bits
            extended = f"{name}_inc_i" if bits == 64 else f"{{{64 - bits}'h0, {name}_inc_i}}"
            condition = f"{name}_inc_i" if bits == 1 else f"{name}_inc_i != '0"
            lines.append(f"      if ({condition}) {name}_q <= {name}_q + {extended};")
        lines.append("      if (rd_valid_i) begin")
        for counter in self.block.counters:
            name = counter.name.lower()
            lines.append(f"        if (rd_addr_i == {self._offset(counter.name)}) {name}_hi_q <= {name}_q[63:32];")
        return lines + ["      end", "    end", "  end"]

    def _read_value(self, register):
        if register.name == "VERSION":
            return "eng_reg_pkg::ENG_VERSION_VALUE"
        parts, top = [], 32
        for signal in sorted(_signals(register), key=lambda s: -s.lsb):
            gap = top - signal.lsb - signal.width
            parts += ([f"{gap}'h0"] if gap else []) + [signal.read_value]
            top = signal.lsb
        parts += [f"{top}'h0"] if top else []
        return parts[0] if len(parts) == 1 else "{" + ", ".join(parts) + "}"

    def read(self):
        lines = ["  always_comb begin", "    rd_data_o = '0;", "    rd_err_o = 1'b0;",
                 "    if (rd_valid_i) begin", "      unique case (rd_addr_i)"]
        for register in self.registers:
            lines.append(f"        {self._offset(register.name)}: rd_data_o = {self._read_value(register)};")
        for array in self.arrays:
            for index in range(array.count):
                high = 32 * index + 31
                lines.append(f"        12'h{array.offset + 4 * index:03x}: "
                             f"rd_data_o = {array.name.lower()}_i[{high}:{high - 31}];")
        for counter in self.block.counters:
            name = counter.name.lower()
            lines.append(f"        {self._offset(counter.name)}: rd_data_o = {name}_q[31:0];")
            lines.append(f"        {self._offset(counter.name + '_HI')}: rd_data_o = {name}_hi_q;")
        return lines + ["        default: rd_err_o = 1'b1;", "      endcase", "    end", "  end"]

    def outputs(self):
        lines = []
        for signal in self.signals:
            if signal.stored:
                lines.append(f"  assign {signal.name}_o = {signal.name}_q;")
            if signal.access == "w1sc":
                select = self._select_of(signal.register)
                lines.append(f"  assign {signal.name}_pulse_o = wr_sel[{select}] && wr_data_i{signal.slice};")
        return lines

    def text(self):
        head = banner("//") + [
            "", "/// The register file of every engine: storage, decoding, counters. Behaviour beyond storing a value",
            "/// (what a pulse does, when a status bit is 1) is the front-end's.",
            "/// A write takes effect at the next edge. A write to a read-only register is ignored without error.",
            "module eng_regs (", self.ports(), ");", ""]
        sections = [
            self.declarations(),
            self.write_decode(), self.read(), self.outputs(), self.storage(), self.counters()]
        return "\n".join(head + ["\n\n".join("\n".join(_fit(section)) for section in sections), "endmodule", ""])


def register_file(block):
    return _Regfile(block).text()
