// One float32 lane: stations P (add, multiply, clip), E (exp, reciprocal), M (multiply) and
// A (add, multiply) in a row. Which of them an element visits is the same for a whole pass.

/// Feed-forward, one element per cycle, no stall. All enables come from vpu_lanes, which knows the
/// latencies. What M and A need of the operands waits in a small memory, written in the order of
/// the elements.
module vpu_lane (
  input  logic                         clk_i,
  input  logic [vpu_pkg::LaneCfgW-1:0] cfg_i,    ///< the pass; constant while elements are inside
  input  logic [31:0]                  s0_i,     ///< scalar operand of P, or clip's low
  input  logic [31:0]                  s1_i,     ///< clip's high
  // enables
  input  logic                         in_v_i,   ///< operands are here
  input  logic                         p1_v_i,   ///< P's first half, also with in_v_i
  input  logic                         p2_v_i,   ///< P's second half
  input  logic [8:0]                   exp_v_i,  ///< stages of exp
  input  logic [1:0]                   inc_v_i,  ///< the addition of 1
  input  logic [8:0]                   rec_v_i,  ///< stages of the reciprocal
  input  logic                         m1_v_i,
  input  logic                         m2_v_i,
  input  logic                         a1_v_i,
  input  logic                         a2_v_i,
  input  logic [4:0]                   wptr_i,   ///< where in_v_i's operands are kept
  input  logic [4:0]                   mptr_i,   ///< the element that enters M
  input  logic [4:0]                   aptr_i,   ///< the element that enters A
  // operands
  input  logic [31:0]                  x_i,
  input  logic [31:0]                  b_i,      ///< P's operand from y
  input  logic [31:0]                  hx_i,     ///< for M: x, or the partner's x
  input  logic [31:0]                  hy_i,     ///< for M and A: y, or +-sin
  output logic [31:0]                  y_o       ///< result of the last station in use
);
  logic [2:0] p_op, m_op, a_op;
  logic [1:0] p_b, e_op;
  assign {a_op, m_op, e_op, p_b, p_op} = cfg_i;

  // operands on their way around P and E
  logic [63:0] mem [32];
  always_ff @(posedge clk_i) begin
    if (in_v_i) mem[wptr_i] <= {hx_i, hy_i};
  end

  // ---- P
  logic [fp32_pkg::AddW-1:0] p1_q;
  logic [31:0] p2_q, pb_d;
  always_comb begin
    unique case (p_b)
      vpu_pkg::PbScalar: pb_d = s0_i;
      vpu_pkg::PbY:      pb_d = b_i;
      default:           pb_d = x_i;
    endcase
  end
  always_ff @(posedge clk_i) begin
    if (p1_v_i) begin
      unique case (p_op)
        vpu_pkg::PAdd: p1_q <= fp32_pkg::add_s1(x_i, pb_d);
        vpu_pkg::PMul: p1_q <= {2'd0, fp32_pkg::mul_s1(x_i, pb_d)};
        default:       p1_q <= {31'd0, x_i};
      endcase
    end
    if (p2_v_i) begin
      unique case (p_op)
        vpu_pkg::PAdd:  p2_q <= fp32_pkg::add_s2(p1_q);
        vpu_pkg::PMul:  p2_q <= fp32_pkg::mul_s2(p1_q[fp32_pkg::MulW-1:0]);
        vpu_pkg::PRelu: p2_q <= fp32_pkg::max2(p1_q[31:0], 32'd0);
        default:        p2_q <= fp32_pkg::min2(fp32_pkg::max2(p1_q[31:0], s0_i), s1_i);
      endcase
    end
  end
  logic [31:0] p_out;
  assign p_out = (p_op == vpu_pkg::PNone) ? x_i : p2_q;

  // ---- E: exp, then recip(exp + 1)
  logic [31:0] exp_out, rec_out, inc2_q;
  logic [fp32_pkg::AddW-1:0] inc1_q;
  logic        exp_small, inc1_small_q, inc2_small_q;
  vpu_exp u_exp (
    .clk_i, .op_i(e_op), .v_i(exp_v_i), .x_i(p_out), .y_o(exp_out), .small_o(exp_small)
  );
  always_ff @(posedge clk_i) begin
    if (inc_v_i[0]) begin
      // x + (-0) is x
      inc1_q <= fp32_pkg::add_s1(exp_out, exp_small ? 32'h8000_0000 : fp32_pkg::One);
      inc1_small_q <= exp_small;
    end
    if (inc_v_i[1]) begin
      inc2_q <= fp32_pkg::add_s2(inc1_q);
      inc2_small_q <= inc1_small_q;
    end
  end
  vpu_recip u_recip (
    .clk_i, .v_i(rec_v_i), .bypass_i(inc2_small_q), .x_i(inc2_q), .y_o(rec_out)
  );
  logic [31:0] e_out;
  assign e_out = (e_op == vpu_pkg::ENone) ? p_out :
                 (e_op == vpu_pkg::EExp)  ? exp_out : rec_out;

  // ---- M
  logic [63:0] m_kept;
  logic [31:0] ma_d, mb_d, carry_d, m1_carry_q, m2_carry_q, m2_q;
  logic [fp32_pkg::MulW-1:0] m1_q;
  assign m_kept = mem[mptr_i];
  always_comb begin
    ma_d    = e_out;
    mb_d    = m_kept[63:32];
    carry_d = e_out;
    unique case (m_op)
      vpu_pkg::MY:      mb_d = m_kept[31:0];
      vpu_pkg::MGelu:   mb_d = vpu_pkg::GeluC2;
      vpu_pkg::MRotary: begin
        ma_d = m_kept[63:32];
        mb_d = m_kept[31:0];
      end
      vpu_pkg::MTanh: begin
        if ({1'b0, m_kept[62:32]} < vpu_pkg::TanhSmall) begin
          carry_d = 32'h8000_0000;
        end else begin
          mb_d    = {~m_kept[63], 31'h4000_0000};
          carry_d = {m_kept[63], fp32_pkg::One[30:0]};
        end
      end
      default: mb_d = m_kept[63:32];
    endcase
  end
  always_ff @(posedge clk_i) begin
    if (m1_v_i) begin
      m1_q       <= fp32_pkg::mul_s1(ma_d, mb_d);
      m1_carry_q <= carry_d;
    end
    if (m2_v_i) begin
      m2_q       <= fp32_pkg::mul_s2(m1_q);
      m2_carry_q <= m1_carry_q;
    end
  end

  // ---- A
  /* verilator lint_off UNUSEDSIGNAL */
  logic [63:0] a_kept;
  /* verilator lint_on UNUSEDSIGNAL */
  logic [fp32_pkg::AddW-1:0] a1_q;
  logic [31:0] a2_q;
  assign a_kept = mem[aptr_i];
  always_ff @(posedge clk_i) begin
    if (a1_v_i) begin
      if (a_op == vpu_pkg::AMulY) begin
        a1_q <= {2'd0, fp32_pkg::mul_s1(m2_q, a_kept[31:0])};
      end else begin
        a1_q <= fp32_pkg::add_s1(m2_q, (a_op == vpu_pkg::AGelu) ? vpu_pkg::GeluC1 : m2_carry_q);
      end
    end
    if (a2_v_i) begin
      a2_q <= (a_op == vpu_pkg::AMulY) ? fp32_pkg::mul_s2(a1_q[fp32_pkg::MulW-1:0])
                                       : fp32_pkg::add_s2(a1_q);
    end
  end

  assign y_o = (a_op != vpu_pkg::ANone) ? a2_q : (m_op != vpu_pkg::MNone) ? m2_q : e_out;
endmodule
