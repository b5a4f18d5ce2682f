// The output stage: takes a piece of a row out of what the memories delivered and converts it.

/// A piece per cycle, never stalled: whoever issues pieces sees to the room behind.
/// valid_i comes with the memories' data, the cycle after the piece was issued. The result leaves after
/// 2 cycles (int32), 6 (float, int8) or 8 (with bias).
module gemm_convert #(
  parameter int unsigned DataWidth = 128,
  parameter int unsigned Cols = 16,
  parameter int unsigned Lanes = 4
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [1:0]           out_type_i,
  input  logic                 accumulate_i,
  input  logic                 bias_valid_i,
  // the piece
  input  logic                 valid_i,
  input  logic [8:0]           m_i,
  input  logic [8:0]           n_i,
  input  logic                 beat_end_i,
  input  logic [Cols*32-1:0]   acc_i,
  input  logic [DataWidth-1:0] row_scale_i,
  input  logic [DataWidth-1:0] col_scale_i,
  input  logic [DataWidth-1:0] bias_i,
  input  logic [DataWidth-1:0] c_i,
  // the result
  output logic                 valid_o,
  output logic                 beat_end_o,
  output logic [Lanes*32-1:0]  data_o      ///< int8 results not narrowed yet
);
  localparam int unsigned Groups = Cols / Lanes;              // pieces per accumulator row
  localparam int unsigned BeatGroups = DataWidth / 32 / Lanes; // pieces per beat of scales
  localparam int unsigned RowBits = $clog2(DataWidth / 32);

  logic [Lanes*32-1:0] acc_d, cs_d, bias_d, c_d, acc_q, cs_q, bias_q, c_q;
  logic [31:0]         rs_d, rs_q;
  logic [7:0]          valid_q, beat_end_q;
  logic [8:0]          piece;
  logic                int32;

  assign int32 = out_type_i == gemm_pkg::OutInt32;
  assign piece = n_i >> $clog2(Lanes);
  assign rs_d  = row_scale_i[{m_i[RowBits-1:0], 5'd0} +: 32];

  if (Groups == 1) begin : g_acc_whole
    assign acc_d = acc_i;
  end else begin : g_acc_part
    always_comb begin
      acc_d = '0;
      if (valid_i) acc_d = acc_i[piece[$clog2(Groups)-1:0] * (Lanes*32) +: Lanes*32];
    end
  end
  if (BeatGroups == 1) begin : g_beat_whole
    assign cs_d   = col_scale_i;
    assign bias_d = bias_i;
    assign c_d    = c_i;
  end else begin : g_beat_part
    assign cs_d   = col_scale_i[piece[$clog2(BeatGroups)-1:0] * (Lanes*32) +: Lanes*32];
    assign bias_d = bias_i[piece[$clog2(BeatGroups)-1:0] * (Lanes*32) +: Lanes*32];
    assign c_d    = c_i[piece[$clog2(BeatGroups)-1:0] * (Lanes*32) +: Lanes*32];
  end

  logic unused_bits;
  assign unused_bits = &{1'b0, m_i[8:RowBits], piece};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= '0;
    end else begin
      valid_q[0]   <= valid_i;
      valid_q[1]   <= valid_q[0];
      valid_q[5:2] <= {valid_q[4:2], valid_q[1] && !int32};
      valid_q[7:6] <= {valid_q[6], valid_q[5] && bias_valid_i};
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_i || (valid_q != '0)) beat_end_q <= {beat_end_q[6:0], beat_end_i};
    if (valid_i) begin
      acc_q <= acc_d;
      if (int32) begin
        c_q <= accumulate_i ? c_d : '0;
      end else begin
        rs_q   <= rs_d;
        cs_q   <= cs_d;
        bias_q <= bias_d;
      end
    end
  end

  logic [Lanes*32-1:0] int32_data, scaled_data, biased_data;
  for (genvar i = 0; i < Lanes; i++) begin : g_lane
    gemm_lane u_lane (
      .clk_i, .en_i(valid_q[6:0]), .int32_i(int32),
      .acc_i(acc_q[32*i +: 32]), .c_i(c_q[32*i +: 32]), .row_scale_i(rs_q),
      .col_scale_i(cs_q[32*i +: 32]), .bias_i(bias_q[32*i +: 32]),
      .int32_o(int32_data[32*i +: 32]), .scaled_o(scaled_data[32*i +: 32]),
      .biased_o(biased_data[32*i +: 32])
    );
  end

  always_comb begin
    valid_o    = valid_q[5];
    beat_end_o = beat_end_q[5];
    data_o     = scaled_data;
    if (int32) begin
      valid_o    = valid_q[1];
      beat_end_o = beat_end_q[1];
      data_o     = int32_data;
    end else if (bias_valid_i) begin
      valid_o    = valid_q[7];
      beat_end_o = beat_end_q[7];
      data_o     = biased_data;
    end
  end
endmodule
