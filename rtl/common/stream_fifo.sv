// A small first-in first-out buffer between two valid/ready streams.

/// Depth entries; one cycle from input to output; one transfer per cycle sustained if Depth >= 2.
/// Neither ready_o nor valid_o depends combinationally on an input.
module stream_fifo #(
  parameter int unsigned Width = 32,
  parameter int unsigned Depth = 2,  ///< a power of two, at least 2
  localparam int unsigned PtrWidth = $clog2(Depth)
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              clear_i,  ///< forget the content; wins over a transfer in the same cycle
  input  logic              valid_i,
  output logic              ready_o,
  input  logic [Width-1:0]  data_i,
  output logic              valid_o,
  input  logic              ready_i,
  output logic [Width-1:0]  data_o,   ///< the oldest entry; anything if valid_o is 0
  output logic [PtrWidth:0] count_o   ///< entries held
);
  logic [Width-1:0]  mem [Depth];
  logic [PtrWidth:0] wptr_q, rptr_q;

  assign count_o = wptr_q - rptr_q;
  assign valid_o = wptr_q != rptr_q;
  assign ready_o = !count_o[PtrWidth];
  assign data_o  = mem[rptr_q[PtrWidth-1:0]];

  always_ff @(posedge clk_i) begin
    if (valid_i && ready_o) mem[wptr_q[PtrWidth-1:0]] <= data_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      wptr_q <= '0;
      rptr_q <= '0;
    end else begin
      if (valid_i && ready_o) wptr_q <= wptr_q + 1'b1;
      if (valid_o && ready_i) rptr_q <= rptr_q + 1'b1;
    end
  end
endmodule
