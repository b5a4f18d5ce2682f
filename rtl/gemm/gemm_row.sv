// One row of the weight-stationary array.

/// Multiplies one activation with Cols weights and adds to the partial sums that pass through.
/// Active weights are kept sign-extended, so that the product needs no multiplexer and no sign logic.
/// There is no reset: what leaves a row means something only for a valid_i of the cycle before.
module gemm_row #(
  parameter int unsigned Cols = 16,
  parameter bit          Registered = 1'b1  ///< psum_o is a register; else it passes in the same cycle
) (
  input  logic               clk_i,
  input  logic               load_i,        ///< take a whole row of weights into the shadow
  input  logic [Cols*8-1:0]  load_data_i,
  input  logic               shift_i,       ///< take one weight, the others move one column down
  input  logic [7:0]         shift_data_i,
  input  logic               swap_i,        ///< shadow weights become active after this cycle
  input  logic               valid_i,       ///< act_i and psum_i count; else psum_o holds
  input  logic [7:0]         act_i,
  input  logic [Cols*32-1:0] psum_i,
  output logic [Cols*32-1:0] psum_o
);
  logic [Cols*8-1:0]  shadow_q;
  logic [Cols*32-1:0] weight_q;
  logic [31:0]        act;

  assign act = {{24{act_i[7]}}, act_i};

  if (Registered) begin : g_registered
    logic [Cols*32-1:0] psum_q;
    always_ff @(posedge clk_i) begin
      if (valid_i) begin
        for (int unsigned c = 0; c < Cols; c++) begin
          psum_q[32*c +: 32] <= psum_i[32*c +: 32] + weight_q[32*c +: 32] * act;
        end
      end
    end
    assign psum_o = psum_q;
  end else begin : g_passing
    logic unused_valid;
    assign unused_valid = valid_i;
    for (genvar c = 0; c < Cols; c++) begin : g_mac
      assign psum_o[32*c +: 32] = psum_i[32*c +: 32] + weight_q[32*c +: 32] * act;
    end
  end

  always_ff @(posedge clk_i) begin
    if (swap_i) begin
      for (int unsigned c = 0; c < Cols; c++) begin
        weight_q[32*c +: 32] <= {{24{shadow_q[8*c + 7]}}, shadow_q[8*c +: 8]};
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (load_i || shift_i) begin
      shadow_q <= load_i ? load_data_i : {shift_data_i, shadow_q[Cols*8-1:8]};
    end
  end
endmodule
