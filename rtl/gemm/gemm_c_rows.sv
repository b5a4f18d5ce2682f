// Addresses of the row segments of C, block by block.

/// row_addr_o is the segment of the current row of block_i. next_i moves on by one row; with last_o
/// that is the first row of the following block.
module gemm_c_rows (
  input  logic             clk_i,
  input  logic             go_i,        ///< start a new operation
  /* verilator lint_off UNUSEDSIGNAL */
  input  gemm_pkg::cfg_t   cfg_i,
  input  gemm_pkg::block_t block_i,     ///< stable while its rows are walked
  /* verilator lint_on UNUSEDSIGNAL */
  input  logic             next_i,
  output logic [39:0]      row_addr_o,
  output logic [9:0]       m_o,         ///< row in the block
  output logic             last_o       ///< last row of the block
);
  logic [39:0] base_q, row_q, row_next;
  logic [39:0] offset_q;
  logic [9:0]  m_q;

  assign row_addr_o = row_q + offset_q;
  assign m_o        = m_q;
  assign last_o     = m_q == block_i.mrows - 10'd1;
  assign row_next   = row_q + {8'd0, cfg_i.ldc};

  always_ff @(posedge clk_i) begin
    if (go_i) begin
      base_q   <= cfg_i.c_addr;
      row_q    <= cfg_i.c_addr;
      offset_q <= '0;
      m_q      <= '0;
    end else if (next_i) begin
      row_q <= row_next;
      m_q   <= m_q + 10'd1;
      if (last_o) begin
        m_q <= '0;
        if (block_i.last_n) begin
          base_q   <= row_next;
          offset_q <= '0;
        end else begin
          row_q    <= base_q;
          offset_q <= offset_q + ((cfg_i.out_type == gemm_pkg::OutInt8)
                                  ? {30'd0, cfg_i.tile_nc} : {28'd0, cfg_i.tile_nc, 2'b00});
        end
      end
    end
  end
endmodule
