// Checks a descriptor and derives what the sequencers need from it.

/// start_i in cycle 0, go_o or illegal_o in cycle 1; cfg_o is valid from cycle 1 until the next start.
/// gemm_check() in tlm/gemm says the same in C++.
module gemm_decode #(
  parameter int unsigned DataWidth = 128,
  parameter int unsigned Rows = 16,
  parameter int unsigned Cols = 16,
  parameter int unsigned RowsPerStage = 1
) (
  input  logic           clk_i,
  input  logic           rst_ni,
  input  logic           start_i,
  input  logic [1023:0]  desc_i,
  input  logic [31:0]    a_buffer_bytes_i,    ///< in use, both halves
  input  logic [31:0]    b_buffer_bytes_i,
  input  logic [31:0]    acc_buffer_bytes_i,
  output logic           go_o,                ///< pulse: cfg_o is legal
  output logic [1:0]     illegal_o,           ///< pulse: 1 ILLEGAL_DESC, 2 ILLEGAL_SIZE
  output gemm_pkg::cfg_t cfg_o,
  output logic [63:0]    work_o               ///< M*N*K, valid from cycle 2
);
  localparam logic [31:0] DataBytes = DataWidth / 8;
  localparam logic [31:0] RowsN = Rows;
  localparam logic [31:0] ColsN = Cols;
  localparam logic [31:0] AccWordBytes = Cols * 4;

  function automatic logic [31:0] round_up(input logic [31:0] x, input logic [31:0] unit);
    round_up = (x + unit - 32'd1) & ~(unit - 32'd1);
  endfunction

  // the descriptor's fields; the header is the shell's
  logic [7:0]  opcode, b_layout, out_type, gemm_flags, reserved1;
  logic [31:0] m, n, k, lda, ldb, ldc;
  logic [63:0] a_addr, b_addr, c_addr, row_scale_addr, col_scale_addr, bias_addr;
  logic [10:0] tile_m;
  logic [6:0]  tile_n;
  logic [13:0] tile_k;

  assign opcode         = desc_i[15:8];
  assign m              = desc_i[gemm_reg_pkg::GEMM_DESC_M_LSB +: 32];
  assign n              = desc_i[gemm_reg_pkg::GEMM_DESC_N_LSB +: 32];
  assign k              = desc_i[gemm_reg_pkg::GEMM_DESC_K_LSB +: 32];
  assign b_layout       = desc_i[gemm_reg_pkg::GEMM_DESC_B_LAYOUT_LSB +: 8];
  assign out_type       = desc_i[gemm_reg_pkg::GEMM_DESC_OUT_TYPE_LSB +: 8];
  assign gemm_flags     = desc_i[gemm_reg_pkg::GEMM_DESC_GEMM_FLAGS_LSB +: 8];
  assign reserved1      = desc_i[gemm_reg_pkg::GEMM_DESC_RESERVED1_LSB +: 8];
  assign a_addr         = desc_i[gemm_reg_pkg::GEMM_DESC_A_ADDR_LSB +: 64];
  assign b_addr         = desc_i[gemm_reg_pkg::GEMM_DESC_B_ADDR_LSB +: 64];
  assign c_addr         = desc_i[gemm_reg_pkg::GEMM_DESC_C_ADDR_LSB +: 64];
  assign row_scale_addr = desc_i[gemm_reg_pkg::GEMM_DESC_ROW_SCALE_ADDR_LSB +: 64];
  assign col_scale_addr = desc_i[gemm_reg_pkg::GEMM_DESC_COL_SCALE_ADDR_LSB +: 64];
  assign bias_addr      = desc_i[gemm_reg_pkg::GEMM_DESC_BIAS_ADDR_LSB +: 64];
  assign lda            = desc_i[gemm_reg_pkg::GEMM_DESC_LDA_LSB +: 32];
  assign ldb            = desc_i[gemm_reg_pkg::GEMM_DESC_LDB_LSB +: 32];
  assign ldc            = desc_i[gemm_reg_pkg::GEMM_DESC_LDC_LSB +: 32];
  assign tile_m         = desc_i[gemm_reg_pkg::GEMM_DESC_TILE_M_LSB +: 11];
  assign tile_n         = desc_i[gemm_reg_pkg::GEMM_DESC_TILE_N_LSB +: 7];
  assign tile_k         = desc_i[gemm_reg_pkg::GEMM_DESC_TILE_K_LSB +: 14];

  logic unused_desc;
  assign unused_desc = &{1'b0, desc_i[383:16], desc_i[7:0]};

  // cycle 0: fields and products
  logic        int32, int8;
  logic        bad_desc_d, bad_desc_q, bad_size_d, bad_size_q, start_q;
  logic [31:0] tile_kr, tile_nc, up_kr, up_nc, row_bytes, b_pitch;
  logic [63:0] a_slab_q, b_slab_q, acc_block_q;
  logic [39:0] mn_q;
  logic [63:0] work_q;
  gemm_pkg::cfg_t cfg_d;
  gemm_pkg::cfg_t cfg_q;

  assign int32   = out_type == gemm_reg_pkg::GEMM_OUT_TYPE_INT32;
  assign int8    = out_type == gemm_reg_pkg::GEMM_OUT_TYPE_INT8;
  assign tile_kr = {18'd0, tile_k} * RowsN;
  assign tile_nc = {25'd0, tile_n} * ColsN;
  assign up_kr   = round_up(tile_kr, DataBytes);
  assign up_nc   = round_up(tile_nc, DataBytes);
  assign row_bytes = int8 ? n : {n[29:0], 2'b00};

  always_comb begin
    bad_desc_d = (opcode != gemm_reg_pkg::GEMM_OP_MATMUL) ||
                 (b_layout > gemm_reg_pkg::GEMM_B_LAYOUT_PACKED) ||
                 (out_type > gemm_reg_pkg::GEMM_OUT_TYPE_INT8) ||
                 (gemm_flags > 8'd3) || (reserved1 != 8'd0);
    if (int32 ? gemm_flags[1] : gemm_flags[0]) bad_desc_d = 1'b1;
    if ((a_addr[63:40] | b_addr[63:40] | c_addr[63:40] | row_scale_addr[63:40] |
         col_scale_addr[63:40] | bias_addr[63:40]) != 24'd0) bad_desc_d = 1'b1;
    if (!int8 && ((c_addr[1:0] | ldc[1:0]) != 2'd0)) bad_desc_d = 1'b1;
    if ((row_scale_addr[1:0] | col_scale_addr[1:0] | bias_addr[1:0]) != 2'd0) bad_desc_d = 1'b1;
    if (int32 && ((row_scale_addr | col_scale_addr) != 64'd0)) bad_desc_d = 1'b1;
    if (!gemm_flags[1] && (bias_addr != 64'd0)) bad_desc_d = 1'b1;
    if ((b_layout == gemm_reg_pkg::GEMM_B_LAYOUT_PACKED) && (ldb != 32'd0)) bad_desc_d = 1'b1;
  end

  assign bad_size_d = (m == 32'd0) || (m[31:20] != 12'd0) || (n == 32'd0) || (n[31:20] != 12'd0) ||
                      (k == 32'd0) || (k[31:17] != 15'd0) ||
                      ((m != 32'd1) && (ldc < row_bytes)) ||
                      (tile_m == 11'd0) || (tile_n == 7'd0) || (tile_k == 14'd0) ||
                      (tile_m > 11'd512) || (tile_nc > 32'd512);

  always_comb begin
    cfg_d = '0;
    b_pitch = '0;
    if (start_i) begin
      cfg_d.m = m[19:0];
      cfg_d.n = n[19:0];
      cfg_d.k = k[16:0];
      cfg_d.layout = b_layout[1:0];
      cfg_d.out_type = out_type[1:0];
      cfg_d.accumulate = gemm_flags[0];
      cfg_d.bias = gemm_flags[1];
      cfg_d.a_addr = a_addr[39:0];
      cfg_d.b_addr = b_addr[39:0];
      cfg_d.c_addr = c_addr[39:0];
      cfg_d.row_scale_addr = row_scale_addr[39:0];
      cfg_d.col_scale_addr = col_scale_addr[39:0];
      cfg_d.bias_addr = bias_addr[39:0];
      cfg_d.lda = lda;
      cfg_d.ldc = ldc;
      cfg_d.tile_m = tile_m[9:0];
      cfg_d.tile_n = {1'b0, tile_n};
      cfg_d.tile_nc = tile_nc[9:0];
      cfg_d.tile_kr = tile_kr[19:0];
      cfg_d.a_pitch = up_kr[19:0];
      cfg_d.b_first = {21'd0, tile_m} > 2 * RowsN;
      cfg_d.single_k = k <= tile_kr;
      cfg_d.single_n = n <= tile_nc;
      cfg_d.b_stride = ldb;
      case (b_layout[1:0])
        gemm_pkg::LayoutRows: begin
          b_pitch = up_nc;
          cfg_d.b_words = RowsN[6:0];
          cfg_d.b_word_step = b_pitch[19:0];
          cfg_d.b_kt_step = 20'(b_pitch * RowsN);
          cfg_d.b_nt_step = ColsN[19:0];
          cfg_d.b_last = 20'(b_pitch * (RowsN - 32'd1));
          cfg_d.early_swap = RowsPerStage == 1;
        end
        gemm_pkg::LayoutTransposed: begin
          b_pitch = up_kr;
          cfg_d.b_words = ColsN[6:0];
          cfg_d.b_word_step = b_pitch[19:0];
          cfg_d.b_kt_step = RowsN[19:0];
          cfg_d.b_nt_step = 20'(b_pitch * ColsN);
          cfg_d.b_last = 20'(b_pitch * (ColsN - 32'd1));
        end
        default: begin
          cfg_d.b_stride = round_up(k, RowsN) * ColsN;
          b_pitch = round_up(tile_kr * ColsN, DataBytes);
          cfg_d.b_words = 7'(Rows / RowsPerStage);
          cfg_d.b_word_step = 20'(RowsPerStage * Cols);
          cfg_d.b_kt_step = 20'(Rows * Cols);
          cfg_d.b_nt_step = b_pitch[19:0];
          cfg_d.b_last = 20'((Rows - RowsPerStage) * Cols);
          cfg_d.early_swap = 1'b1;
        end
      endcase
      cfg_d.b_pitch = b_pitch[19:0];
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      bad_desc_q  <= bad_desc_d;
      bad_size_q  <= bad_size_d;
      cfg_q       <= cfg_d;
      a_slab_q    <= {32'd0, up_kr} * {53'd0, tile_m};
      b_slab_q    <= {32'd0, up_kr} * {32'd0, up_nc};
      acc_block_q <= {42'd0, {11'd0, tile_m} * {15'd0, tile_n}} * {32'd0, AccWordBytes};
      mn_q        <= {20'd0, m[19:0]} * {20'd0, n[19:0]};
    end
    work_q <= {24'd0, mn_q} * {47'd0, cfg_q.k};
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) start_q <= 1'b0;
    else start_q <= start_i;
  end

  // cycle 1: the verdict
  always_comb begin
    illegal_o = 2'd0;
    if (start_q) begin
      if (bad_desc_q) begin
        illegal_o = 2'd1;
      end else if (bad_size_q || ((a_slab_q << 1) > {32'd0, a_buffer_bytes_i}) ||
                   ((b_slab_q << 1) > {32'd0, b_buffer_bytes_i}) ||
                   ((acc_block_q << 1) > {32'd0, acc_buffer_bytes_i})) begin
        illegal_o = 2'd2;
      end
    end
  end

  assign go_o   = start_q && (illegal_o == 2'd0);
  assign cfg_o  = cfg_q;
  assign work_o = work_q;
endmodule
