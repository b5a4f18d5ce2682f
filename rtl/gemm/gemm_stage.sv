// One pipeline stage of the array: as many rows as are loaded with weights per cycle.

/// Rest rows are still below the stage's top, its own RowsPerStage included; their activations and
/// (in column order) their weights come in together and leave one stage later, without its own:
/// that is the systolic skew. Whatever arrives with valid_i, swap_i or col_valid_i leaves one cycle later.
module gemm_stage #(
  parameter int unsigned Cols = 16,
  parameter int unsigned RowsPerStage = 1,
  parameter int unsigned Rest = 16,
  parameter int unsigned TagWidth = 21,
  localparam int unsigned OutRest = (Rest > RowsPerStage) ? Rest - RowsPerStage : 1
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  // weights, a row at a time; not delayed
  input  logic [RowsPerStage-1:0]        load_i,
  input  logic [RowsPerStage*Cols*8-1:0] load_data_i,  ///< row i of the stage in slot i
  // weights, a column at a time
  input  logic                           col_valid_i,
  input  logic [Rest*8-1:0]              col_i,
  // activations
  input  logic                           swap_i,   ///< for the rows of A after this one
  input  logic                           valid_i,
  input  logic [TagWidth-1:0]            tag_i,
  input  logic [Rest*8-1:0]              act_i,
  input  logic [Cols*32-1:0]             psum_i,
  // to the next stage, registered
  output logic                           col_valid_o,
  output logic [OutRest*8-1:0]           col_o,
  output logic                           swap_o,
  output logic                           valid_o,
  output logic [TagWidth-1:0]            tag_o,
  output logic [OutRest*8-1:0]           act_o,
  output logic [Cols*32-1:0]             psum_o
);
  logic                 col_valid_q, swap_q, valid_q;
  logic [TagWidth-1:0]  tag_q;
  logic [OutRest*8-1:0] col_q, act_q;

  for (genvar r = 0; r < RowsPerStage; r++) begin : g_row
    logic [Cols*32-1:0] psum_in, psum_out;
    if (r == 0) begin : g_first
      assign psum_in = psum_i;
    end else begin : g_next
      assign psum_in = g_row[r-1].psum_out;
    end
    gemm_row #(
      .Cols(Cols), .Registered(r == RowsPerStage - 1)
    ) u_row (
      .clk_i,
      .load_i(load_i[r]), .load_data_i(load_data_i[r*Cols*8 +: Cols*8]),
      .shift_i(col_valid_i), .shift_data_i(col_i[8*r +: 8]),
      .swap_i, .valid_i, .act_i(act_i[8*r +: 8]), .psum_i(psum_in), .psum_o(psum_out)
    );
  end
  assign psum_o = g_row[RowsPerStage-1].psum_out;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      col_valid_q <= 1'b0;
      swap_q      <= 1'b0;
      valid_q     <= 1'b0;
    end else begin
      col_valid_q <= col_valid_i;
      swap_q      <= swap_i;
      valid_q     <= valid_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) tag_q <= tag_i;
    if (Rest > RowsPerStage) begin
      if (valid_i) act_q <= act_i[Rest*8-1 -: OutRest*8];
      if (col_valid_i) col_q <= col_i[Rest*8-1 -: OutRest*8];
    end else begin
      act_q <= '0;
      col_q <= '0;
    end
  end

  assign col_valid_o = col_valid_q;
  assign col_o       = col_q;
  assign swap_o      = swap_q;
  assign valid_o     = valid_q;
  assign tag_o       = tag_q;
  assign act_o       = act_q;
endmodule
