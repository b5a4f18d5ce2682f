// Row scales, column scales and bias of the blocks that are being computed or drained.

/// A set per block, in BlockSlots slots that are used in turn. Beats arrive with the first element
/// of a block in lane 0. The loader never has more sets under way than there are slots.
module gemm_scales #(
  parameter int unsigned DataWidth = 128,
  localparam int unsigned Lanes = DataWidth / 32,
  localparam int unsigned SlotBits = $clog2(gemm_pkg::BlockSlots)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 has_bias_i,   ///< sets end with a bias
  // from the bus
  input  logic                 wr_valid_i,
  input  logic [2:0]           wr_tag_i,     ///< TagRowScale, TagColScale or TagBias
  input  logic                 wr_end_i,     ///< last beat
  input  logic [DataWidth-1:0] wr_data_i,
  // to the output stage
  output logic                 ready_o,      ///< the oldest block's set is complete
  input  logic                 release_i,    ///< the oldest block is drained
  input  logic                 re_i,
  input  logic [SlotBits-1:0]  slot_i,
  input  logic [8:0]           m_i,          ///< row in the block
  input  logic [8:0]           n_i,          ///< column in the block
  output logic [DataWidth-1:0] row_scale_o,  ///< the word with row m_i, in the next cycle
  output logic [DataWidth-1:0] col_scale_o,  ///< the word with column n_i
  output logic [DataWidth-1:0] bias_o
);
  localparam int unsigned LaneBits = $clog2(Lanes);
  localparam int unsigned IndexBits = 9 - LaneBits;
  localparam int unsigned Depth = gemm_pkg::BlockSlots << IndexBits;

  logic [SlotBits-1:0]  wslot_q;
  logic [SlotBits:0]    sets_q;
  logic [IndexBits-1:0] beat_q;
  logic                 set_end;

  assign set_end = wr_valid_i && wr_end_i &&
                   (wr_tag_i == (has_bias_i ? gemm_pkg::TagBias : gemm_pkg::TagColScale));
  assign ready_o = sets_q != '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wslot_q <= '0;
      sets_q  <= '0;
      beat_q  <= '0;
    end else begin
      if (wr_valid_i) beat_q <= wr_end_i ? '0 : beat_q + 1'b1;
      if (set_end) wslot_q <= wslot_q + 1'b1;
      sets_q <= sets_q + (SlotBits + 1)'(set_end) - (SlotBits + 1)'(release_i);
    end
  end

  logic unused_lane;
  assign unused_lane = &{1'b0, m_i[LaneBits-1:0], n_i[LaneBits-1:0]};

  sram_1r1w #(
    .Width(DataWidth), .Depth(Depth)
  ) u_row_scale (
    .clk_i,
    .we_i(wr_valid_i && (wr_tag_i == gemm_pkg::TagRowScale)), .waddr_i({wslot_q, beat_q}),
    .wdata_i(wr_data_i), .wstrb_i('1),
    .re_i, .raddr_i({slot_i, m_i[8:LaneBits]}), .rdata_o(row_scale_o)
  );
  sram_1r1w #(
    .Width(DataWidth), .Depth(Depth)
  ) u_col_scale (
    .clk_i,
    .we_i(wr_valid_i && (wr_tag_i == gemm_pkg::TagColScale)), .waddr_i({wslot_q, beat_q}),
    .wdata_i(wr_data_i), .wstrb_i('1),
    .re_i, .raddr_i({slot_i, n_i[8:LaneBits]}), .rdata_o(col_scale_o)
  );
  sram_1r1w #(
    .Width(DataWidth), .Depth(Depth)
  ) u_bias (
    .clk_i,
    .we_i(wr_valid_i && (wr_tag_i == gemm_pkg::TagBias)), .waddr_i({wslot_q, beat_q}),
    .wdata_i(wr_data_i), .wstrb_i('1),
    .re_i, .raddr_i({slot_i, n_i[8:LaneBits]}), .rdata_o(bias_o)
  );
endmodule
