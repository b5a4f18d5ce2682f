// All lanes and the valid bits that enable their stages.

/// One word of Lanes elements per cycle; the result of a word appears a fixed number of cycles
/// later, which depends on the pass only: 0 without a station, P 2, exp 9, sigmoid and tanh 20,
/// M 2, A 2. A pass may be changed when out_v_o has been given for every word.
module vpu_lanes #(
  parameter int unsigned Lanes = 8
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         clear_i,  ///< forget every word
  input  logic [vpu_pkg::LaneCfgW-1:0] cfg_i,
  input  logic                         rotary_i, ///< pairs of elements share (cos, sin) pairs of y
  input  logic [31:0]                  s0_i,
  input  logic [31:0]                  s1_i,
  input  logic                         in_v_i,
  input  logic [Lanes*32-1:0]          x_i,
  input  logic [Lanes*32-1:0]          y_i,
  output logic                         out_v_o,
  output logic [Lanes*32-1:0]          out_o
);
  logic [2:0] p_op, m_op, a_op;
  logic [1:0] e_op;
  assign {a_op, m_op, e_op, p_op} = {cfg_i[12:7], cfg_i[6:5], cfg_i[2:0]};

  logic       p1_v_q, p2_v_q, m1_v_q, m2_v_q, a1_v_q, a2_v_q;
  logic [8:0] exp_q, rec_q;
  logic [1:0] inc_q;
  logic       p_in_v, p_out_v, e_in_v, e_out_v, m_in_v, m_out_v, a_in_v;
  always_comb begin
    p_in_v  = in_v_i && (p_op != vpu_pkg::PNone);
    p_out_v = (p_op != vpu_pkg::PNone) ? p2_v_q : in_v_i;
    e_in_v  = p_out_v && (e_op != vpu_pkg::ENone);
    e_out_v = (e_op == vpu_pkg::ENone) ? p_out_v : (e_op == vpu_pkg::EExp) ? exp_q[8] : rec_q[8];
    m_in_v  = e_out_v && (m_op != vpu_pkg::MNone);
    m_out_v = (m_op != vpu_pkg::MNone) ? m2_v_q : e_out_v;
    a_in_v  = m_out_v && (a_op != vpu_pkg::ANone);
    out_v_o = (a_op != vpu_pkg::ANone) ? a2_v_q : m_out_v;
  end

  logic inc_in_v;
  assign inc_in_v = exp_q[8] && (e_op != vpu_pkg::EExp);

  logic [4:0] wptr_q, mptr_q, aptr_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      {p1_v_q, p2_v_q, m1_v_q, m2_v_q, a1_v_q, a2_v_q} <= '0;
      exp_q  <= '0;
      inc_q  <= '0;
      rec_q  <= '0;
      wptr_q <= '0;
      mptr_q <= '0;
      aptr_q <= '0;
    end else begin
      p1_v_q <= p_in_v;
      p2_v_q <= p1_v_q;
      exp_q  <= {exp_q[7:0], e_in_v};
      inc_q  <= {inc_q[0], inc_in_v};
      rec_q  <= {rec_q[7:0], inc_q[1]};
      m1_v_q <= m_in_v;
      m2_v_q <= m1_v_q;
      a1_v_q <= a_in_v;
      a2_v_q <= a1_v_q;
      // three counts of the same words, so equal again when the lanes are empty
      if (in_v_i) wptr_q <= wptr_q + 5'd1;
      if (e_out_v) mptr_q <= mptr_q + 5'd1;
      if (m_out_v) aptr_q <= aptr_q + 5'd1;
    end
  end

  for (genvar l = 0; l < Lanes; l++) begin : g_lane
    // rotary: even lanes x0*c + x1*(-s), odd lanes x1*c + x0*s
    logic [31:0] b, hx, hy;
    always_comb begin
      b  = y_i[32*l +: 32];
      hx = x_i[32*l +: 32];
      hy = y_i[32*l +: 32];
      if (rotary_i) begin
        b  = y_i[32*(l & ~1) +: 32];
        hx = x_i[32*(l ^ 1) +: 32];
        hy = ((l & 1) != 0) ? y_i[32*l +: 32] : fp32_pkg::negate(y_i[32*(l | 1) +: 32]);
      end
    end
    vpu_lane u_lane (
      .clk_i, .cfg_i, .s0_i, .s1_i,
      .in_v_i,
      .p1_v_i (p_in_v),
      .p2_v_i (p1_v_q),
      .exp_v_i({exp_q[7:0], e_in_v}),
      .inc_v_i({inc_q[0], inc_in_v}),
      .rec_v_i({rec_q[7:0], inc_q[1]}),
      .m1_v_i (m_in_v),
      .m2_v_i (m1_v_q),
      .a1_v_i (a_in_v),
      .a2_v_i (a1_v_q),
      .wptr_i (wptr_q),
      .mptr_i (mptr_q),
      .aptr_i (aptr_q),
      .x_i    (x_i[32*l +: 32]),
      .b_i    (b),
      .hx_i   (hx),
      .hy_i   (hy),
      .y_o    (out_o[32*l +: 32])
    );
  end
endmodule
