// A synchronous memory with one write and one read port. In one file by itself, so that synthesis can
// read it as a black box (`read_verilog -lib`) and put a memory macro in its place.

/// One write and one read port, one clock, byte enables.
/// Reading and writing the same word in one cycle returns the old or the new word: avoid it.
/// The content after power-up is unknown; there is no reset.
module sram_1r1w #(
  parameter int unsigned Width = 128,           ///< bits per word, a multiple of 8
  parameter int unsigned Depth = 256,           ///< words, at least 2
  localparam int unsigned AddrWidth = $clog2(Depth)
) (
  input  logic                 clk_i,
  input  logic                 we_i,     ///< write this cycle
  input  logic [AddrWidth-1:0] waddr_i,  ///< word to write
  input  logic [Width-1:0]     wdata_i,
  input  logic [Width/8-1:0]   wstrb_i,  ///< bytes to write
  input  logic                 re_i,     ///< read this cycle
  input  logic [AddrWidth-1:0] raddr_i,  ///< word to read
  output logic [Width-1:0]     rdata_o   ///< valid in the next cycle, held until the next read
);
  logic [Width-1:0] mem [Depth];
  logic [Width-1:0] rdata_q;

  always_ff @(posedge clk_i) begin
    if (we_i) begin
      if (&wstrb_i) begin
        mem[waddr_i] <= wdata_i;
      end else begin
        for (int unsigned i = 0; i < Width / 8; i++) begin
          if (wstrb_i[i]) mem[waddr_i][8*i +: 8] <= wdata_i[8*i +: 8];
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (re_i) rdata_q <= mem[raddr_i];
  end

  assign rdata_o = rdata_q;
endmodule
