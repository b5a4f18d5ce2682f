// The weight-stationary array: a column of stages.
//
//            act_i  ------> broadcast along a row, one stage later in each stage
//              |     +-----+-----+-----+
//   stage 0    +---> | MAC | MAC | MAC |   partial sums go down, a stage per cycle
//   stage 1     +--> | MAC | MAC | MAC |
//                    +-----+-----+-----+
//                       psum_o: a whole row of C at once

/// Rows x Cols multiply-accumulates per cycle. A row of activations that enters with valid_i leaves
/// as Cols sums, Rows/RowsPerStage cycles later. swap_i makes the shadow weights active for the rows
/// that enter after this cycle, in each stage when the wave arrives there.
/// Loading by rows: one cycle later than load_i a row's shadow holds its word, in every stage at once.
/// Loading by columns: Cols words with col_valid_i; the wave moves like the activations, so the
/// first word may enter with the swap of the tile before.
module gemm_array #(
  parameter int unsigned Rows = 16,
  parameter int unsigned Cols = 16,
  parameter int unsigned RowsPerStage = 1,  ///< divides Rows
  parameter int unsigned TagWidth = 21
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic [Rows-1:0]                load_i,
  input  logic [RowsPerStage*Cols*8-1:0] load_data_i,
  input  logic                           col_valid_i,
  input  logic [Rows*8-1:0]              col_i,
  input  logic                           swap_i,
  input  logic                           valid_i,
  input  logic [TagWidth-1:0]            tag_i,
  input  logic [Rows*8-1:0]              act_i,
  output logic                           pre_valid_o,  ///< a result leaves in the next cycle
  output logic [TagWidth-1:0]            pre_tag_o,    ///< its tag
  output logic                           valid_o,
  output logic [TagWidth-1:0]            tag_o,
  output logic [Cols*32-1:0]             psum_o
);
  localparam int unsigned Stages = Rows / RowsPerStage;

  for (genvar s = 0; s < Stages; s++) begin : g_stage
    localparam int unsigned Rest = Rows - s * RowsPerStage;
    localparam int unsigned OutRest = (Rest > RowsPerStage) ? Rest - RowsPerStage : 1;
    logic                 col_valid_in, col_valid_out, swap_in, swap_out, valid_in, valid_out;
    logic [TagWidth-1:0]  tag_in, tag_out;
    logic [Rest*8-1:0]    col_in, act_in;
    logic [OutRest*8-1:0] col_out, act_out;
    logic [Cols*32-1:0]   psum_in, psum_out;

    if (s == 0) begin : g_top
      assign col_valid_in = col_valid_i;
      assign col_in       = col_i;
      assign swap_in      = swap_i;
      assign valid_in     = valid_i;
      assign tag_in       = tag_i;
      assign act_in       = act_i;
      assign psum_in      = '0;
    end else begin : g_below
      assign col_valid_in = g_stage[s-1].col_valid_out;
      assign col_in       = g_stage[s-1].col_out;
      assign swap_in      = g_stage[s-1].swap_out;
      assign valid_in     = g_stage[s-1].valid_out;
      assign tag_in       = g_stage[s-1].tag_out;
      assign act_in       = g_stage[s-1].act_out;
      assign psum_in      = g_stage[s-1].psum_out;
    end

    gemm_stage #(
      .Cols(Cols), .RowsPerStage(RowsPerStage), .Rest(Rest), .TagWidth(TagWidth)
    ) u_stage (
      .clk_i, .rst_ni,
      .load_i(load_i[s*RowsPerStage +: RowsPerStage]), .load_data_i,
      .col_valid_i(col_valid_in), .col_i(col_in),
      .swap_i(swap_in), .valid_i(valid_in), .tag_i(tag_in), .act_i(act_in), .psum_i(psum_in),
      .col_valid_o(col_valid_out), .col_o(col_out),
      .swap_o(swap_out), .valid_o(valid_out), .tag_o(tag_out), .act_o(act_out), .psum_o(psum_out)
    );
  end

  logic unused_last;
  assign unused_last = &{1'b0, g_stage[Stages-1].col_valid_out, g_stage[Stages-1].col_out,
                         g_stage[Stages-1].swap_out, g_stage[Stages-1].act_out};

  assign pre_valid_o = g_stage[Stages-1].valid_in;
  assign pre_tag_o   = g_stage[Stages-1].tag_in;
  assign valid_o     = g_stage[Stages-1].valid_out;
  assign tag_o       = g_stage[Stages-1].tag_out;
  assign psum_o      = g_stage[Stages-1].psum_out;
endmodule
