// IEEE-754 binary32 arithmetic as plain functions, for the engines' datapaths.
// Round to nearest even, full subnormals, every NaN result is 0x7FC00000, no flags, no traps.
// The C++ side is tlm/core/fp32.h, where the corner cases are written down.
//
// Multiplication and addition come in two halves so that a pipeline register fits between:
//   p_q <= fp32_pkg::mul_s1(a, b);  y_q <= fp32_pkg::mul_s2(p_q);
// The value in between is a flat vector of at most 64 bits; its layout is private to the pair.

/// Pure functions without state. Not provided: division, square root, fused multiply-add.
package fp32_pkg;
  // a user of the package need not use all of it; a magnitude need not look at the sign
  /* verilator lint_off UNUSEDPARAM */
  /* verilator lint_off UNUSEDSIGNAL */

  localparam logic [31:0] NaN = 32'h7FC0_0000;
  localparam logic [31:0] PlusInf = 32'h7F80_0000;
  localparam logic [31:0] MinusInf = 32'hFF80_0000;
  localparam logic [31:0] One = 32'h3F80_0000;

  /// Width of the value between mul_s1 and mul_s2: {kind[1:0], sign, exponent[9:0], product[47:0]}.
  localparam int unsigned MulW = 61;
  /// Width of the value between add_s1 and add_s2:
  /// {kind[1:0], sign, subtract, exponent[7:0], larger[23:0], lesser[26:0]}.
  localparam int unsigned AddW = 63;
  // kind: 0 finite, 1 infinite, 2 NaN

  function automatic logic is_nan(input logic [31:0] a);
    is_nan = {1'b0, a[30:0]} > PlusInf;
  endfunction

  /// a with a NaN replaced by the canonical one.
  function automatic logic [31:0] canon(input logic [31:0] a);
    canon = ({1'b0, a[30:0]} > PlusInf) ? NaN : a;
  endfunction

  /// a without its sign; NaN becomes the canonical one.
  function automatic logic [31:0] magnitude(input logic [31:0] a);
    magnitude = ({1'b0, a[30:0]} > PlusInf) ? NaN : {1'b0, a[30:0]};
  endfunction

  /// a with the opposite sign; NaN becomes the canonical one.
  function automatic logic [31:0] negate(input logic [31:0] a);
    negate = ({1'b0, a[30:0]} > PlusInf) ? NaN : {~a[31], a[30:0]};
  endfunction

  /// First half of a * b: the exact product of the significands.
  function automatic logic [MulW-1:0] mul_s1(input logic [31:0] a, input logic [31:0] b);
    logic [1:0] kind;
    logic [47:0] product;
    logic [9:0] exponent;
    kind = 2'd0;
    if ((a[30:23] == 8'hFF) || (b[30:23] == 8'hFF)) begin
      kind = ((a[30:0] > 31'h7F80_0000) || (b[30:0] > 31'h7F80_0000) ||
              (a[30:0] == 31'd0) || (b[30:0] == 31'd0)) ? 2'd2 : 2'd1;
    end
    // exponent of the result if product[47] is its leading one, as a signed number
    exponent = {2'd0, a[30:23]} + {9'd0, a[30:23] == 8'd0} +
               {2'd0, b[30:23]} + {9'd0, b[30:23] == 8'd0} - 10'd126;
    product = {24'd0, a[30:23] != 8'd0, a[22:0]} * {24'd0, b[30:23] != 8'd0, b[22:0]};
    mul_s1 = {kind, a[31] ^ b[31], exponent, product};
  endfunction

  /// Second half of a * b: normalise, round, special values.
  function automatic logic [31:0] mul_s2(input logic [MulW-1:0] p);
    logic [47:0] m;
    logic [9:0] e;
    logic [9:0] room;
    logic sticky;
    m = p[47:0];
    e = p[57:48];
    sticky = 1'b0;
    if (e[9] || (e == 10'd0)) begin
      // below the normal range: shift right into a subnormal
      room = 10'd1 - e;
      e = 10'd1;
      if (room > 10'd47) begin
        sticky = m != 48'd0;
        m = 48'd0;
      end else begin
        sticky = (m & ~(48'hFFFF_FFFF_FFFF << room[5:0])) != 48'd0;
        m = m >> room[5:0];
      end
    end else if (!m[47]) begin
      // shift left by the leading zeros, but not below exponent 1
      room = e - 10'd1;
      if (!m[46]) begin
        // at least one operand is subnormal (or zero)
        if ((m[47:16] == 32'd0) && (room >= 10'd32)) begin
          m = m << 32;
          room = room - 10'd32;
        end
        if ((m[47:32] == 16'd0) && (room >= 10'd16)) begin
          m = m << 16;
          room = room - 10'd16;
        end
        if ((m[47:40] == 8'd0) && (room >= 10'd8)) begin
          m = m << 8;
          room = room - 10'd8;
        end
        if ((m[47:44] == 4'd0) && (room >= 10'd4)) begin
          m = m << 4;
          room = room - 10'd4;
        end
        if ((m[47:46] == 2'd0) && (room >= 10'd2)) begin
          m = m << 2;
          room = room - 10'd2;
        end
      end
      if (!m[47] && (room != 10'd0)) begin
        m = m << 1;
        room = room - 10'd1;
      end
      e = room + 10'd1;
    end
    if (p[60]) begin
      mul_s2 = NaN;
    end else if (p[59] || (e >= 10'd255)) begin
      mul_s2 = {p[58], 8'hFF, 23'd0};
    end else begin
      // the carry of the rounding runs into the exponent, up to infinity
      mul_s2 = {p[58], m[47] ? e[7:0] : 8'd0, m[46:24]} +
               {31'd0, m[23] & (m[24] | sticky | (m[22:0] != 23'd0))};
    end
  endfunction

  /// a * b in one piece.
  function automatic logic [31:0] mul(input logic [31:0] a, input logic [31:0] b);
    mul = mul_s2(mul_s1(a, b));
  endfunction

  /// First half of a + b: order by magnitude, align the smaller (guard, round and sticky bit).
  function automatic logic [AddW-1:0] add_s1(input logic [31:0] a, input logic [31:0] b);
    logic [31:0] x;
    logic [31:0] y;
    logic [1:0] kind;
    logic [7:0] ex;
    logic [7:0] d;
    logic [26:0] lesser;
    x = a;
    y = b;
    if (a[30:0] < b[30:0]) begin
      x = b;
      y = a;
    end
    kind = 2'd0;
    if (x[30:23] == 8'hFF) begin
      kind = ((x[22:0] != 23'd0) || ((y[30:23] == 8'hFF) && (x[31] != y[31]))) ? 2'd2 : 2'd1;
    end
    ex = x[30:23] | {7'd0, x[30:23] == 8'd0};
    d = ex - (y[30:23] | {7'd0, y[30:23] == 8'd0});
    lesser = {y[30:23] != 8'd0, y[22:0], 3'd0};
    if (d > 8'd26) begin
      lesser = {26'd0, lesser != 27'd0};
    end else begin
      lesser = (lesser >> d[4:0]) |
              {26'd0, (lesser & ~(27'h7FF_FFFF << d[4:0])) != 27'd0};
    end
    add_s1 = {kind, x[31], x[31] ^ y[31], ex, x[30:23] != 8'd0, x[22:0], lesser};
  endfunction

  /// Second half of a + b: add or subtract, normalise, round, special values.
  function automatic logic [31:0] add_s2(input logic [AddW-1:0] p);
    logic [27:0] m;
    logic [8:0] e;
    logic [8:0] room;
    e = {1'b0, p[58:51]};
    if (p[59]) begin
      m = {1'b0, p[50:27], 3'd0} - {1'b0, p[26:0]};
    end else begin
      m = {1'b0, p[50:27], 3'd0} + {1'b0, p[26:0]};
    end
    if (m[27]) begin
      m = {1'b0, m[27:2], m[1] | m[0]};
      e = e + 9'd1;
    end else if (!m[26]) begin
      // shift left by the leading zeros, but not below exponent 1
      room = e - 9'd1;
      if (!m[25]) begin
        if ((m[26:11] == 16'd0) && (room >= 9'd16)) begin
          m = m << 16;
          room = room - 9'd16;
        end
        if ((m[26:19] == 8'd0) && (room >= 9'd8)) begin
          m = m << 8;
          room = room - 9'd8;
        end
        if ((m[26:23] == 4'd0) && (room >= 9'd4)) begin
          m = m << 4;
          room = room - 9'd4;
        end
        if ((m[26:25] == 2'd0) && (room >= 9'd2)) begin
          m = m << 2;
          room = room - 9'd2;
        end
      end
      if (!m[26] && (room != 9'd0)) begin
        m = m << 1;
        room = room - 9'd1;
      end
      e = room + 9'd1;
    end
    if (p[62]) begin
      add_s2 = NaN;
    end else if (p[61] || (e >= 9'd255)) begin
      add_s2 = {p[60], 8'hFF, 23'd0};
    end else begin
      // an exact zero difference is +0; -0 + -0 stays -0
      add_s2 = {p[60] & ~(p[59] & (m == 28'd0)), m[26] ? e[7:0] : 8'd0, m[25:3]} +
               {31'd0, m[2] & (m[3] | m[1] | m[0])};
    end
  endfunction

  /// a + b in one piece.
  function automatic logic [31:0] add(input logic [31:0] a, input logic [31:0] b);
    add = add_s2(add_s1(a, b));
  endfunction

  /// Unsigned key with the order of the numbers: -inf < ... < -0 < +0 < ... < inf.
  function automatic logic [31:0] order_key(input logic [31:0] a);
    order_key = a[31] ? ~a : {1'b1, a[30:0]};
  endfunction

  /// The larger of two; +0 > -0; NaN if either is NaN.
  function automatic logic [31:0] max2(input logic [31:0] a, input logic [31:0] b);
    if (is_nan(a) || is_nan(b)) begin
      max2 = NaN;
    end else begin
      max2 = (order_key(a) >= order_key(b)) ? a : b;
    end
  endfunction

  /// The smaller of two; -0 < +0; NaN if either is NaN.
  function automatic logic [31:0] min2(input logic [31:0] a, input logic [31:0] b);
    if (is_nan(a) || is_nan(b)) begin
      min2 = NaN;
    end else begin
      min2 = (order_key(a) <= order_key(b)) ? a : b;
    end
  endfunction

  /// int32 to binary32, rounded to nearest even.
  function automatic logic [31:0] from_i32(input logic [31:0] a);
    logic [31:0] m;
    logic [7:0] e;
    m = a[31] ? -a : a;
    e = 8'd158;
    if (m[31:16] == 16'd0) begin
      m = m << 16;
      e = e - 8'd16;
    end
    if (m[31:24] == 8'd0) begin
      m = m << 8;
      e = e - 8'd8;
    end
    if (m[31:28] == 4'd0) begin
      m = m << 4;
      e = e - 8'd4;
    end
    if (m[31:30] == 2'd0) begin
      m = m << 2;
      e = e - 8'd2;
    end
    if (!m[31]) begin
      m = m << 1;
      e = e - 8'd1;
    end
    if (!m[31]) begin
      from_i32 = 32'd0;
    end else begin
      from_i32 = {a[31], e, m[30:8]} + {31'd0, m[7] & (m[8] | (m[6:0] != 7'd0))};
    end
  endfunction

  /// int8 to binary32, exact.
  function automatic logic [31:0] from_i8(input logic [7:0] a);
    from_i8 = from_i32({{24{a[7]}}, a});
  endfunction

  /// binary32 to int8: rounded to nearest even, saturated to -128..127; NaN gives 0.
  function automatic logic [7:0] to_i8(input logic [31:0] a);
    logic [31:0] m;  // the magnitude with 24 fraction bits
    logic [8:0] r;
    if (is_nan(a)) begin
      to_i8 = 8'd0;
    end else if (a[30:23] >= 8'd134) begin
      to_i8 = a[31] ? 8'h80 : 8'h7F;  // at least 128
    end else if (a[30:23] < 8'd126) begin
      to_i8 = 8'd0;  // below one half
    end else begin
      m = {8'd0, 1'b1, a[22:0]} << (a[25:23] - 3'd6);
      r = {1'b0, m[31:24]} + {8'd0, m[23] & (m[24] | (m[22:0] != 23'd0))};
      to_i8 = a[31] ? 8'd0 - r[7:0] : ((r >= 9'd128) ? 8'h7F : r[7:0]);
    end
  endfunction

  /* verilator lint_on UNUSEDSIGNAL */
  /* verilator lint_on UNUSEDPARAM */
endpackage
