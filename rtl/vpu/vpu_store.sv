// Sends result rows, and with QUANT_OUT their scales, to memory.

/// Entries arrive without back-pressure, at most 32 held (the caller counts pop_o). Per row the
/// scale is announced and written first, then the row.
module vpu_store #(
  parameter int unsigned Lanes = 8,
  parameter int unsigned DataWidth = 128
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 clear_i,
  input  logic                 start_i,     ///< pulse
  input  logic [15:0]          cols_i,
  input  logic                 int8_i,      ///< rows of int8 and scales; else float32
  input  logic [39:0]          d_addr_i,
  input  logic [39:0]          s_addr_i,
  input  logic [31:0]          d_stride_i,
  input  logic                 row_i,       ///< pulse: the next row will come, announce it
  // entries
  input  logic                 v_i,
  input  logic                 scale_i,     ///< the entry is a scale, in the lowest 32 bits
  input  logic                 last_i,      ///< the entry ends a row
  input  logic [Lanes*32-1:0]  data_i,      ///< int8: the lowest Lanes bytes
  output logic                 pop_o,       ///< an entry left
  output logic                 idle_o,      ///< nothing is held or to be announced
  // writes
  output logic                 wreq_valid_o,
  input  logic                 wreq_ready_i,
  output logic [39:0]          wreq_addr_o,
  output logic [31:0]          wreq_bytes_o,
  output logic                 wdat_valid_o,
  input  logic                 wdat_ready_i,
  output logic [DataWidth-1:0] wdat_data_o
);
  localparam int unsigned CountW = $clog2(DataWidth / 8 + Lanes * 4 + 1);
  localparam int unsigned LaneLog = $clog2(Lanes);

  // ---- announcements
  logic [5:0]  rows_q;    // rows to announce; each has an entry or two in the FIFO or gearbox
  logic        at_row_q;  // the scale has been announced
  logic [39:0] d_addr_q, s_addr_q;
  logic        announced;
  assign wreq_valid_o = rows_q != '0;
  assign wreq_addr_o  = (int8_i && !at_row_q) ? s_addr_q : d_addr_q;
  assign wreq_bytes_o = (int8_i && !at_row_q) ? 32'd4 :
                        int8_i ? {16'd0, cols_i} : {14'd0, cols_i, 2'b00};
  assign announced = wreq_valid_o && wreq_ready_i && (!int8_i || at_row_q);
  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i || start_i) begin
      rows_q   <= '0;
      at_row_q <= 1'b0;
      d_addr_q <= d_addr_i;
      s_addr_q <= s_addr_i;
    end else begin
      rows_q <= rows_q + {5'd0, row_i} - {5'd0, announced};
      if (wreq_valid_o && wreq_ready_i) at_row_q <= int8_i && !at_row_q;
      if (announced) begin
        d_addr_q <= d_addr_q + {8'd0, d_stride_i};
        s_addr_q <= s_addr_q + 40'd4;
      end
    end
  end

  // ---- data
  logic                f_valid, f_scale, f_last, g_ready, g_empty;
  logic [Lanes*32-1:0] f_data;
  /* verilator lint_off UNUSEDSIGNAL */
  logic                f_ready;
  logic [5:0]          f_count;
  logic                w_last;
  logic [15:0]         tail;
  /* verilator lint_on UNUSEDSIGNAL */
  stream_fifo #(.Width(Lanes * 32 + 2), .Depth(32)) u_fifo (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(v_i),
    .ready_o(f_ready),
    .data_i ({scale_i, last_i, data_i}),
    .valid_o(f_valid),
    .ready_i(g_ready),
    .data_o ({f_scale, f_last, f_data}),
    .count_o(f_count)
  );
  logic [LaneLog:0]  elems;
  logic [CountW-1:0] g_bytes;
  always_comb begin
    tail  = cols_i - 16'd1;
    elems = f_scale ? (LaneLog+1)'(1) :
            f_last  ? {1'b0, tail[LaneLog-1:0]} + 1'b1 : (LaneLog+1)'(Lanes);
    g_bytes = (int8_i && !f_scale) ? CountW'(elems) : CountW'({elems, 2'b00});
    pop_o = f_valid && g_ready;
  end
  vpu_gearbox #(.InBytes(Lanes * 4), .OutBytes(DataWidth / 8)) u_gearbox (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(f_valid),
    .ready_o(g_ready),
    .data_i (f_data),
    .bytes_i(g_bytes),
    .last_i (f_last || f_scale),
    .empty_o(g_empty),
    .valid_o(wdat_valid_o),
    .ready_i(wdat_ready_i),
    .data_o (wdat_data_o),
    .last_o (w_last)
  );
  assign idle_o = (rows_q == '0) && !f_valid && g_empty && !v_i && !row_i;
endmodule
