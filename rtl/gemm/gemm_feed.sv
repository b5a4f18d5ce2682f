// Between the operand buffers and the array: takes what the array needs out of the buffers' words.

/// Commands come with the read of a buffer; two cycles later they are at the array, with the data.
module gemm_feed #(
  parameter int unsigned Rows = 16,
  parameter int unsigned Cols = 16,
  parameter int unsigned RowsPerStage = 1,
  parameter int unsigned AWordBytes = 16,
  parameter int unsigned BWordBytes = 16,
  parameter int unsigned TagWidth = 21
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic [1:0]                     layout_i,
  // weights
  input  logic                           b_re_i,
  /* verilator lint_off UNUSEDSIGNAL */
  input  logic [19:0]                    b_addr_i,
  input  logic [19:0]                    a_addr_i,
  /* verilator lint_on UNUSEDSIGNAL */
  input  logic [6:0]                     b_index_i,
  input  logic [BWordBytes*8-1:0]        b_data_i,   ///< one cycle after b_re_i
  // rows of A
  input  logic                           a_re_i,
  input  logic                           swap_i,
  input  logic [TagWidth-1:0]            tag_i,
  input  logic [Rows*8-1:0]              mask_i,
  input  logic [AWordBytes*8-1:0]        a_data_i,   ///< one cycle after a_re_i
  // array
  output logic [Rows-1:0]                load_o,
  output logic [RowsPerStage*Cols*8-1:0] load_data_o,
  output logic                           col_valid_o,
  output logic [Rows*8-1:0]              col_o,
  output logic                           swap_o,
  output logic                           valid_o,
  output logic [TagWidth-1:0]            tag_o,
  output logic [Rows*8-1:0]              act_o
);
  localparam int unsigned LoadBytes = RowsPerStage * Cols;
  localparam int unsigned AShift = $clog2(AWordBytes);
  localparam int unsigned BShift = $clog2(BWordBytes);

  // read data arrives
  logic                b_valid_q, a_valid_q, swap_q;
  logic [6:0]          b_index_q;
  logic [TagWidth-1:0] tag_q;
  logic [Rows*8-1:0]   mask_q;
  /* verilator lint_off UNUSEDSIGNAL */
  logic [BWordBytes*8-1:0] b_word;
  logic [AWordBytes*8-1:0] a_word;
  /* verilator lint_on UNUSEDSIGNAL */

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      b_valid_q <= 1'b0;
      a_valid_q <= 1'b0;
      swap_q    <= 1'b0;
    end else begin
      b_valid_q <= b_re_i;
      a_valid_q <= a_re_i;
      swap_q    <= swap_i;
    end
  end
  always_ff @(posedge clk_i) begin
    if (b_re_i) b_index_q <= b_index_i;
    if (a_re_i) begin
      tag_q  <= tag_i;
      mask_q <= mask_i;
    end
  end

  if (AWordBytes == Rows) begin : g_a_whole
    assign a_word = a_data_i;
  end else begin : g_a_part
    logic [AShift-1:0] offset_q;
    always_ff @(posedge clk_i) if (a_re_i) offset_q <= a_addr_i[AShift-1:0];
    assign a_word = a_data_i >> {offset_q, 3'd0};
  end
  if ((BWordBytes == Rows) && (BWordBytes == Cols)) begin : g_b_whole
    assign b_word = b_data_i;
  end else begin : g_b_part
    logic [BShift-1:0] offset_q;
    always_ff @(posedge clk_i) if (b_re_i) offset_q <= b_addr_i[BShift-1:0];
    assign b_word = b_data_i >> {offset_q, 3'd0};
  end

  // array inputs
  logic [Rows-1:0]        load_d, load_q;
  logic [LoadBytes*8-1:0] load_data_d, load_data_q;
  logic                   col_valid_q, swap2_q, valid_q;
  logic [Rows*8-1:0]      col_q, act_q;
  logic [TagWidth-1:0]    tag2_q;

  always_comb begin
    load_d = '0;
    if (b_valid_q) begin
      if (layout_i == gemm_pkg::LayoutPacked) begin
        load_d = Rows'({RowsPerStage{1'b1}}) << (b_index_q * 7'(RowsPerStage));
      end else if (layout_i == gemm_pkg::LayoutRows) begin
        load_d = Rows'(1) << b_index_q;
      end
    end
  end
  always_comb begin
    load_data_d = b_word[LoadBytes*8-1:0];
    if (layout_i != gemm_pkg::LayoutPacked) load_data_d = {RowsPerStage{b_word[Cols*8-1:0]}};
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      load_q      <= '0;
      col_valid_q <= 1'b0;
      swap2_q     <= 1'b0;
      valid_q     <= 1'b0;
    end else begin
      load_q      <= load_d;
      col_valid_q <= b_valid_q && (layout_i == gemm_pkg::LayoutTransposed);
      swap2_q     <= swap_q;
      valid_q     <= a_valid_q;
    end
  end
  always_ff @(posedge clk_i) begin
    if (b_valid_q) begin
      load_data_q <= load_data_d;
      col_q       <= b_word[Rows*8-1:0];
    end
    if (a_valid_q) begin
      act_q  <= a_word[Rows*8-1:0] & mask_q;
      tag2_q <= tag_q;
    end
  end

  assign load_o      = load_q;
  assign load_data_o = load_data_q;
  assign col_valid_o = col_valid_q;
  assign col_o       = col_q;
  assign swap_o      = swap2_q;
  assign valid_o     = valid_q;
  assign tag_o       = tag2_q;
  assign act_o       = act_q;
endmodule
