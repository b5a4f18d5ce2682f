// Packs a stream of short pieces into full words.

/// Bytes go in up to InBytes at a time and come out OutBytes at a time, in order. A piece with
/// last_i ends a group: what is left comes out as a shorter word with last_o, and the next group
/// starts with a new word. One piece and one word per cycle within a group; ready_o depends
/// combinationally on ready_i. Unused bytes of a word are zero.
module vpu_gearbox #(
  parameter int unsigned InBytes  = 16,
  parameter int unsigned OutBytes = 32,
  localparam int unsigned CountW = $clog2(InBytes + OutBytes + 1)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  clear_i,
  input  logic                  valid_i,
  output logic                  ready_o,
  input  logic [InBytes*8-1:0]  data_i,   ///< bytes beyond bytes_i are zero
  input  logic [CountW-1:0]     bytes_i,  ///< 1 to InBytes
  input  logic                  last_i,
  output logic                  empty_o,  ///< nothing is held
  output logic                  valid_o,
  input  logic                  ready_i,
  output logic [OutBytes*8-1:0] data_o,
  output logic                  last_o
);
  localparam int unsigned Bits = (InBytes + OutBytes) * 8;
  logic [Bits-1:0]   buf_q;
  logic [CountW-1:0] fill_q;
  logic              flush_q;

  logic              full, take, give;
  logic [CountW-1:0] kept_d;
  logic [Bits-1:0]   base_d;
  assign full    = fill_q >= CountW'(OutBytes);
  assign empty_o = fill_q == '0;
  assign valid_o = full || flush_q;
  assign last_o  = flush_q && (fill_q <= CountW'(OutBytes));
  assign data_o  = buf_q[OutBytes*8-1:0];
  // a piece fits if no more than a word stays behind
  assign ready_o = !flush_q && (!full || (ready_i && (kept_d <= CountW'(OutBytes))));
  assign take    = valid_i && ready_o;
  assign give    = valid_o && ready_i;
  assign kept_d  = fill_q - CountW'(OutBytes);

  always_comb begin
    base_d = buf_q;
    if (give) base_d = {{(OutBytes*8){1'b0}}, buf_q[Bits-1:OutBytes*8]};
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      buf_q   <= '0;
      fill_q  <= '0;
      flush_q <= 1'b0;
    end else begin
      if (take) begin
        buf_q   <= base_d | ({{(OutBytes*8){1'b0}}, data_i} << {give ? kept_d : fill_q, 3'b000});
        fill_q  <= (give ? kept_d : fill_q) + bytes_i;
        flush_q <= last_i;
      end else if (give) begin
        buf_q  <= base_d;
        fill_q <= last_o ? '0 : kept_d;
        if (last_o) flush_q <= 1'b0;
      end
    end
  end
endmodule
