// An operand buffer: two halves, filled by segments from the bus, read by array-sized words.

/// Each half holds one slab: segments pitch_i bytes apart, in order, from its start. A word may be
/// read as soon as its last byte has arrived: level_o says how many words of a half are there
/// (all ones: the slab is complete, whatever its padding). A half counts as empty again after release_i.
/// The writer fills the halves in turn and never overtakes: whoever requests the data keeps count.
module gemm_opbuf #(
  parameter int unsigned DataWidth = 128,
  parameter int unsigned WordWidth = 128,   ///< read width, DataWidth times a power of two
  parameter int unsigned HalfBytes = 16384  ///< a multiple of the word
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,        ///< forgets content and position
  input  logic [19:0]          pitch_i,       ///< bytes, a multiple of DataWidth/8
  // from the bus
  input  logic                 wr_valid_i,
  input  logic [DataWidth-1:0] wr_data_i,
  input  logic                 wr_end_i,      ///< last beat of its segment
  input  logic                 wr_slab_end_i, ///< with wr_end_i: the slab's last segment
  // to the array
  input  logic                 release_i,     ///< forget a half
  input  logic                 release_half_i,
  output logic [20:0]          level0_o,
  output logic [20:0]          level1_o,
  input  logic                 re_i,
  input  logic                 rhalf_i,
  input  logic [19:0]          raddr_i,       ///< word in the half
  output logic [WordWidth-1:0] rdata_o        ///< in the next cycle
);
  localparam int unsigned Ratio = WordWidth / DataWidth;
  localparam int unsigned RatioBits = $clog2(Ratio);
  localparam int unsigned DataBytes = DataWidth / 8;
  localparam int unsigned HalfWords = HalfBytes / (WordWidth / 8);
  localparam int unsigned AddrWidth = $clog2(2 * HalfWords);

  // positions in beats
  logic [20:0] row_q, cur_q, next_row, next_cur, level_d;
  logic        half_q;
  logic [20:0] level0_q, level1_q;

  assign next_row = row_q + {1'b0, 20'(pitch_i / 20'(DataBytes))};
  assign next_cur = wr_end_i ? next_row : cur_q + 21'd1;
  assign level_d  = wr_slab_end_i && wr_end_i ? '1 : next_cur >> RatioBits;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      row_q    <= '0;
      cur_q    <= '0;
      half_q   <= 1'b0;
      level0_q <= '0;
      level1_q <= '0;
    end else begin
      if (wr_valid_i) begin
        cur_q <= next_cur;
        if (wr_end_i) row_q <= next_row;
        if (wr_end_i && wr_slab_end_i) begin
          row_q  <= '0;
          cur_q  <= '0;
          half_q <= !half_q;
        end
        if (half_q) level1_q <= level_d;
        else level0_q <= level_d;
      end
      if (release_i && release_half_i) level1_q <= '0;
      if (release_i && !release_half_i) level0_q <= '0;
    end
  end

  logic [20:0]            wword;
  logic [WordWidth/8-1:0] wstrb;
  logic [WordWidth-1:0]   wdata;
  assign wword = cur_q >> RatioBits;

  if (Ratio == 1) begin : g_whole
    assign wstrb = '1;
    assign wdata = wr_data_i;
  end else begin : g_lanes
    assign wdata = {Ratio{wr_data_i}};
    for (genvar i = 0; i < Ratio; i++) begin : g_lane
      assign wstrb[i*DataBytes +: DataBytes] = {DataBytes{cur_q[RatioBits-1:0] == RatioBits'(i)}};
    end
  end

  logic unused_addr;
  assign unused_addr = &{1'b0, wword[20:AddrWidth-1], raddr_i[19:AddrWidth-1]};

  sram_1r1w #(
    .Width(WordWidth), .Depth(2 * HalfWords)
  ) u_mem (
    .clk_i,
    .we_i(wr_valid_i), .waddr_i({half_q, wword[AddrWidth-2:0]}), .wdata_i(wdata), .wstrb_i(wstrb),
    .re_i, .raddr_i({rhalf_i, raddr_i[AddrWidth-2:0]}), .rdata_o
  );

  assign level0_o = level0_q;
  assign level1_o = level1_q;
endmodule
