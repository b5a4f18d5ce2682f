// Walks the blocks and slabs of an operation and requests their data.
//
//   for each tile.M rows of C:            (m)
//     for each tile.N array columns:      (n)   a block: its scales and bias come first
//       for each tile.K array rows:       (k)   a slab: A and B, unless they are still there
//
// A stays when only n moves on and K fits in one slab; B stays when in addition N fits in one block.

/// Runs ahead of the compute by as many slabs as the buffers hold. Announces each slab and block to
/// their users when it starts to request them; data arrives in the order of the requests.
module gemm_loader #(
  parameter int unsigned Rows = 16,
  parameter int unsigned Cols = 16
) (
  input  logic           clk_i,
  input  logic           rst_ni,
  input  logic           go_i,             ///< pulse: start; cfg_i is valid
  /* verilator lint_off UNUSEDSIGNAL */
  input  gemm_pkg::cfg_t cfg_i,
  /* verilator lint_on UNUSEDSIGNAL */
  output logic           requested_o,      ///< the first slab has been requested
  // announcements
  output logic           slab_valid_o,
  input  logic           slab_ready_i,
  output gemm_pkg::slab_t slab_o,
  output logic           block_valid_o,    ///< only together with slab_valid_o
  input  logic           block_ready_i,
  output gemm_pkg::block_t block_o,
  // room
  input  logic           a_release_i,      ///< a half of the A buffer is free again
  input  logic           b_release_i,
  input  logic           block_release_i,  ///< a block has been drained
  // requests
  output logic           rreq_valid_o,
  input  logic           rreq_ready_i,
  output logic [39:0]    rreq_addr_o,
  output logic [31:0]    rreq_bytes_o,
  output logic [2:0]     rreq_tag_o
);
  localparam logic [2:0] StIdle = 3'd0;
  localparam logic [2:0] StAnnounce = 3'd1;
  localparam logic [2:0] StRowScale = 3'd2;
  localparam logic [2:0] StColScale = 3'd3;
  localparam logic [2:0] StBias = 3'd4;
  localparam logic [2:0] StA = 3'd5;
  localparam logic [2:0] StB = 3'd6;
  localparam logic [2:0] StStep = 3'd7;
  localparam int unsigned ColBits = $clog2(Cols);
  localparam int unsigned RowBits = $clog2(Rows);

  logic [2:0]  state_q;
  // position: what is left, where it starts
  logic [19:0] m_left_q, n_left_q, n0_q;
  logic [16:0] k_left_q, k0_q;
  logic [39:0] row_scale_q, col_scale_q, bias_q;
  logic [39:0] a_base_q, a_next_q, b_base_q, b_next_q, b_rows_q;
  logic        first_m_q, requested_q;
  // the slab that is being requested
  logic [39:0] a_ptr_q, b_ptr_q, b_offset_q;
  logic [19:0] a_count_q, b_count_q;
  logic [31:0] b_bytes_q;
  logic        load_a_q, load_b_q, a_done_q, b_done_q;
  // room
  logic [1:0]  a_room_q, b_room_q;
  logic [2:0]  block_room_q;
  logic        a_half_q, b_half_q;

  logic [9:0]  mrows, ncols;
  logic [19:0] krows;
  logic [19:0] nts, kts;
  logic        first_k, last_k, last_n, last_m, first_n;
  logic        load_a, load_b, is_float;

  assign mrows   = (m_left_q > {10'd0, cfg_i.tile_m}) ? cfg_i.tile_m : m_left_q[9:0];
  assign ncols   = (n_left_q > {10'd0, cfg_i.tile_nc}) ? cfg_i.tile_nc : n_left_q[9:0];
  assign krows   = ({3'd0, k_left_q} > cfg_i.tile_kr) ? cfg_i.tile_kr : {3'd0, k_left_q};
  assign nts     = ({10'd0, ncols} + 20'(Cols - 1)) >> ColBits;
  assign kts     = (krows + 20'(Rows - 1)) >> RowBits;
  assign first_k = k0_q == 17'd0;
  assign first_n = n0_q == 20'd0;
  assign last_k  = {3'd0, k_left_q} <= cfg_i.tile_kr;
  assign last_n  = n_left_q <= {10'd0, cfg_i.tile_nc};
  assign last_m  = m_left_q <= {10'd0, cfg_i.tile_m};
  assign load_a  = !(cfg_i.single_k && !first_n);
  assign load_b  = !(cfg_i.single_k && cfg_i.single_n && !first_m_q);
  assign is_float = cfg_i.out_type != gemm_pkg::OutInt32;

  logic announce, a_fire, b_fire, walk_done;
  assign announce = (state_q == StAnnounce) && slab_ready_i &&
                    (!first_k || (block_ready_i && (block_room_q != 3'd0))) &&
                    (!load_a || (a_room_q != 2'd0)) && (!load_b || (b_room_q != 2'd0));
  assign slab_valid_o  = announce;
  assign block_valid_o = announce && first_k;

  always_comb begin
    slab_o = '0;
    slab_o.mrows = mrows;
    slab_o.nts = nts[7:0];
    slab_o.kts = kts[13:0];
    slab_o.k_tail = 7'(krows - ((kts - 20'd1) << RowBits));
    slab_o.a_half = load_a ? a_half_q : !a_half_q;
    slab_o.b_half = load_b ? b_half_q : !b_half_q;
    slab_o.release_a = !cfg_i.single_k || last_n;
    slab_o.release_b = !cfg_i.single_k || !cfg_i.single_n || last_m;
    slab_o.first = first_k;
    slab_o.last = last_k;
    block_o = '0;
    block_o.mrows = mrows;
    block_o.ncols = ncols;
    block_o.last_n = last_n;
    block_o.last = last_n && last_m;
  end

  // requests
  always_comb begin
    rreq_valid_o = 1'b0;
    rreq_addr_o  = a_ptr_q + {23'd0, k0_q};
    rreq_bytes_o = {12'd0, krows};
    rreq_tag_o   = {2'b10, a_count_q == 20'd1};
    case (state_q)
      StRowScale: begin
        rreq_valid_o = 1'b1;
        rreq_addr_o  = row_scale_q;
        rreq_bytes_o = {20'd0, mrows, 2'b00};
        rreq_tag_o   = gemm_pkg::TagRowScale;
      end
      StColScale: begin
        rreq_valid_o = 1'b1;
        rreq_addr_o  = col_scale_q;
        rreq_bytes_o = {20'd0, ncols, 2'b00};
        rreq_tag_o   = gemm_pkg::TagColScale;
      end
      StBias: begin
        rreq_valid_o = 1'b1;
        rreq_addr_o  = bias_q;
        rreq_bytes_o = {20'd0, ncols, 2'b00};
        rreq_tag_o   = gemm_pkg::TagBias;
      end
      StA: rreq_valid_o = 1'b1;
      StB: begin
        rreq_valid_o = 1'b1;
        rreq_addr_o  = b_ptr_q + b_offset_q;
        rreq_bytes_o = b_bytes_q;
        rreq_tag_o   = {2'b11, b_count_q == 20'd1};
      end
      default: ;
    endcase
  end

  assign a_fire    = (state_q == StA) && rreq_ready_i;
  assign b_fire    = (state_q == StB) && rreq_ready_i;
  assign walk_done = (a_fire && (a_count_q == 20'd1) && (b_done_q || !load_b_q)) ||
                     (b_fire && (b_count_q == 20'd1) && (a_done_q || !load_a_q));

  logic [2:0] operand_state;  // where to go for the slab's operands
  logic       want_a, want_b;
  assign want_a = (state_q == StAnnounce) ? load_a : load_a_q && !a_done_q;
  assign want_b = (state_q == StAnnounce) ? load_b : load_b_q && !b_done_q;
  assign operand_state = (want_b && (cfg_i.b_first || !want_a)) ? StB : StA;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      case (state_q)
        StIdle: if (go_i) state_q <= StAnnounce;
        StAnnounce: if (announce) state_q <= (first_k && is_float) ? StRowScale : operand_state;
        StRowScale: if (rreq_ready_i) state_q <= StColScale;
        StColScale: if (rreq_ready_i) state_q <= cfg_i.bias ? StBias : operand_state;
        StBias:     if (rreq_ready_i) state_q <= operand_state;
        StA: if (a_fire && (a_count_q == 20'd1)) state_q <= walk_done ? StStep : StB;
        StB: if (b_fire && (b_count_q == 20'd1)) state_q <= walk_done ? StStep : StA;
        default: state_q <= (last_k && last_n && last_m) ? StIdle : StAnnounce;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (go_i) begin
      m_left_q    <= cfg_i.m;
      n_left_q    <= cfg_i.n;
      k_left_q    <= cfg_i.k;
      n0_q        <= '0;
      k0_q        <= '0;
      first_m_q   <= 1'b1;
      row_scale_q <= cfg_i.row_scale_addr;
      col_scale_q <= cfg_i.col_scale_addr;
      bias_q      <= cfg_i.bias_addr;
      a_base_q    <= cfg_i.a_addr;
      b_base_q    <= cfg_i.b_addr;
    end else if (announce) begin
      load_a_q  <= load_a;
      load_b_q  <= load_b;
      a_done_q  <= 1'b0;
      b_done_q  <= 1'b0;
      a_ptr_q   <= a_base_q;
      a_count_q <= {10'd0, mrows};
      b_ptr_q   <= b_base_q;
      case (cfg_i.layout)
        gemm_pkg::LayoutRows: begin
          if (!first_k) b_ptr_q <= b_rows_q;
          b_offset_q <= {20'd0, n0_q};
          b_count_q  <= krows;
          b_bytes_q  <= {22'd0, ncols};
        end
        gemm_pkg::LayoutTransposed: begin
          b_offset_q <= {23'd0, k0_q};
          b_count_q  <= {10'd0, ncols};
          b_bytes_q  <= {12'd0, krows};
        end
        default: begin
          b_offset_q <= {23'd0, k0_q} << ColBits;
          b_count_q  <= nts;
          b_bytes_q  <= {12'd0, kts} << (RowBits + ColBits);
        end
      endcase
    end else begin
      if (a_fire) begin
        a_ptr_q   <= a_ptr_q + {8'd0, cfg_i.lda};
        a_count_q <= a_count_q - 20'd1;
        if (a_count_q == 20'd1) begin
          a_done_q <= 1'b1;
          a_next_q <= a_ptr_q + {8'd0, cfg_i.lda};
        end
      end
      if (b_fire) begin
        b_ptr_q   <= b_ptr_q + {8'd0, cfg_i.b_stride};
        b_count_q <= b_count_q - 20'd1;
        if (b_count_q == 20'd1) begin
          b_done_q <= 1'b1;
          b_rows_q <= b_ptr_q + {8'd0, cfg_i.b_stride};
          b_next_q <= b_ptr_q + {8'd0, cfg_i.b_stride};
        end
      end
      if (state_q == StStep) begin
        if (!last_k) begin
          k_left_q <= k_left_q - krows[16:0];
          k0_q     <= k0_q + krows[16:0];
        end else begin
          k_left_q <= cfg_i.k;
          k0_q     <= '0;
          if (!last_n) begin
            n_left_q    <= n_left_q - {10'd0, ncols};
            n0_q        <= n0_q + {10'd0, ncols};
            col_scale_q <= col_scale_q + {28'd0, ncols, 2'b00};
            bias_q      <= bias_q + {28'd0, ncols, 2'b00};
            // a column of tiles (or a row of B) further; B by rows moves by n0 alone
            if (cfg_i.layout != gemm_pkg::LayoutRows) b_base_q <= b_next_q;
          end else begin
            n_left_q    <= cfg_i.n;
            n0_q        <= '0;
            col_scale_q <= cfg_i.col_scale_addr;
            bias_q      <= cfg_i.bias_addr;
            b_base_q    <= cfg_i.b_addr;
            m_left_q    <= m_left_q - {10'd0, mrows};
            first_m_q   <= 1'b0;
            row_scale_q <= row_scale_q + {28'd0, mrows, 2'b00};
            a_base_q    <= a_next_q;
          end
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      a_room_q     <= 2'd2;
      b_room_q     <= 2'd2;
      block_room_q <= 3'(gemm_pkg::BlockSlots);
      a_half_q     <= 1'b0;
      b_half_q     <= 1'b0;
      requested_q  <= 1'b0;
    end else begin
      a_room_q <= a_room_q + {1'b0, a_release_i} - {1'b0, announce && load_a};
      b_room_q <= b_room_q + {1'b0, b_release_i} - {1'b0, announce && load_b};
      block_room_q <= block_room_q + {2'b0, block_release_i} - {2'b0, announce && first_k};
      if (announce && load_a) a_half_q <= !a_half_q;
      if (announce && load_b) b_half_q <= !b_half_q;
      if (walk_done) requested_q <= 1'b1;
      if (go_i) requested_q <= 1'b0;
    end
  end
  assign requested_o = requested_q;
endmodule
