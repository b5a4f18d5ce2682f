// 1 / sqrt(x), one at a time: a cubic start value, two Newton steps, one rounding.

/// Takes 11 cycles from start_i to done_o whatever x is.
module vpu_rsqrt (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        clear_i,
  input  logic        start_i,  ///< pulse; x_i is taken
  input  logic [31:0] x_i,
  output logic        done_o,   ///< pulse: y_o is valid, until the next start
  output logic [31:0] y_o
);
  logic        busy_q;
  logic [3:0]  step_q;
  logic [1:0]  kind_q;  // 0 number, 1 NaN, 2 zero, 3 infinity (the result)
  logic [9:0]  e_q;
  logic [31:0] m_q, y_q, sq_q, err_q;
  logic [41:0] norm_d;
  logic        odd;
  assign norm_d = vpu_pkg::normalise(x_i[30:0]);
  assign odd    = e_q[0];

  /* verilator lint_off UNUSEDSIGNAL */
  logic [63:0]        square_d, diff_d;
  logic signed [63:0] step_d;
  /* verilator lint_on UNUSEDSIGNAL */
  logic [9:0]         half_d;
  always_comb begin
    square_d = '0;
    diff_d   = '0;
    step_d   = '0;
    if (busy_q) begin
      square_d = {32'd0, y_q} * {32'd0, y_q};
      diff_d   = (odd ? 64'h2000_0000_0000_0000 : 64'h4000_0000_0000_0000) -
                 {32'd0, m_q} * {32'd0, sq_q};
      step_d   = $signed(y_q) * $signed(err_q);
    end
    half_d = {e_q[9], e_q[9:1]};  // floor(exponent / 2)
  end

  always_ff @(posedge clk_i) begin
    done_o <= 1'b0;
    if (!rst_ni || clear_i) begin
      busy_q <= 1'b0;
      step_q <= '0;
    end else if (start_i) begin
      busy_q <= 1'b1;
      step_q <= 4'd0;
    end else if (busy_q) begin
      step_q <= step_q + 4'd1;
      if (step_q == 4'd9) begin
        busy_q <= 1'b0;
        done_o <= 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      m_q    <= norm_d[31:0];
      e_q    <= norm_d[41:32];
      kind_q <= (x_i[30:0] == 31'd0) ? 2'd3 :
                (x_i[31] || fp32_pkg::is_nan(x_i)) ? 2'd1 :
                (x_i[30:23] == 8'hFF) ? 2'd2 : 2'd0;
    end else if (busy_q) begin
      unique case (step_q)
        4'd0: y_q <= odd ? vpu_pkg::horner(32'hFC40_92AE, m_q << 1, 32'h0C52_985A)
                         : vpu_pkg::horner(32'hFAB3_2A50, m_q << 1, 32'h116D_456D);
        4'd1: y_q <= vpu_pkg::horner(y_q, m_q << 1, odd ? 32'hEA2E_8403 : 32'hE124_EEAB);
        4'd2: y_q <= vpu_pkg::horner(y_q, m_q << 1, odd ? 32'h2D3A_EFF0 : 32'h3FF7_1712);
        4'd3, 4'd6: sq_q <= square_d[60:29];
        4'd4, 4'd7: err_q <= odd ? diff_d[60:29] : diff_d[61:30];
        4'd5, 4'd8: y_q <= y_q + {step_d[63], step_d[63:33]};
        default: begin
          unique case (kind_q)
            2'd1: y_o <= fp32_pkg::NaN;
            2'd2: y_o <= 32'd0;
            2'd3: y_o <= fp32_pkg::PlusInf;
            default: y_o <= y_q[30] ? vpu_pkg::pack(1'b0, 10'd0 - half_d, y_q << 1)
                                    : vpu_pkg::pack(1'b0, 10'h3FF - half_d, y_q << 2);
          endcase
        end
      endcase
    end
  end
endmodule
