// ACCUMULATE: fetches the old C, row by row, ahead of the drain that adds it.

/// Requests a row when the whole of it has room in the buffer, so that its data never waits.
module gemm_c_fetch #(
  parameter int unsigned DataWidth = 128
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 go_i,
  input  gemm_pkg::cfg_t       cfg_i,
  input  logic                 enable_i,       ///< may request
  input  logic                 block_valid_i,
  output logic                 block_ready_o,
  input  gemm_pkg::block_t     block_i,
  output logic                 rreq_valid_o,
  input  logic                 rreq_ready_i,
  output logic [39:0]          rreq_addr_o,
  output logic [31:0]          rreq_bytes_o,
  input  logic                 wr_valid_i,
  input  logic [DataWidth-1:0] wr_data_i,
  output logic                 avail_o,        ///< the oldest beat is there
  input  logic                 re_i,           ///< read the oldest beat
  input  logic                 pop_i,          ///< and forget it
  output logic [DataWidth-1:0] rdata_o         ///< in the next cycle
);
  localparam int unsigned DataBytes = DataWidth / 8;
  localparam int unsigned Depth = 2 * gemm_pkg::MaxTileN * 4 / DataBytes;
  localparam int unsigned PtrWidth = $clog2(Depth);

  logic [PtrWidth-1:0] wptr_q, rptr_q;
  logic [PtrWidth:0]   free_q, held_q, row_beats;
  logic                fire, last_row;

  assign row_beats     = (PtrWidth + 1)'(({20'd0, block_i.ncols, 2'b00} + 32'(DataBytes - 1)) /
                                         32'(DataBytes));
  assign rreq_valid_o  = enable_i && cfg_i.accumulate && block_valid_i && (free_q >= row_beats);
  assign rreq_bytes_o  = {20'd0, block_i.ncols, 2'b00};
  assign fire          = rreq_valid_o && rreq_ready_i;
  assign block_ready_o = !cfg_i.accumulate || (fire && last_row);
  assign avail_o       = held_q != '0;

  logic [9:0] unused_m;
  gemm_c_rows u_rows (
    .clk_i, .go_i, .cfg_i, .block_i, .next_i(fire),
    .row_addr_o(rreq_addr_o), .m_o(unused_m), .last_o(last_row)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wptr_q <= '0;
      rptr_q <= '0;
      free_q <= (PtrWidth + 1)'(Depth);
      held_q <= '0;
    end else begin
      if (wr_valid_i) wptr_q <= wptr_q + 1'b1;
      if (pop_i) rptr_q <= rptr_q + 1'b1;
      free_q <= free_q + (PtrWidth + 1)'(pop_i) - (fire ? row_beats : '0);
      held_q <= held_q + (PtrWidth + 1)'(wr_valid_i) - (PtrWidth + 1)'(pop_i);
    end
  end

  sram_1r1w #(
    .Width(DataWidth), .Depth(Depth)
  ) u_mem (
    .clk_i,
    .we_i(wr_valid_i), .waddr_i(wptr_q), .wdata_i(wr_data_i), .wstrb_i('1),
    .re_i, .raddr_i(rptr_q), .rdata_o
  );
endmodule
