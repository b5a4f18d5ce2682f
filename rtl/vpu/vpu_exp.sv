// exp and the small-argument polynomial of tanh, one element per cycle.
// Fixed-point range reduction, a polynomial of degree 6, one rounding: see docs/blocks/vpu.md.

/// Nine stages; stage k's registers are written where v_i[k] is 1, so y_o is valid when a bit that
/// enters at v_i[0] would be at position 9. No stall; v_i is the caller's shift register.
module vpu_exp (
  input  logic        clk_i,
  input  logic [1:0]  op_i,    ///< vpu_pkg::EExp, ESigmoid (exp(-x)), ETanh; constant in use
  input  logic [8:0]  v_i,     ///< stage enables
  input  logic [31:0] x_i,     ///< with v_i[0]
  output logic [31:0] y_o,     ///< the result
  output logic        small_o  ///< ETanh: y_o is T(x^2), not exp(2|x|)
);
  // special: 0 none, 1 NaN, 2 zero, 3 infinity
  logic [61:0] s0_product_q;
  logic [5:0]  s0_shift_q;
  logic        s0_neg_q;
  logic [2:0]  s0_kind_q;  // {small, special}
  logic [2:0]  s1_kind_q, s2_kind_q, s3_kind_q, s4_kind_q, s5_kind_q, s6_kind_q, s7_kind_q;
  logic [8:0]  s1_n_q, s2_n_q, s3_n_q, s4_n_q, s5_n_q, s6_n_q, s7_n_q;
  logic [31:0] s1_f_q, s2_f_q, s3_f_q, s4_f_q, s5_f_q, s6_f_q;
  logic [31:0] s2_acc_q, s3_acc_q, s4_acc_q, s5_acc_q, s6_acc_q, s7_acc_q;

  logic        small_d, neg_d;
  logic [9:0]  e_d, shift_d;
  logic [23:0] m_d;
  always_comb begin
    small_d = (op_i == vpu_pkg::ETanh) && ({1'b0, x_i[30:0]} < vpu_pkg::TanhSmall);
    neg_d   = (op_i == vpu_pkg::EExp) ? x_i[31] : (op_i == vpu_pkg::ESigmoid) ? ~x_i[31] : 1'b0;
    e_d     = {2'd0, x_i[30:23]} + {9'd0, (op_i == vpu_pkg::ETanh) && !small_d};
    m_d     = {x_i[30:23] != 8'd0, x_i[22:0]};
    shift_d = small_d ? 10'd268 - {e_d[8:0], 1'b0} : 10'd155 - e_d;
  end

  // unpack and multiply by log2(e), or square
  always_ff @(posedge clk_i) begin
    if (v_i[0]) begin
      s0_product_q <= {38'd0, m_d} * (small_d ? {38'd0, m_d} : {24'd0, vpu_pkg::Log2E});
      s0_shift_q   <= (shift_d > 10'd63) ? 6'd63 : shift_d[5:0];
      s0_neg_q     <= neg_d;
      s0_kind_q    <= {small_d, fp32_pkg::is_nan(x_i) ? 2'd1 :
                                (e_d < 10'd134) ? 2'd0 : neg_d ? 2'd2 : 2'd3};
    end
  end

  // fixed point: n + f
  logic [40:0] t_d;
  /* verilator lint_off UNUSEDSIGNAL */
  logic [61:0] aligned_d;  // bits above 40 are zero where the result is used
  /* verilator lint_on UNUSEDSIGNAL */
  always_comb begin
    aligned_d = s0_product_q >> s0_shift_q;
    t_d = s0_neg_q ? 41'd0 - {1'b0, aligned_d[39:0]} : {1'b0, aligned_d[39:0]};
  end
  always_ff @(posedge clk_i) begin
    if (v_i[1]) begin
      s1_n_q    <= t_d[40:32];
      s1_f_q    <= t_d[31:0];
      s1_kind_q <= s0_kind_q;
    end
  end

  // Horner, six steps
  always_ff @(posedge clk_i) begin
    if (v_i[2]) begin
      s2_acc_q  <= s1_kind_q[2] ? vpu_pkg::horner(32'h0025_9078, s1_f_q, 32'hFF77_4AF5)
                                : vpu_pkg::horner(32'h0003_692B, s1_f_q, 32'h0014_CB7B);
      s2_f_q    <= s1_f_q;
      s2_n_q    <= s1_n_q;
      s2_kind_q <= s1_kind_q;
    end
    if (v_i[3]) begin
      s3_acc_q  <= vpu_pkg::horner(s2_acc_q, s2_f_q, s2_kind_q[2] ? 32'h0164_A976 : 32'h009E_243E);
      s3_f_q    <= s2_f_q;
      s3_n_q    <= s2_n_q;
      s3_kind_q <= s2_kind_q;
    end
    if (v_i[4]) begin
      s4_acc_q  <= vpu_pkg::horner(s3_acc_q, s3_f_q, s3_kind_q[2] ? 32'hFC8B_EE76 : 32'h038D_3F32);
      s4_f_q    <= s3_f_q;
      s4_n_q    <= s3_n_q;
      s4_kind_q <= s3_kind_q;
    end
    if (v_i[5]) begin
      s5_acc_q  <= vpu_pkg::horner(s4_acc_q, s4_f_q, s4_kind_q[2] ? 32'h0888_8749 : 32'h0F5F_E1EC);
      s5_f_q    <= s4_f_q;
      s5_n_q    <= s4_n_q;
      s5_kind_q <= s4_kind_q;
    end
    if (v_i[6]) begin
      s6_acc_q  <= vpu_pkg::horner(s5_acc_q, s5_f_q, s5_kind_q[2] ? 32'hEAAA_AAAC : 32'h2C5C_85F4);
      s6_f_q    <= s5_f_q;
      s6_n_q    <= s5_n_q;
      s6_kind_q <= s5_kind_q;
    end
    if (v_i[7]) begin
      s7_acc_q  <= vpu_pkg::horner(s6_acc_q, s6_f_q, 32'h4000_0000);
      s7_n_q    <= s6_n_q;
      s7_kind_q <= s6_kind_q;
    end
  end

  // round; T(x^2) is 1 or just below
  always_ff @(posedge clk_i) begin
    if (v_i[8]) begin
      small_o <= s7_kind_q[2];
      unique case (s7_kind_q[1:0])
        2'd1: y_o <= fp32_pkg::NaN;
        2'd2: y_o <= 32'd0;
        2'd3: y_o <= fp32_pkg::PlusInf;
        default: begin
          if (s7_kind_q[2] && !s7_acc_q[30]) begin
            y_o <= vpu_pkg::pack(1'b0, 10'h3FF, s7_acc_q << 2);
          end else begin
            y_o <= vpu_pkg::pack(1'b0, s7_kind_q[2] ? 10'd0 : {s7_n_q[8], s7_n_q}, s7_acc_q << 1);
          end
        end
      endcase
    end
  end
endmodule
