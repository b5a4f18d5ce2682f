// Turns slabs into the array's cycle-by-cycle commands: weight loads, swaps, rows of A.
//
//   load  | tile 0 | tile 1 ......| tile 2 |          a tile of weights into the shadow registers
//   swap           ^              ^
//   rows            | A rows of 0 | A rows of 1 ...   at least as long as a load: no bubble

/// Two walkers over the same tiles (column tiles outside, k tiles inside): the first reads weights,
/// at most one tile ahead of the second, which swaps them in and streams the rows of A.
/// Tile period: max(rows of A, loads per tile, 2).
module gemm_sequencer #(
  parameter int unsigned Rows = 16,
  parameter int unsigned AWordBytes = 16,
  parameter int unsigned BWordBytes = 16
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  /* verilator lint_off UNUSEDSIGNAL */
  input  gemm_pkg::cfg_t     cfg_i,
  /* verilator lint_on UNUSEDSIGNAL */
  input  logic               slab_valid_i,
  output logic               slab_ready_o,
  input  gemm_pkg::slab_t    slab_i,
  // operand buffers
  input  logic [20:0]        a_level0_i,
  input  logic [20:0]        a_level1_i,
  input  logic [20:0]        b_level0_i,
  input  logic [20:0]        b_level1_i,
  output logic               a_release_o,
  output logic               a_release_half_o,
  output logic               b_release_o,
  output logic               b_release_half_o,
  input  logic               acc_release_i,   ///< a half of the accumulators is free again
  // commands
  output logic               b_re_o,          ///< read weights
  output logic               b_half_o,
  output logic [19:0]        b_addr_o,        ///< bytes
  output logic [6:0]         b_index_o,       ///< which load of its tile
  output logic               a_re_o,          ///< read a row of A
  output logic               a_half_o,
  output logic [19:0]        a_addr_o,        ///< bytes
  output logic               swap_o,          ///< one cycle ahead of the first row
  output gemm_pkg::acc_tag_t tag_o,           ///< with a_re_o
  output logic [Rows*8-1:0]  mask_o,          ///< with a_re_o: bytes of A that count
  output logic               stall_o          ///< waits for data
);
  localparam int unsigned AShift = $clog2(AWordBytes);
  localparam int unsigned BShift = $clog2(BWordBytes);

  // weights
  logic            have_q;
  gemm_pkg::slab_t slab_q;
  logic [7:0]      nt_q;
  logic [13:0]     kt_q;
  logic [6:0]      load_q;
  logic [19:0]     nt_base_q, kt_base_q, a_kt_q, b_addr_q;
  logic            tile_valid_q, tile_loaded_q;
  gemm_pkg::tile_t tile_q;
  gemm_pkg::tile_t tile_d;
  // rows
  logic            busy_q, row_q, acc_half_q;
  /* verilator lint_off UNUSEDSIGNAL */
  gemm_pkg::tile_t cur_q;
  /* verilator lint_on UNUSEDSIGNAL */
  logic [9:0]      left_q;
  logic [19:0]     a_addr_q;
  logic [15:0]     acc_addr_q;
  logic [1:0]      acc_room_q;
  logic [Rows*8-1:0] mask_q;

  logic [20:0] b_level, tile_level, a_level;
  logic        swap, first_load, last_load, last_kt, last_nt, last_tile, b_there, tile_there;
  logic        row, last_row;

  assign b_level    = slab_q.b_half ? b_level1_i : b_level0_i;
  assign tile_level = tile_q.b_half ? b_level1_i : b_level0_i;
  assign a_level    = cur_q.a_half ? a_level1_i : a_level0_i;

  assign b_there    = ({1'b0, b_addr_q} >> BShift) < b_level;
  assign tile_there = ({1'b0, tile_q.b_last_addr} >> BShift) < tile_level;

  // the shadow is free once the tile in it has been swapped in
  assign b_re_o     = have_q && b_there && ((load_q != 7'd0) || !tile_valid_q || swap);
  assign first_load = b_re_o && (load_q == 7'd0);
  assign last_load  = b_re_o && (load_q == cfg_i.b_words - 7'd1);
  assign last_kt    = kt_q == slab_q.kts - 14'd1;
  assign last_nt    = nt_q == slab_q.nts - 8'd1;
  assign last_tile  = last_kt && last_nt;
  assign b_half_o   = slab_q.b_half;
  assign b_addr_o   = b_addr_q;
  assign b_index_o  = load_q;

  assign slab_ready_o     = !have_q || (last_load && last_tile);
  assign b_release_o      = last_load && last_tile && slab_q.release_b;
  assign b_release_half_o = slab_q.b_half;

  always_comb begin
    tile_d = '0;
    tile_d.a_half = slab_q.a_half;
    tile_d.b_half = slab_q.b_half;
    tile_d.a_addr = a_kt_q;
    tile_d.b_last_addr = kt_base_q + cfg_i.b_last;
    tile_d.mrows = slab_q.mrows;
    tile_d.k_valid = last_kt ? slab_q.k_tail : 7'(Rows);
    tile_d.nt = nt_q;
    tile_d.first_k = slab_q.first && (kt_q == 14'd0);
    tile_d.last_k = slab_q.last && last_kt;
    tile_d.release_a = last_tile && slab_q.release_a;
    tile_d.block_first = slab_q.first && (nt_q == 8'd0) && (kt_q == 14'd0);
    tile_d.block_last = slab_q.last && last_tile;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      have_q        <= 1'b0;
      tile_valid_q  <= 1'b0;
      tile_loaded_q <= 1'b0;
    end else begin
      if (slab_ready_o) have_q <= slab_valid_i;
      if (swap) begin
        tile_valid_q  <= 1'b0;
        tile_loaded_q <= 1'b0;
      end
      if (first_load) begin
        tile_valid_q  <= 1'b1;
        tile_loaded_q <= last_load;
      end else if (last_load && tile_valid_q && !swap) begin
        tile_loaded_q <= 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (slab_ready_o && slab_valid_i) begin
      slab_q    <= slab_i;
      nt_q      <= '0;
      kt_q      <= '0;
      load_q    <= '0;
      nt_base_q <= '0;
      kt_base_q <= '0;
      a_kt_q    <= '0;
      b_addr_q  <= '0;
    end else if (last_load) begin
      load_q <= '0;
      if (last_kt) begin
        kt_q      <= '0;
        nt_q      <= nt_q + 8'd1;
        a_kt_q    <= '0;
        nt_base_q <= nt_base_q + cfg_i.b_nt_step;
        kt_base_q <= nt_base_q + cfg_i.b_nt_step;
        b_addr_q  <= nt_base_q + cfg_i.b_nt_step;
      end else begin
        kt_q      <= kt_q + 14'd1;
        a_kt_q    <= a_kt_q + 20'(Rows);
        kt_base_q <= kt_base_q + cfg_i.b_kt_step;
        b_addr_q  <= kt_base_q + cfg_i.b_kt_step;
      end
    end else if (b_re_o) begin
      load_q   <= load_q + 7'd1;
      b_addr_q <= b_addr_q + cfg_i.b_word_step;
    end
    if (first_load) tile_q <= tile_d;
  end

  // rows
  // two rows for one accumulator need a cycle in between
  assign row      = busy_q && (({1'b0, a_addr_q} >> AShift) < a_level) &&
                    !(row_q && (cur_q.mrows == 10'd1));
  assign last_row = row && (left_q == 10'd1);
  assign swap     = tile_valid_q && (tile_loaded_q || (cfg_i.early_swap && tile_there)) &&
                    (!busy_q || last_row) &&
                    (!tile_q.block_first || (acc_room_q != 2'd0));

  assign a_re_o   = row;
  assign a_half_o = cur_q.a_half;
  assign a_addr_o = a_addr_q;
  assign swap_o   = swap;
  assign mask_o   = mask_q;
  assign a_release_o      = last_row && cur_q.release_a;
  assign a_release_half_o = cur_q.a_half;

  always_comb begin
    tag_o = '0;
    tag_o.half = acc_half_q;
    tag_o.addr = acc_addr_q;
    tag_o.first_k = cur_q.first_k;
    tag_o.last_k = cur_q.last_k;
    tag_o.tile_end = left_q == 10'd1;
    tag_o.block_end = cur_q.block_last && (left_q == 10'd1);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q     <= 1'b0;
      row_q      <= 1'b0;
      acc_half_q <= 1'b1;
      acc_room_q <= 2'd2;
    end else begin
      row_q      <= row;
      acc_room_q <= acc_room_q + {1'b0, acc_release_i} - {1'b0, swap && tile_q.block_first};
      if (swap) begin
        busy_q <= 1'b1;
        if (tile_q.block_first) acc_half_q <= !acc_half_q;
      end else if (last_row) begin
        busy_q <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (swap) begin
      cur_q      <= tile_q;
      left_q     <= tile_q.mrows;
      a_addr_q   <= tile_q.a_addr;
      acc_addr_q <= {8'd0, tile_q.nt};
      mask_q     <= ~({Rows*8{1'b1}} << {tile_q.k_valid, 3'd0});
    end else if (row) begin
      left_q     <= left_q - 10'd1;
      a_addr_q   <= a_addr_q + cfg_i.a_pitch;
      acc_addr_q <= acc_addr_q + {8'd0, cfg_i.tile_n};
    end
  end

  assign stall_o = !row && (busy_q || (have_q && !b_there && !tile_loaded_q));
endmodule
