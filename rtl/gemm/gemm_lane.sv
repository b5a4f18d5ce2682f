// One lane of the output stage: accumulator to result.

/// f = float(acc); f * row scale; * column scale; + bias: each IEEE binary32, rounded. Seven steps;
/// en_i[i] moves step i. With int32_i the first step is acc + c instead. No reset: the enables tell.
module gemm_lane (
  input  logic        clk_i,
  input  logic [6:0]  en_i,
  input  logic        int32_i,
  input  logic [31:0] acc_i,
  input  logic [31:0] c_i,          ///< old C, 0 if not accumulating
  input  logic [31:0] row_scale_i,
  input  logic [31:0] col_scale_i,
  input  logic [31:0] bias_i,
  output logic [31:0] int32_o,      ///< after step 0
  output logic [31:0] scaled_o,     ///< after step 4
  output logic [31:0] biased_o      ///< after step 6
);
  logic [31:0] f0_q, rs0_q, cs0_q, cs1_q, cs2_q, b0_q, b1_q, b2_q, b3_q, b4_q, f2_q, f4_q, f6_q;
  logic [fp32_pkg::MulW-1:0] p1_q, p3_q;
  logic [fp32_pkg::AddW-1:0] s5_q;

  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      f0_q  <= int32_i ? acc_i + c_i : fp32_pkg::from_i32(acc_i);
      rs0_q <= row_scale_i;
      cs0_q <= col_scale_i;
      b0_q  <= bias_i;
    end
    if (en_i[1]) begin
      p1_q  <= fp32_pkg::mul_s1(f0_q, rs0_q);
      cs1_q <= cs0_q;
      b1_q  <= b0_q;
    end
    if (en_i[2]) begin
      f2_q  <= fp32_pkg::mul_s2(p1_q);
      cs2_q <= cs1_q;
      b2_q  <= b1_q;
    end
    if (en_i[3]) begin
      p3_q <= fp32_pkg::mul_s1(f2_q, cs2_q);
      b3_q <= b2_q;
    end
    if (en_i[4]) begin
      f4_q <= fp32_pkg::mul_s2(p3_q);
      b4_q <= b3_q;
    end
    if (en_i[5]) s5_q <= fp32_pkg::add_s1(f4_q, b4_q);
    if (en_i[6]) f6_q <= fp32_pkg::add_s2(s5_q);
  end

  assign int32_o  = f0_q;
  assign scaled_o = f4_q;
  assign biased_o = f6_q;
endmodule
