// The accumulators: two halves, one computes while the other drains.

/// Adds the array's rows of sums to the accumulators (or writes them, for the first k tile), one row
/// per cycle; two rows for the same address come at least two cycles apart. Draining may read rows as
/// soon as they are final: fin_* count them in the order of the compute (tile by tile, rows inside).
/// When both want to read one half, the compute wins and drain_grant_o is 0.
module gemm_acc #(
  parameter int unsigned Cols = 16,
  parameter int unsigned HalfWords = 4096
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // from the array
  input  logic               pre_valid_i,   ///< sums come in the next cycle
  /* verilator lint_off UNUSEDSIGNAL */
  input  gemm_pkg::acc_tag_t pre_tag_i,
  input  gemm_pkg::acc_tag_t tag_i,
  /* verilator lint_on UNUSEDSIGNAL */
  input  logic               valid_i,
  input  logic [Cols*32-1:0] psum_i,
  // progress
  output logic [1:0]         blocks_o,      ///< complete blocks that are not released
  output logic [7:0]         fin_nt_o,      ///< of the block after them: column tiles that are final
  output logic [9:0]         fin_m_o,       ///< and rows of the next column tile
  input  logic               release_i,     ///< the oldest block is drained
  // drain
  input  logic               drain_re_i,
  input  logic               drain_half_i,
  input  logic [15:0]        drain_addr_i,
  output logic               drain_grant_o, ///< depends on the compute only
  output logic [Cols*32-1:0] drain_data_o   ///< in the next cycle
);
  localparam int unsigned AddrWidth = $clog2(HalfWords);

  logic               add_re, drain_re, drain_half_q;
  logic [Cols*32-1:0] rdata0, rdata1, sum;

  assign add_re        = pre_valid_i && !pre_tag_i.first_k;
  assign drain_grant_o = !(add_re && (pre_tag_i.half == drain_half_i));
  assign drain_re      = drain_re_i && drain_grant_o;

  always_comb begin
    sum = psum_i;
    if (!tag_i.first_k) begin
      if (tag_i.half) begin
        for (int unsigned c = 0; c < Cols; c++) begin
          sum[32*c +: 32] = psum_i[32*c +: 32] + rdata1[32*c +: 32];
        end
      end else begin
        for (int unsigned c = 0; c < Cols; c++) begin
          sum[32*c +: 32] = psum_i[32*c +: 32] + rdata0[32*c +: 32];
        end
      end
    end
  end

  logic                 re0, re1;
  logic [AddrWidth-1:0] raddr0, raddr1;
  assign re0    = (add_re && !pre_tag_i.half) || (drain_re && !drain_half_i);
  assign re1    = (add_re && pre_tag_i.half) || (drain_re && drain_half_i);
  assign raddr0 = (add_re && !pre_tag_i.half) ? pre_tag_i.addr[AddrWidth-1:0]
                                              : drain_addr_i[AddrWidth-1:0];
  assign raddr1 = (add_re && pre_tag_i.half) ? pre_tag_i.addr[AddrWidth-1:0]
                                             : drain_addr_i[AddrWidth-1:0];

  sram_1r1w #(
    .Width(Cols * 32), .Depth(HalfWords)
  ) u_half0 (
    .clk_i,
    .we_i(valid_i && !tag_i.half), .waddr_i(tag_i.addr[AddrWidth-1:0]), .wdata_i(sum),
    .wstrb_i('1),
    .re_i(re0), .raddr_i(raddr0), .rdata_o(rdata0)
  );
  sram_1r1w #(
    .Width(Cols * 32), .Depth(HalfWords)
  ) u_half1 (
    .clk_i,
    .we_i(valid_i && tag_i.half), .waddr_i(tag_i.addr[AddrWidth-1:0]), .wdata_i(sum),
    .wstrb_i('1),
    .re_i(re1), .raddr_i(raddr1), .rdata_o(rdata1)
  );

  if (AddrWidth < 16) begin : g_unused
    logic unused_addr;
    assign unused_addr = &{1'b0, drain_addr_i[15:AddrWidth]};
  end

  always_ff @(posedge clk_i) begin
    if (drain_re) drain_half_q <= drain_half_i;
  end
  assign drain_data_o = drain_half_q ? rdata1 : rdata0;

  logic [1:0] blocks_q;
  logic [7:0] fin_nt_q;
  logic [9:0] fin_m_q;
  logic       block_end;
  assign block_end = valid_i && tag_i.block_end;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      blocks_q <= '0;
      fin_nt_q <= '0;
      fin_m_q  <= '0;
    end else begin
      blocks_q <= blocks_q + {1'b0, block_end} - {1'b0, release_i};
      if (block_end) begin
        fin_nt_q <= '0;
        fin_m_q  <= '0;
      end else if (valid_i && tag_i.last_k) begin
        fin_nt_q <= fin_nt_q + {7'd0, tag_i.tile_end};
        fin_m_q  <= tag_i.tile_end ? '0 : fin_m_q + 10'd1;
      end
    end
  end

  assign blocks_o = blocks_q;
  assign fin_nt_o = fin_nt_q;
  assign fin_m_o  = fin_m_q;
endmodule
