// The GEMM core: wiring of loader, operand buffers, array, accumulators and output stage.
//
//   rreq <- loader, c_fetch                    wreq <- drain
//   rdat -> opbuf A --+                                  |
//        -> opbuf B --+-> feed -> array -> acc -> convert -> pack -> wdat
//        -> scales ---------------------------------^
//        -> c_fetch --------------------------------^
//   decode -> loader -> sequencer (commands to the buffers and the array)

/// C[M,N] (+)= A[M,K] * B[K,N] as docs/blocks/gemm.md says. The core side of docs/blocks/engine.md.
module gemm_core #(
  parameter int unsigned DataWidth = 128,
  parameter int unsigned Rows = 16,
  parameter int unsigned Cols = 16,
  parameter int unsigned ABufferBytes = 131072,   ///< both halves, a power of two
  parameter int unsigned BBufferBytes = 131072,
  parameter int unsigned AccBufferBytes = 524288
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [31:0]          a_buffer_bytes_i,    ///< in use, both halves
  input  logic [31:0]          b_buffer_bytes_i,
  input  logic [31:0]          acc_buffer_bytes_i,
  input  logic                 start_i,
  input  logic [1023:0]        desc_i,
  input  logic                 clear_i,
  output logic                 done_o,
  output logic [1:0]           illegal_o,
  output logic [63:0]          work_o,
  output logic                 read_stall_o,
  output logic                 write_stall_o,
  output logic                 rreq_valid_o,
  input  logic                 rreq_ready_i,
  output logic [39:0]          rreq_addr_o,
  output logic [31:0]          rreq_bytes_o,
  output logic [3:0]           rreq_tag_o,
  input  logic                 rdat_valid_i,
  output logic                 rdat_ready_o,
  input  logic [DataWidth-1:0] rdat_data_i,
  input  logic                 rdat_last_i,
  input  logic [3:0]           rdat_tag_i,
  output logic                 wreq_valid_o,
  input  logic                 wreq_ready_i,
  output logic [39:0]          wreq_addr_o,
  output logic [31:0]          wreq_bytes_o,
  output logic                 wdat_valid_o,
  input  logic                 wdat_ready_i,
  output logic [DataWidth-1:0] wdat_data_o,
  input  logic                 wr_idle_i
);
  localparam int unsigned DataBytes = DataWidth / 8;
  localparam int unsigned BeatFloats = DataBytes / 4;
  localparam int unsigned Lanes = (BeatFloats < Cols) ? BeatFloats : Cols;
  // rows that a beat of packed weights fills
  localparam int unsigned BeatRows = (DataBytes > Cols) ? DataBytes / Cols : 1;
  localparam int unsigned RowsPerStage = (BeatRows < Rows) ? BeatRows : Rows;
  localparam int unsigned LoadBytes = RowsPerStage * Cols;
  localparam int unsigned AWordBytes = (Rows > DataBytes) ? Rows : DataBytes;
  localparam int unsigned BWordMin = (LoadBytes > DataBytes) ? LoadBytes : DataBytes;
  localparam int unsigned BWordBytes = (Rows > BWordMin) ? Rows : BWordMin;
  localparam int unsigned AccHalfWords = AccBufferBytes / 2 / (Cols * 4);
  localparam int unsigned FifoDepth = 16;
  localparam int unsigned SlotBits = $clog2(gemm_pkg::BlockSlots);

  logic rst_n;  // clear forgets everything
  assign rst_n = rst_ni && !clear_i;

  // descriptor
  logic           go;
  logic [1:0]     illegal;
  gemm_pkg::cfg_t cfg;
  gemm_decode #(
    .DataWidth(DataWidth), .Rows(Rows), .Cols(Cols), .RowsPerStage(RowsPerStage)
  ) u_decode (
    .clk_i, .rst_ni(rst_n), .start_i, .desc_i, .a_buffer_bytes_i, .b_buffer_bytes_i,
    .acc_buffer_bytes_i, .go_o(go), .illegal_o(illegal), .cfg_o(cfg), .work_o
  );

  // loader
  logic             requested, slab_valid, slab_ready, block_valid, block_ready;
  gemm_pkg::slab_t  slab;
  gemm_pkg::block_t block;
  logic             a_release, a_release_half, b_release, b_release_half, block_release;
  logic             load_valid, load_ready;
  logic [39:0]      load_addr;
  logic [31:0]      load_bytes;
  logic [2:0]       load_tag;
  gemm_loader #(
    .Rows(Rows), .Cols(Cols)
  ) u_loader (
    .clk_i, .rst_ni(rst_n), .go_i(go), .cfg_i(cfg), .requested_o(requested),
    .slab_valid_o(slab_valid), .slab_ready_i(slab_ready), .slab_o(slab),
    .block_valid_o(block_valid), .block_ready_i(block_ready), .block_o(block),
    .a_release_i(a_release), .b_release_i(b_release), .block_release_i(block_release),
    .rreq_valid_o(load_valid), .rreq_ready_i(load_ready), .rreq_addr_o(load_addr),
    .rreq_bytes_o(load_bytes), .rreq_tag_o(load_tag)
  );

  logic                      seq_slab_valid, seq_slab_ready;
  logic [gemm_pkg::SlabW-1:0] seq_slab;
  logic [2:0]                unused_slab_count, unused_drain_count, unused_fetch_count;
  stream_fifo #(
    .Width(gemm_pkg::SlabW), .Depth(4)
  ) u_slabs (
    .clk_i, .rst_ni(rst_n), .clear_i(1'b0),
    .valid_i(slab_valid), .ready_o(slab_ready), .data_i(slab),
    .valid_o(seq_slab_valid), .ready_i(seq_slab_ready), .data_o(seq_slab),
    .count_o(unused_slab_count)
  );

  logic                        drain_block_valid, drain_block_ready, drain_fifo_ready;
  logic                        fetch_block_valid, fetch_block_ready, fetch_fifo_ready;
  logic [gemm_pkg::BlockW-1:0] drain_block, fetch_block;
  assign block_ready = drain_fifo_ready && fetch_fifo_ready;
  stream_fifo #(
    .Width(gemm_pkg::BlockW), .Depth(4)
  ) u_drain_blocks (
    .clk_i, .rst_ni(rst_n), .clear_i(1'b0),
    .valid_i(block_valid), .ready_o(drain_fifo_ready), .data_i(block),
    .valid_o(drain_block_valid), .ready_i(drain_block_ready), .data_o(drain_block),
    .count_o(unused_drain_count)
  );
  stream_fifo #(
    .Width(gemm_pkg::BlockW), .Depth(4)
  ) u_fetch_blocks (
    .clk_i, .rst_ni(rst_n), .clear_i(1'b0),
    .valid_i(block_valid), .ready_o(fetch_fifo_ready), .data_i(block),
    .valid_o(fetch_block_valid), .ready_i(fetch_block_ready), .data_o(fetch_block),
    .count_o(unused_fetch_count)
  );

  // read data, by kind; there is always room for what has been requested
  logic wr_a, wr_b, wr_scale, wr_c;
  assign rdat_ready_o = 1'b1;
  assign wr_a     = rdat_valid_i && (rdat_tag_i[2:1] == 2'b10);
  assign wr_b     = rdat_valid_i && (rdat_tag_i[2:1] == 2'b11);
  assign wr_c     = rdat_valid_i && (rdat_tag_i[2:0] == gemm_pkg::TagC);
  assign wr_scale = rdat_valid_i && !rdat_tag_i[2] && (rdat_tag_i[2:0] != gemm_pkg::TagC);
  logic unused_tag;
  assign unused_tag = rdat_tag_i[3];

  // operand buffers
  logic [20:0]             a_level0, a_level1, b_level0, b_level1;
  logic                    a_re, a_half, b_re, b_half;
  logic [19:0]             a_addr, b_addr;
  logic [AWordBytes*8-1:0] a_data;
  logic [BWordBytes*8-1:0] b_data;
  gemm_opbuf #(
    .DataWidth(DataWidth), .WordWidth(AWordBytes * 8), .HalfBytes(ABufferBytes / 2)
  ) u_a_buffer (
    .clk_i, .rst_ni(rst_n), .pitch_i(cfg.a_pitch),
    .wr_valid_i(wr_a), .wr_data_i(rdat_data_i), .wr_end_i(rdat_last_i),
    .wr_slab_end_i(rdat_tag_i[0]),
    .release_i(a_release), .release_half_i(a_release_half),
    .level0_o(a_level0), .level1_o(a_level1),
    .re_i(a_re), .rhalf_i(a_half), .raddr_i(a_addr >> $clog2(AWordBytes)), .rdata_o(a_data)
  );
  gemm_opbuf #(
    .DataWidth(DataWidth), .WordWidth(BWordBytes * 8), .HalfBytes(BBufferBytes / 2)
  ) u_b_buffer (
    .clk_i, .rst_ni(rst_n), .pitch_i(cfg.b_pitch),
    .wr_valid_i(wr_b), .wr_data_i(rdat_data_i), .wr_end_i(rdat_last_i),
    .wr_slab_end_i(rdat_tag_i[0]),
    .release_i(b_release), .release_half_i(b_release_half),
    .level0_o(b_level0), .level1_o(b_level1),
    .re_i(b_re), .rhalf_i(b_half), .raddr_i(b_addr >> $clog2(BWordBytes)), .rdata_o(b_data)
  );

  // commands
  logic                      swap, seq_stall;
  logic [6:0]                b_index;
  gemm_pkg::acc_tag_t        row_tag;
  logic [Rows*8-1:0]         mask;
  gemm_sequencer #(
    .Rows(Rows), .AWordBytes(AWordBytes), .BWordBytes(BWordBytes)
  ) u_sequencer (
    .clk_i, .rst_ni(rst_n), .cfg_i(cfg),
    .slab_valid_i(seq_slab_valid), .slab_ready_o(seq_slab_ready), .slab_i(seq_slab),
    .a_level0_i(a_level0), .a_level1_i(a_level1), .b_level0_i(b_level0), .b_level1_i(b_level1),
    .a_release_o(a_release), .a_release_half_o(a_release_half),
    .b_release_o(b_release), .b_release_half_o(b_release_half), .acc_release_i(block_release),
    .b_re_o(b_re), .b_half_o(b_half), .b_addr_o(b_addr), .b_index_o(b_index),
    .a_re_o(a_re), .a_half_o(a_half), .a_addr_o(a_addr), .swap_o(swap), .tag_o(row_tag),
    .mask_o(mask), .stall_o(seq_stall)
  );

  // array
  logic [Rows-1:0]               arr_load;
  logic [LoadBytes*8-1:0]        arr_load_data;
  logic                          arr_col_valid, arr_swap, arr_valid;
  logic [Rows*8-1:0]             arr_col, arr_act;
  logic [gemm_pkg::AccTagW-1:0]  arr_tag, pre_tag, sum_tag;
  logic                          pre_valid, sum_valid;
  logic [Cols*32-1:0]            sums;
  gemm_feed #(
    .Rows(Rows), .Cols(Cols), .RowsPerStage(RowsPerStage), .AWordBytes(AWordBytes),
    .BWordBytes(BWordBytes), .TagWidth(gemm_pkg::AccTagW)
  ) u_feed (
    .clk_i, .rst_ni(rst_n), .layout_i(cfg.layout),
    .b_re_i(b_re), .b_addr_i(b_addr), .a_addr_i(a_addr), .b_index_i(b_index), .b_data_i(b_data),
    .a_re_i(a_re), .swap_i(swap), .tag_i(row_tag), .mask_i(mask), .a_data_i(a_data),
    .load_o(arr_load), .load_data_o(arr_load_data), .col_valid_o(arr_col_valid), .col_o(arr_col),
    .swap_o(arr_swap), .valid_o(arr_valid), .tag_o(arr_tag), .act_o(arr_act)
  );
  gemm_array #(
    .Rows(Rows), .Cols(Cols), .RowsPerStage(RowsPerStage), .TagWidth(gemm_pkg::AccTagW)
  ) u_array (
    .clk_i, .rst_ni(rst_n),
    .load_i(arr_load), .load_data_i(arr_load_data), .col_valid_i(arr_col_valid), .col_i(arr_col),
    .swap_i(arr_swap), .valid_i(arr_valid), .tag_i(arr_tag), .act_i(arr_act),
    .pre_valid_o(pre_valid), .pre_tag_o(pre_tag),
    .valid_o(sum_valid), .tag_o(sum_tag), .psum_o(sums)
  );

  // accumulators
  logic [1:0]         acc_blocks;
  logic [7:0]         acc_fin_nt;
  logic [9:0]         acc_fin_m;
  logic               issue, acc_grant, acc_half;
  logic [15:0]        acc_addr;
  logic [Cols*32-1:0] acc_data;
  gemm_acc #(
    .Cols(Cols), .HalfWords(AccHalfWords)
  ) u_acc (
    .clk_i, .rst_ni(rst_n),
    .pre_valid_i(pre_valid), .pre_tag_i(pre_tag), .tag_i(sum_tag), .valid_i(sum_valid),
    .psum_i(sums),
    .blocks_o(acc_blocks), .fin_nt_o(acc_fin_nt), .fin_m_o(acc_fin_m), .release_i(block_release),
    .drain_re_i(issue), .drain_half_i(acc_half), .drain_addr_i(acc_addr),
    .drain_grant_o(acc_grant), .drain_data_o(acc_data)
  );

  // output stage
  logic                 scales_ready, c_avail, beat_end, finished;
  logic [SlotBits-1:0]  slot;
  logic [8:0]           piece_m, piece_n, piece_m_q, piece_n_q;
  logic                 issue_q, beat_end_q;
  logic [DataWidth-1:0] row_scale, col_scale, bias, c_data;
  gemm_drain #(
    .Cols(Cols), .Lanes(Lanes), .DataBytes(DataBytes), .FifoDepth(FifoDepth)
  ) u_drain (
    .clk_i, .rst_ni(rst_n), .go_i(go), .cfg_i(cfg),
    .block_valid_i(drain_block_valid), .block_ready_o(drain_block_ready), .block_i(drain_block),
    .acc_blocks_i(acc_blocks), .acc_fin_nt_i(acc_fin_nt), .acc_fin_m_i(acc_fin_m),
    .acc_grant_i(acc_grant), .scales_ready_i(scales_ready), .c_avail_i(c_avail),
    .issue_o(issue), .acc_half_o(acc_half), .acc_addr_o(acc_addr), .slot_o(slot),
    .m_o(piece_m), .n_o(piece_n), .beat_end_o(beat_end), .release_o(block_release),
    .wreq_valid_o, .wreq_ready_i, .wreq_addr_o, .wreq_bytes_o,
    .beat_out_i(wdat_valid_o && wdat_ready_i), .finished_o(finished)
  );
  gemm_scales #(
    .DataWidth(DataWidth)
  ) u_scales (
    .clk_i, .rst_ni(rst_n), .has_bias_i(cfg.bias),
    .wr_valid_i(wr_scale), .wr_tag_i(rdat_tag_i[2:0]), .wr_end_i(rdat_last_i),
    .wr_data_i(rdat_data_i),
    .ready_o(scales_ready), .release_i(block_release && (cfg.out_type != gemm_pkg::OutInt32)),
    .re_i(issue && (cfg.out_type != gemm_pkg::OutInt32)), .slot_i(slot), .m_i(piece_m),
    .n_i(piece_n), .row_scale_o(row_scale), .col_scale_o(col_scale), .bias_o(bias)
  );

  logic        fetch_valid, fetch_ready;
  logic [39:0] fetch_addr;
  logic [31:0] fetch_bytes;
  gemm_c_fetch #(
    .DataWidth(DataWidth)
  ) u_c_fetch (
    .clk_i, .rst_ni(rst_n), .go_i(go), .cfg_i(cfg), .enable_i(requested),
    .block_valid_i(fetch_block_valid), .block_ready_o(fetch_block_ready), .block_i(fetch_block),
    .rreq_valid_o(fetch_valid), .rreq_ready_i(fetch_ready), .rreq_addr_o(fetch_addr),
    .rreq_bytes_o(fetch_bytes),
    .wr_valid_i(wr_c), .wr_data_i(rdat_data_i), .avail_o(c_avail),
    .re_i(issue && cfg.accumulate), .pop_i(issue && beat_end && cfg.accumulate), .rdata_o(c_data)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_n) issue_q <= 1'b0;
    else issue_q <= issue;
  end
  always_ff @(posedge clk_i) begin
    if (issue) begin
      piece_m_q  <= piece_m;
      piece_n_q  <= piece_n;
      beat_end_q <= beat_end;
    end
  end

  logic                out_valid, out_beat_end;
  logic [Lanes*32-1:0] out_data;
  gemm_convert #(
    .DataWidth(DataWidth), .Cols(Cols), .Lanes(Lanes)
  ) u_convert (
    .clk_i, .rst_ni(rst_n), .out_type_i(cfg.out_type), .accumulate_i(cfg.accumulate),
    .bias_valid_i(cfg.bias),
    .valid_i(issue_q), .m_i(piece_m_q), .n_i(piece_n_q), .beat_end_i(beat_end_q),
    .acc_i(acc_data), .row_scale_i(row_scale), .col_scale_i(col_scale), .bias_i(bias),
    .c_i(c_data),
    .valid_o(out_valid), .beat_end_o(out_beat_end), .data_o(out_data)
  );
  gemm_pack #(
    .DataWidth(DataWidth), .Lanes(Lanes), .FifoDepth(FifoDepth)
  ) u_pack (
    .clk_i, .rst_ni(rst_n), .int8_i(cfg.out_type == gemm_pkg::OutInt8),
    .valid_i(out_valid), .beat_end_i(out_beat_end), .data_i(out_data),
    .wdat_valid_o, .wdat_ready_i, .wdat_data_o
  );

  // requests: the loader first; a request that has been shown stays
  logic fetch_shown_q, fetch_turn;
  assign fetch_turn   = fetch_shown_q || (!load_valid && fetch_valid);
  assign rreq_valid_o = load_valid || fetch_valid;
  assign rreq_addr_o  = fetch_turn ? fetch_addr : load_addr;
  assign rreq_bytes_o = fetch_turn ? fetch_bytes : load_bytes;
  assign rreq_tag_o   = {1'b0, fetch_turn ? gemm_pkg::TagC : load_tag};
  assign load_ready   = rreq_ready_i && !fetch_turn;
  assign fetch_ready  = rreq_ready_i && fetch_turn;
  always_ff @(posedge clk_i) begin
    if (!rst_n) fetch_shown_q <= 1'b0;
    else fetch_shown_q <= fetch_turn && fetch_valid && !rreq_ready_i;
  end

  // the end
  logic running_q, done;
  assign done = running_q && finished && wr_idle_i;
  always_ff @(posedge clk_i) begin
    if (!rst_n) running_q <= 1'b0;
    else if (go) running_q <= 1'b1;
    else if (done) running_q <= 1'b0;
  end
  assign done_o        = done || (illegal != 2'd0);
  assign illegal_o     = illegal;
  assign read_stall_o  = running_q && seq_stall;
  assign write_stall_o = wdat_valid_o && !wdat_ready_i;
endmodule
