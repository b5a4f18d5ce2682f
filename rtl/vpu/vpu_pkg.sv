// What the VPU's modules share: fixed-point helpers of the elementary functions and the encoding of
// a pass. The C++ side of the functions is tlm/vpu/vpu_math.cpp.

/// Constants and pure functions. Qm.n is a fixed-point number with n fraction bits.
package vpu_pkg;
  /* verilator lint_off UNUSEDPARAM */
  /* verilator lint_off UNUSEDSIGNAL */

  // What a pass does with each element: stations P, E, M, A in this order, each may be skipped.
  localparam logic [2:0] PNone = 3'd0;
  localparam logic [2:0] PAdd  = 3'd1;   ///< x + b
  localparam logic [2:0] PMul  = 3'd2;   ///< x * b
  localparam logic [2:0] PRelu = 3'd3;   ///< max(x, 0)
  localparam logic [2:0] PClip = 3'd4;   ///< min(max(x, alpha), beta)
  localparam logic [1:0] PbScalar = 2'd0;
  localparam logic [1:0] PbY      = 2'd1;
  localparam logic [1:0] PbX      = 2'd2;
  localparam logic [1:0] ENone    = 2'd0;
  localparam logic [1:0] EExp     = 2'd1;  ///< exp(p)
  localparam logic [1:0] ESigmoid = 2'd2;  ///< recip(exp(-p) + 1)
  localparam logic [1:0] ETanh    = 2'd3;  ///< recip(exp(2|p|) + 1), or T(p^2) for small p
  localparam logic [2:0] MNone   = 3'd0;
  localparam logic [2:0] MX      = 3'd1;   ///< e * x
  localparam logic [2:0] MY      = 3'd2;   ///< e * y
  localparam logic [2:0] MGelu   = 3'd3;   ///< e * 0.07135481
  localparam logic [2:0] MRotary = 3'd4;   ///< (partner's x) * (+-sin), e goes to A
  localparam logic [2:0] MTanh   = 3'd5;   ///< e * -+2, or e * x for small x
  localparam logic [2:0] ANone  = 3'd0;
  localparam logic [2:0] AGelu  = 3'd1;    ///< m + 1.5957691
  localparam logic [2:0] AMulY  = 3'd2;    ///< m * y
  localparam logic [2:0] ACarry = 3'd3;    ///< m + what M carried

  /// {a_op[2:0], m_op[2:0], e_op[1:0], p_b[1:0], p_op[2:0]}
  localparam int unsigned LaneCfgW = 13;

  localparam logic [1:0] RedNone   = 2'd0;
  localparam logic [1:0] RedMax    = 2'd1;
  localparam logic [1:0] RedAbsmax = 2'd2;
  localparam logic [1:0] RedSum    = 2'd3;

  // What the scalar unit does with the result of a reduction.
  localparam logic [2:0] ScNone  = 3'd0;
  localparam logic [2:0] ScRecip = 3'd1;  ///< 1 / a
  localparam logic [2:0] ScMean  = 3'd2;  ///< -(a * rn)
  localparam logic [2:0] ScNorm  = 3'd3;  ///< rsqrt(a * rn + epsilon)
  localparam logic [2:0] ScQuant = 3'd4;  ///< 127 / a, and the scale a / 127

  localparam logic [31:0] Inv127 = 32'h3C01_0204;
  localparam logic [31:0] F127 = 32'h42FE_0000;
  localparam logic [31:0] SmallestAbsmax = 32'h0380_0000;  ///< 2^-120
  localparam logic [31:0] GeluC1 = 32'h3FCC_422A;          ///< 1.5957691216
  localparam logic [31:0] GeluC2 = 32'h3D92_2279;          ///< 0.07135481271
  localparam logic [31:0] TanhSmall = 32'h3F20_0000;       ///< 0.625
  localparam logic [37:0] Log2E = 38'd198282496599;        ///< log2(e), Q1.37

  /// One step of Horner's scheme: floor(acc * f) + c with acc, c in Q2.30 and f in Q0.32.
  function automatic logic [31:0] horner(input logic [31:0] acc, input logic [31:0] f,
                                         input logic [31:0] c);
    logic signed [63:0] p;
    p = $signed(acc) * $signed({1'b0, f});
    horner = p[63:32] + c;
  endfunction

  /// m * 2^exponent (m in Q1.31 with bit 31 set, exponent signed) rounded to nearest even once.
  function automatic logic [31:0] pack(input logic sign, input logic [9:0] exponent,
                                       input logic [31:0] m);
    logic [9:0] field;
    logic [9:0] shift;
    logic [31:0] r;
    logic [7:0] base;
    field = exponent + 10'd127;
    r = m;
    base = 8'd0;
    shift = 10'd1 - field;
    if (field[9] || (field == 10'd0)) begin
      if (shift > 10'd25) begin
        r = 32'd0;
      end else begin
        r = (m >> shift[4:0]) | {31'd0, (m & ~(32'hFFFF_FFFF << shift[4:0])) != 32'd0};
      end
    end else begin
      base = field[7:0] - 8'd1;  // the hidden one adds the last unit
    end
    if (!field[9] && (field >= 10'd255)) begin
      pack = {sign, 8'hFF, 23'd0};
    end else begin
      pack = {sign, base, 23'd0} + {8'd0, r[31:8]} +
             {31'd0, r[7] & (r[8] | (r[6:0] != 7'd0))};
    end
  endfunction

  /// Leading zeros of a 24-bit number that is not zero.
  function automatic logic [4:0] leading_zeros(input logic [23:0] a);
    logic [23:0] m;
    logic [4:0] n;
    m = a;
    n = 5'd0;
    if (m[23:8] == 16'd0) begin
      n = 5'd16;
      m = m << 16;
    end
    if (m[23:16] == 8'd0) begin
      n = n + 5'd8;
      m = m << 8;
    end
    if (m[23:20] == 4'd0) begin
      n = n + 5'd4;
      m = m << 4;
    end
    if (m[23:22] == 2'd0) begin
      n = n + 5'd2;
      m = m << 2;
    end
    if (!m[23]) n = n + 5'd1;
    leading_zeros = n;
  endfunction

  /// A finite non-zero magnitude as {exponent[9:0], m[31:0]}: m * 2^exponent, m in Q1.31 from 1 on.
  function automatic logic [41:0] normalise(input logic [30:0] a);
    logic [4:0] n;
    if (a[30:23] != 8'd0) begin
      normalise = {{2'd0, a[30:23]} - 10'd127, 1'b1, a[22:0], 8'd0};
    end else begin
      n = leading_zeros({1'b0, a[22:0]});
      normalise = {10'd0 - 10'd126 - {5'd0, n}, {1'b0, a[22:0], 8'd0} << n};
    end
  endfunction

  /* verilator lint_on UNUSEDSIGNAL */
  /* verilator lint_on UNUSEDPARAM */
endpackage
