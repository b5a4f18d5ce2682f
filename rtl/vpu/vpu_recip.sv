// 1 / x, one element per cycle: a cubic start value, two Newton steps, one rounding.

/// Nine stages; stage k's registers are written where v_i[k] is 1. No stall. With bypass_i the
/// element passes through unchanged.
module vpu_recip (
  input  logic        clk_i,
  input  logic [8:0]  v_i,       ///< stage enables
  input  logic        bypass_i,  ///< with v_i[0]: y = x
  input  logic [31:0] x_i,       ///< with v_i[0]
  output logic [31:0] y_o        ///< nine cycles later
);
  // kind: {value, sign}; with value, m is the result itself
  logic [1:0]  s0_kind_q, s1_kind_q, s2_kind_q, s3_kind_q, s4_kind_q, s5_kind_q, s6_kind_q,
               s7_kind_q;
  logic [9:0]  s0_e_q, s1_e_q, s2_e_q, s3_e_q, s4_e_q, s5_e_q, s6_e_q, s7_e_q;
  logic [31:0] s0_m_q, s1_m_q, s2_m_q, s3_m_q, s4_m_q, s5_m_q, s6_m_q, s7_m_q;
  logic [31:0] s1_y_q, s2_y_q, s3_y_q, s4_y_q, s5_y_q, s6_y_q, s7_y_q;
  logic [31:0] s4_err_q, s6_err_q;

  logic        value_d;
  logic [31:0] m_d;
  logic [41:0] norm_d;
  always_comb begin
    norm_d  = vpu_pkg::normalise(x_i[30:0]);
    value_d = 1'b1;
    m_d     = norm_d[31:0];
    if (bypass_i) begin
      m_d = x_i;
    end else if (x_i[30:0] == 31'd0) begin
      m_d = {x_i[31], 8'hFF, 23'd0};
    end else if (x_i[30:23] == 8'hFF) begin
      m_d = (x_i[22:0] != 23'd0) ? fp32_pkg::NaN : {x_i[31], 31'd0};
    end else begin
      value_d = 1'b0;
    end
  end

  /// Q0.32 error of y (Q2.30) as 1/m (m in Q1.31).
  function automatic logic [31:0] error_of(input logic [31:0] m, input logic [31:0] y);
    /* verilator lint_off UNUSEDSIGNAL */
    logic [63:0] diff;
    /* verilator lint_on UNUSEDSIGNAL */
    diff = 64'h2000_0000_0000_0000 - {32'd0, m} * {32'd0, y};
    error_of = diff[60:29];
  endfunction

  /// y + floor(y * err).
  function automatic logic [31:0] improve(input logic [31:0] y, input logic [31:0] err);
    /* verilator lint_off UNUSEDSIGNAL */
    logic signed [63:0] p;
    /* verilator lint_on UNUSEDSIGNAL */
    p = $signed(y) * $signed(err);
    improve = y + p[63:32];
  endfunction

  always_ff @(posedge clk_i) begin
    if (v_i[0]) begin
      s0_m_q    <= m_d;
      s0_e_q    <= norm_d[41:32];
      s0_kind_q <= {value_d, x_i[31]};
    end
    if (v_i[1]) begin
      s1_y_q    <= vpu_pkg::horner(32'hF1CD_6BD0, s0_m_q << 1, 32'h2A97_BC90);
      s1_m_q    <= s0_m_q;
      s1_e_q    <= s0_e_q;
      s1_kind_q <= s0_kind_q;
    end
    if (v_i[2]) begin
      s2_y_q    <= vpu_pkg::horner(s1_y_q, s1_m_q << 1, 32'hC3A9_0A34);
      s2_m_q    <= s1_m_q;
      s2_e_q    <= s1_e_q;
      s2_kind_q <= s1_kind_q;
    end
    if (v_i[3]) begin
      s3_y_q    <= vpu_pkg::horner(s2_y_q, s2_m_q << 1, 32'h3FE3_9AD8);
      s3_m_q    <= s2_m_q;
      s3_e_q    <= s2_e_q;
      s3_kind_q <= s2_kind_q;
    end
    if (v_i[4]) begin
      s4_err_q  <= error_of(s3_m_q, s3_y_q);
      s4_y_q    <= s3_y_q;
      s4_m_q    <= s3_m_q;
      s4_e_q    <= s3_e_q;
      s4_kind_q <= s3_kind_q;
    end
    if (v_i[5]) begin
      s5_y_q    <= improve(s4_y_q, s4_err_q);
      s5_m_q    <= s4_m_q;
      s5_e_q    <= s4_e_q;
      s5_kind_q <= s4_kind_q;
    end
    if (v_i[6]) begin
      s6_err_q  <= error_of(s5_m_q, s5_y_q);
      s6_y_q    <= s5_y_q;
      s6_m_q    <= s5_m_q;
      s6_e_q    <= s5_e_q;
      s6_kind_q <= s5_kind_q;
    end
    if (v_i[7]) begin
      s7_y_q    <= improve(s6_y_q, s6_err_q);
      s7_m_q    <= s6_m_q;
      s7_e_q    <= s6_e_q;
      s7_kind_q <= s6_kind_q;
    end
    if (v_i[8]) begin
      if (s7_kind_q[1]) begin
        y_o <= s7_m_q;
      end else if (s7_y_q[30]) begin
        y_o <= vpu_pkg::pack(s7_kind_q[0], 10'd0 - s7_e_q, s7_y_q << 1);
      end else begin
        y_o <= vpu_pkg::pack(s7_kind_q[0], 10'h3FF - s7_e_q, s7_y_q << 2);
      end
    end
  end
endmodule
