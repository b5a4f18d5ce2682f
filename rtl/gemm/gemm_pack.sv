// Gathers pieces of results into beats and buffers them for the writer.

/// The buffer never overflows if no more than FifoDepth beats are under way.
module gemm_pack #(
  parameter int unsigned DataWidth = 128,
  parameter int unsigned Lanes = 4,
  parameter int unsigned FifoDepth = 16
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 int8_i,      ///< narrow to int8: round to nearest even, saturate
  input  logic                 valid_i,
  input  logic                 beat_end_i,
  input  logic [Lanes*32-1:0]  data_i,
  output logic                 wdat_valid_o,
  input  logic                 wdat_ready_i,
  output logic [DataWidth-1:0] wdat_data_o
);
  localparam int unsigned Slots8 = DataWidth / 8 / Lanes;
  localparam int unsigned Slots32 = DataWidth / 32 / Lanes;
  localparam int unsigned PosBits = $clog2(Slots8);

  logic [DataWidth-1:0] beat_d, beat_q;
  logic [PosBits-1:0]   pos_q;
  logic [Lanes*8-1:0]   bytes;

  always_comb begin
    bytes = '0;
    if (int8_i && valid_i) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        bytes[8*i +: 8] = fp32_pkg::to_i8(data_i[32*i +: 32]);
      end
    end
  end

  always_comb begin
    beat_d = beat_q;
    if (int8_i) begin
      for (int unsigned i = 0; i < Slots8; i++) begin
        if (pos_q == PosBits'(i)) beat_d[i*Lanes*8 +: Lanes*8] = bytes;
      end
    end else begin
      for (int unsigned i = 0; i < Slots32; i++) begin
        if (pos_q == PosBits'(i)) beat_d[i*Lanes*32 +: Lanes*32] = data_i;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) pos_q <= '0;
    else if (valid_i) pos_q <= beat_end_i ? '0 : pos_q + 1'b1;
  end
  always_ff @(posedge clk_i) begin
    if (valid_i) beat_q <= beat_d;
  end

  logic                       unused_ready;
  logic [$clog2(FifoDepth):0] unused_count;
  stream_fifo #(
    .Width(DataWidth), .Depth(FifoDepth)
  ) u_fifo (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(valid_i && beat_end_i), .ready_o(unused_ready), .data_i(beat_d),
    .valid_o(wdat_valid_o), .ready_i(wdat_ready_i), .data_o(wdat_data_o), .count_o(unused_count)
  );
endmodule
