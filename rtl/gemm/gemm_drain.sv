// Walks the finished rows of the blocks, in the order in which they are written to C.

/// Issues a piece (Pieces elements of a row) per cycle when it is final, its scales and old C are
/// there, and the output buffer has room. Announces each row segment with its first piece.
module gemm_drain #(
  parameter int unsigned Cols = 16,
  parameter int unsigned Lanes = 4,      ///< elements per piece: at most Cols, a power of two
  parameter int unsigned DataBytes = 16,
  parameter int unsigned FifoDepth = 16, ///< beats of the output buffer
  localparam int unsigned SlotBits = $clog2(gemm_pkg::BlockSlots)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                go_i,
  input  gemm_pkg::cfg_t      cfg_i,
  input  logic                block_valid_i,
  output logic                block_ready_o,
  input  gemm_pkg::block_t    block_i,
  // what is there
  input  logic [1:0]          acc_blocks_i,
  input  logic [7:0]          acc_fin_nt_i,
  input  logic [9:0]          acc_fin_m_i,
  input  logic                acc_grant_i,
  input  logic                scales_ready_i,
  input  logic                c_avail_i,
  // the piece
  output logic                issue_o,
  output logic                acc_half_o,
  output logic [15:0]         acc_addr_o,
  output logic [SlotBits-1:0] slot_o,
  output logic [8:0]          m_o,
  output logic [8:0]          n_o,
  output logic                beat_end_o,     ///< its last element ends a beat of the output
  output logic                release_o,      ///< the block's last piece is issued
  // to the writer
  output logic                wreq_valid_o,
  input  logic                wreq_ready_i,
  output logic [39:0]         wreq_addr_o,
  output logic [31:0]         wreq_bytes_o,
  input  logic                beat_out_i,     ///< a beat has left the output buffer
  output logic                finished_o      ///< everything of the operation is handed over
);
  localparam int unsigned ColBits = $clog2(Cols);
  localparam int unsigned PosBits = $clog2(DataBytes / Lanes);
  localparam int unsigned RoomBits = $clog2(FifoDepth) + 1;

  logic [9:0]          n_q, n_next, m;
  logic [15:0]         acc_row_q;
  logic [PosBits-1:0]  pos_q;
  logic                acc_half_q, last_block_q;
  logic [SlotBits-1:0] slot_q;
  logic [RoomBits-1:0] beats_q;
  logic                wreq_valid_q;
  logic [39:0]         wreq_addr_q, row_addr;
  logic [31:0]         wreq_bytes_q;
  logic                is_final, first_piece, last_piece, last_row;
  logic [7:0]          nt;

  assign nt          = 8'(n_q >> ColBits);
  assign n_next      = n_q + 10'(Lanes);
  assign first_piece = n_q == 10'd0;
  assign last_piece  = n_next >= block_i.ncols;
  assign is_final    = (acc_blocks_i != 2'd0) || (nt < acc_fin_nt_i) ||
                       ((nt == acc_fin_nt_i) && (m < acc_fin_m_i));
  assign beat_end_o  = last_piece ||
                       ((cfg_i.out_type == gemm_pkg::OutInt8)
                        ? (pos_q == PosBits'(DataBytes / Lanes - 1))
                        : (pos_q == PosBits'(DataBytes / 4 / Lanes - 1)));
  assign issue_o     = block_valid_i && is_final && acc_grant_i &&
                       (scales_ready_i || (cfg_i.out_type == gemm_pkg::OutInt32)) &&
                       (c_avail_i || !cfg_i.accumulate) &&
                       (beats_q != RoomBits'(FifoDepth)) &&
                       (!first_piece || !wreq_valid_q || wreq_ready_i);
  assign block_ready_o = issue_o && last_piece && last_row;
  assign release_o     = block_ready_o;
  assign acc_half_o    = acc_half_q;
  assign acc_addr_o    = acc_row_q + {8'd0, nt};
  assign slot_o        = slot_q;
  assign m_o           = m[8:0];
  assign n_o           = n_q[8:0];

  gemm_c_rows u_rows (
    .clk_i, .go_i, .cfg_i, .block_i, .next_i(issue_o && last_piece),
    .row_addr_o(row_addr), .m_o(m), .last_o(last_row)
  );


  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      n_q          <= '0;
      acc_row_q    <= '0;
      pos_q        <= '0;
      acc_half_q   <= 1'b0;
      slot_q       <= '0;
      beats_q      <= '0;
      wreq_valid_q <= 1'b0;
      last_block_q <= 1'b0;
    end else begin
      if (issue_o) begin
        n_q   <= last_piece ? '0 : n_next;
        pos_q <= beat_end_o ? '0 : pos_q + 1'b1;
        if (last_piece) acc_row_q <= last_row ? '0 : acc_row_q + {8'd0, cfg_i.tile_n};
      end
      if (release_o) begin
        acc_half_q   <= !acc_half_q;
        if (cfg_i.out_type != gemm_pkg::OutInt32) slot_q <= slot_q + 1'b1;
        last_block_q <= block_i.last;
      end
      if (go_i) last_block_q <= 1'b0;
      beats_q <= beats_q + RoomBits'(issue_o && beat_end_o) - RoomBits'(beat_out_i);
      if (issue_o && first_piece) wreq_valid_q <= 1'b1;
      else if (wreq_ready_i) wreq_valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (issue_o && first_piece) begin
      wreq_addr_q  <= row_addr;
      wreq_bytes_q <= (cfg_i.out_type == gemm_pkg::OutInt8) ? {22'd0, block_i.ncols}
                                                            : {20'd0, block_i.ncols, 2'b00};
    end
  end

  assign wreq_valid_o = wreq_valid_q;
  assign wreq_addr_o  = wreq_addr_q;
  assign wreq_bytes_o = wreq_bytes_q;
  assign finished_o   = last_block_q && (beats_q == '0) && !wreq_valid_q;
endmodule
