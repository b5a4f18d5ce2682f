// Scalar steps between the passes of a row: reciprocal, inverse root, scales.

/// One request at a time. The time depends on op_i only:
/// ScRecip 10, ScMean 3, ScNorm 16, ScQuant 12 cycles from start_i to done_o.
module vpu_scalar (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        clear_i,
  input  logic        start_i,   ///< pulse; operands stay until done_o
  input  logic [2:0]  op_i,      ///< vpu_pkg::Sc*
  input  logic [31:0] a_i,       ///< result of the reduction
  input  logic [31:0] rn_i,      ///< 1 / columns
  input  logic [31:0] eps_i,     ///< ScNorm
  output logic        done_o,    ///< pulse: results are valid, until the next start
  output logic [31:0] result_o,
  output logic [31:0] scale_o    ///< ScQuant: the scale to be written out
);
  logic       busy_q;
  logic [4:0] step_q;
  logic       step_v;
  assign step_v = busy_q;

  // one multiplier, one adder, one reciprocal, one iterative inverse root
  logic [fp32_pkg::MulW-1:0] mul_q;
  logic [fp32_pkg::AddW-1:0] add_q;
  logic [31:0]               val_q, scale_q, rec_out, root_out;
  logic                      tiny;
  logic                      rec_start;
  logic [7:0]                rec_v_q;
  assign rec_start = start_i && ((op_i == vpu_pkg::ScRecip) || (op_i == vpu_pkg::ScQuant));
  assign tiny = a_i < vpu_pkg::SmallestAbsmax;

  vpu_recip u_recip (
    .clk_i, .v_i({rec_v_q, rec_start}), .bypass_i(1'b0), .x_i(a_i), .y_o(rec_out)
  );

  logic root_start, root_done;
  assign root_start = step_v && (op_i == vpu_pkg::ScNorm) && (step_q == 5'd4);
  vpu_rsqrt u_rsqrt (
    .clk_i, .rst_ni, .clear_i, .start_i(root_start), .x_i(val_q), .done_o(root_done),
    .y_o(root_out)
  );

  logic finish;
  always_comb begin
    unique case (op_i)
      vpu_pkg::ScRecip: finish = step_q == 5'd9;
      vpu_pkg::ScMean:  finish = step_q == 5'd2;
      vpu_pkg::ScNorm:  finish = root_done;
      vpu_pkg::ScQuant: finish = step_q == 5'd11;
      default:          finish = step_q == 5'd0;
    endcase
  end

  always_ff @(posedge clk_i) begin
    done_o <= 1'b0;
    if (!rst_ni || clear_i) begin
      busy_q  <= 1'b0;
      rec_v_q <= '0;
      step_q  <= '0;
    end else begin
      rec_v_q <= {rec_v_q[6:0], rec_start};
      if (start_i) begin
        busy_q <= 1'b1;
        step_q <= 5'd0;
      end else if (step_v) begin
        step_q <= step_q + 5'd1;
        if (finish) begin
          busy_q <= 1'b0;
          done_o <= 1'b1;
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (step_v) begin
      unique case (op_i)
        vpu_pkg::ScRecip: val_q <= rec_out;
        vpu_pkg::ScMean, vpu_pkg::ScNorm: begin
          if (step_q == 5'd0) mul_q <= fp32_pkg::mul_s1(a_i, rn_i);
          if (step_q == 5'd1) val_q <= fp32_pkg::mul_s2(mul_q);
          if (step_q == 5'd2) begin
            if (op_i == vpu_pkg::ScMean) val_q <= fp32_pkg::negate(val_q);
            add_q <= fp32_pkg::add_s1(val_q, eps_i);
          end
          if ((op_i == vpu_pkg::ScNorm) && (step_q == 5'd3)) val_q <= fp32_pkg::add_s2(add_q);
          if (root_done) val_q <= root_out;
        end
        default: begin  // ScQuant
          if (step_q == 5'd0) mul_q <= fp32_pkg::mul_s1(a_i, vpu_pkg::Inv127);
          if (step_q == 5'd1) scale_q <= tiny ? 32'd0 : fp32_pkg::mul_s2(mul_q);
          if (step_q == 5'd9) mul_q <= fp32_pkg::mul_s1(rec_out, vpu_pkg::F127);
          if (step_q == 5'd10) val_q <= tiny ? 32'd0 : fp32_pkg::mul_s2(mul_q);
        end
      endcase
    end
  end

  assign result_o = val_q;
  assign scale_o  = scale_q;
endmodule
