// The DMA's operation: two-dimensional copy and fill. Registers and AXI are the shell's.

/// Asks the reader for the source rows and the writer for the destination rows, each as fast as they
/// take them, and passes the data through; both sides do the alignment. A fill feeds the pattern.
module dma_core #(
  parameter int unsigned DataWidth = 128
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 start_i,
  /* verilator lint_off UNUSEDSIGNAL */
  input  logic [1023:0]        desc_i,  // the header is the shell's
  /* verilator lint_on UNUSEDSIGNAL */
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
  output logic                 wreq_valid_o,
  input  logic                 wreq_ready_i,
  output logic [39:0]          wreq_addr_o,
  output logic [31:0]          wreq_bytes_o,
  output logic                 wdat_valid_o,
  input  logic                 wdat_ready_i,
  output logic [DataWidth-1:0] wdat_data_o,
  input  logic                 wr_idle_i
);
  // Operands
  logic [7:0]  opcode;
  logic [31:0] rows, row_bytes, pattern;
  logic [63:0] src, dst, src_stride, dst_stride;
  logic        fill;

  assign opcode     = desc_i[15:8];
  assign rows       = desc_i[dma_reg_pkg::DMA_DESC_ROWS_LSB +: 32];
  assign row_bytes  = desc_i[dma_reg_pkg::DMA_DESC_ROW_BYTES_LSB +: 32];
  assign pattern    = desc_i[dma_reg_pkg::DMA_DESC_PATTERN_LSB +: 32];
  assign src        = desc_i[dma_reg_pkg::DMA_DESC_SRC_LSB +: 64];
  assign dst        = desc_i[dma_reg_pkg::DMA_DESC_DST_LSB +: 64];
  assign src_stride = desc_i[dma_reg_pkg::DMA_DESC_SRC_STRIDE_LSB +: 64];
  assign dst_stride = desc_i[dma_reg_pkg::DMA_DESC_DST_STRIDE_LSB +: 64];
  assign fill       = opcode == dma_reg_pkg::DMA_OP_FILL;

  logic bad_desc, bad_size;
  always_comb begin
    bad_desc = 1'b0;
    bad_size = 1'b0;
    if (start_i) begin
      bad_desc = (opcode != dma_reg_pkg::DMA_OP_COPY && !fill) || src[63:40] != '0 ||
                 dst[63:40] != '0 || (fill ? src != '0 : pattern != '0) ||
                 desc_i[dma_reg_pkg::DMA_DESC_RESERVED1_LSB +: 32] != '0 ||
                 desc_i[1023:dma_reg_pkg::DMA_DESC_RESERVED2_LSB] != '0;
      bad_size = rows == '0 || row_bytes == '0 || src_stride[63:40] != '0 ||
                 dst_stride[63:40] != '0 ||
                 (rows > 32'd1 && dst_stride[39:0] < {8'h0, row_bytes});
    end
  end

  logic        run_q;
  logic [31:0] rd_rows_q, wr_rows_q;  // rows not yet requested
  logic [39:0] rd_addr_q, wr_addr_q;
  logic [63:0] work_q;
  logic        ok;

  assign ok            = start_i && !bad_desc && !bad_size;
  assign done_o        = (start_i && !ok) || (run_q && wr_rows_q == '0 && wr_idle_i);
  assign illegal_o     = !start_i ? 2'd0 : bad_desc ? 2'd1 : bad_size ? 2'd2 : 2'd0;
  assign work_o        = work_q;
  assign rreq_valid_o  = rd_rows_q != '0;
  assign rreq_addr_o   = rd_addr_q;
  assign rreq_bytes_o  = row_bytes;
  assign rreq_tag_o    = '0;
  assign wreq_valid_o  = wr_rows_q != '0;
  assign wreq_addr_o   = wr_addr_q;
  assign wreq_bytes_o  = row_bytes;
  assign wdat_valid_o  = run_q && (fill || rdat_valid_i);
  assign wdat_data_o   = fill ? {(DataWidth / 32){pattern}} : rdat_data_i;
  assign rdat_ready_o  = wdat_ready_i && !fill;
  assign read_stall_o  = run_q && !fill && wdat_ready_i && !rdat_valid_i;
  assign write_stall_o = wdat_valid_o && !wdat_ready_i && !wr_idle_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      run_q     <= 1'b0;
      rd_rows_q <= '0;
      wr_rows_q <= '0;
    end else if (ok) begin
      run_q     <= 1'b1;
      rd_rows_q <= fill ? 32'd0 : rows;
      wr_rows_q <= rows;
      rd_addr_q <= src[39:0];
      wr_addr_q <= dst[39:0];
      work_q    <= '0;
    end else begin
      if (done_o) run_q <= 1'b0;
      if (rreq_valid_o && rreq_ready_i) begin
        rd_rows_q <= rd_rows_q - 32'd1;
        rd_addr_q <= rd_addr_q + src_stride[39:0];
      end
      if (wreq_valid_o && wreq_ready_i) begin
        wr_rows_q <= wr_rows_q - 32'd1;
        wr_addr_q <= wr_addr_q + dst_stride[39:0];
        work_q    <= work_q + {32'h0, row_bytes};
      end
    end
  end
endmodule
