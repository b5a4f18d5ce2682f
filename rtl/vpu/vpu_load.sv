// Brings the operands of one row after the other into the row buffers, one row ahead if both fit.

/// Requests per row: [scale] [y] x, or for softmax and the norms (which need y late) x [y] [second
/// half of y]. Writes words of Lanes float32; int8 is converted. A y row of ROTARY is read
/// cols/period times, so that ybuf holds a factor for every column. With y_stride 0 y is read for
/// the first row only.
module vpu_load #(
  parameter int unsigned Lanes = 8,
  parameter int unsigned DataWidth = 128,
  parameter int unsigned AddrW = 11          ///< address bits of a row buffer
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 clear_i,
  // what to load, stable while running
  input  logic                 start_i,      ///< pulse
  input  logic [19:0]          rows_i,
  input  logic [15:0]          cols_i,
  input  logic [15:0]          y_cols_i,     ///< length of a y segment
  input  logic                 int8_i,       ///< x is int8 and has scales
  input  logic                 uses_y_i,
  input  logic                 y_late_i,     ///< y after x
  input  logic                 y_twice_i,    ///< two segments of y (LAYERNORM)
  input  logic                 double_i,     ///< two rows fit
  input  logic [39:0]          x_addr_i,
  input  logic [39:0]          y_addr_i,
  input  logic [39:0]          s_addr_i,
  input  logic [31:0]          x_stride_i,
  input  logic [31:0]          y_stride_i,
  // progress
  input  logic                 release_i,    ///< pulse: the oldest row's buffers are free
  output logic [2*AddrW+1:0]   x_count_o,    ///< words of x in half 1, half 0
  output logic [2*AddrW+1:0]   y_count_o,    ///< words of y in half 1, half 0
  output logic [63:0]          scale_o,      ///< scale of the row in half 1, half 0
  // reads
  output logic                 rreq_valid_o,
  input  logic                 rreq_ready_i,
  output logic [39:0]          rreq_addr_o,
  output logic [31:0]          rreq_bytes_o,
  output logic [3:0]           rreq_tag_o,
  input  logic                 rdat_valid_i,
  output logic                 rdat_ready_o,
  input  logic [DataWidth-1:0] rdat_data_i,
  input  logic                 rdat_last_i,
  input  logic [3:0]           rdat_tag_i,
  // row buffers
  input  logic                 x_blocked_i,  ///< the lanes write x this cycle
  input  logic                 y_blocked_i,
  output logic                 x_we_o,
  output logic                 y_we_o,
  output logic [AddrW-1:0]     addr_o,
  output logic [Lanes*32-1:0]  data_o
);
  localparam int unsigned BeatElems = DataWidth / 32;
  localparam int unsigned BeatLog = $clog2(BeatElems);
  localparam int unsigned CountW = $clog2(BeatElems * 4 + Lanes * 4 + 1);
  localparam logic [1:0] TagX = 2'd0, TagY = 2'd1, TagY2 = 2'd2, TagS = 2'd3;

  // ---- requests; tag = {half, end of a group, what}
  logic        run_q;
  logic [19:0] row_q;
  logic [1:0]  held_q;          // rows requested and not released
  logic        half_q;
  logic [4:0]  todo_q;          // s, y early, x, y late, y2 of the row
  logic [39:0] x_addr_q, y_addr_q, s_addr_q;
  logic [15:0] y_col_q;         // columns requested so far (ROTARY)
  logic        fixed_y;
  assign fixed_y = y_stride_i == '0;

  logic [4:0]  pick;
  logic        y_end, taken, row_end, open;
  logic [15:0] y_col_next;
  always_comb begin
    pick = todo_q & (~todo_q + 5'd1);
    y_col_next = y_col_q + y_cols_i;
    y_end = y_col_next >= cols_i;
    open = held_q < (double_i ? 2'd2 : 2'd1);
    rreq_valid_o = run_q && open && (todo_q != '0);
    taken = rreq_valid_o && rreq_ready_i;
    row_end = taken && ((todo_q & ~pick) == '0) && (!(pick[1] || pick[3]) || y_end);
    rreq_addr_o  = x_addr_q;
    rreq_bytes_o = int8_i ? {16'd0, cols_i} : {14'd0, cols_i, 2'b00};
    rreq_tag_o   = {half_q, 1'b1, TagX};
    if (pick[0]) begin
      rreq_addr_o  = s_addr_q;
      rreq_bytes_o = 32'd4;
      rreq_tag_o   = {half_q, 1'b1, TagS};
    end
    if (pick[1] || pick[3]) begin
      rreq_addr_o  = y_addr_q;
      rreq_bytes_o = {14'd0, y_cols_i, 2'b00};
      rreq_tag_o   = {half_q && !fixed_y, y_end, TagY};
    end
    if (pick[4]) begin
      rreq_addr_o  = y_addr_q + {22'd0, cols_i, 2'b00};
      rreq_bytes_o = {14'd0, cols_i, 2'b00};
      rreq_tag_o   = {half_q && !fixed_y, 1'b1, TagY2};
    end
  end

  logic y_next;
  assign y_next = uses_y_i && (start_i || !fixed_y);
  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      run_q <= 1'b0;
      held_q <= '0;
    end else begin
      if (start_i) begin
        run_q    <= 1'b1;
        row_q    <= '0;
        half_q   <= 1'b0;
        x_addr_q <= x_addr_i;
        y_addr_q <= y_addr_i;
        s_addr_q <= s_addr_i;
        y_col_q  <= '0;
      end else if (taken) begin
        if (pick[1] || pick[3]) y_col_q <= y_end ? '0 : y_col_next;
        if (row_end) begin
          row_q    <= row_q + 20'd1;
          half_q   <= ~half_q & double_i;
          x_addr_q <= x_addr_q + {8'd0, x_stride_i};
          y_addr_q <= y_addr_q + {8'd0, y_stride_i};
          s_addr_q <= s_addr_q + 40'd4;
          if (row_q + 20'd1 == rows_i) run_q <= 1'b0;
        end
      end
      if (start_i || row_end) begin
        todo_q <= {y_next && y_twice_i, y_next && y_late_i, 1'b1, y_next && !y_late_i, int8_i};
      end else if (taken && (!(pick[1] || pick[3]) || y_end)) begin
        todo_q <= todo_q & ~pick;
      end
      held_q <= start_i ? 2'd0 : held_q + {1'b0, row_end} - {1'b0, release_i};
    end
  end

  // ---- data
  logic                     is_s, g_valid, g_ready, g_last, w_valid, w_ready, w_last, x_int8;
  logic [1:0]               sub_q, sub_end;
  logic [DataWidth-1:0]     g_data;
  logic [CountW-1:0]        g_bytes;
  /* verilator lint_off UNUSEDSIGNAL */
  logic [15:0]              seg_cols, tail;    // elements of the segment; minus one
  /* verilator lint_on UNUSEDSIGNAL */
  logic [BeatLog-1:0]       tail_elems;
  logic [2:0]               dest_q;            // {half, what}
  logic                     beat_end;
  always_comb begin
    is_s     = rdat_tag_i[1:0] == TagS;
    x_int8   = int8_i && (rdat_tag_i[1:0] == TagX);
    seg_cols = (rdat_tag_i[1:0] == TagY) ? y_cols_i : cols_i;
    tail     = seg_cols - 16'd1;
    tail_elems = tail[BeatLog-1:0];
    // a beat of int8 is taken in up to four pieces
    sub_end  = !x_int8 ? 2'd0 : rdat_last_i ? tail[BeatLog +: 2] : 2'd3;
    beat_end = sub_q == sub_end;
    g_last   = rdat_last_i && beat_end;
    g_bytes  = (g_last ? {{(CountW-BeatLog-2){1'b0}}, tail_elems, 2'b00}
                       : CountW'(BeatElems * 4 - 4)) + CountW'(4);
    g_data   = rdat_data_i;
    if (x_int8) begin
      for (int unsigned i = 0; i < BeatElems; i++) begin
        for (int unsigned k = 0; k < 4; k++) begin
          if (sub_q == 2'(k)) begin
            g_data[32*i +: 32] = fp32_pkg::from_i8(rdat_data_i[8*(k*BeatElems + i) +: 8]);
          end
        end
      end
    end
    g_valid      = rdat_valid_i && !is_s;
    rdat_ready_o = is_s || (g_ready && beat_end);
  end

  /* verilator lint_off PINCONNECTEMPTY */
  vpu_gearbox #(.InBytes(BeatElems * 4), .OutBytes(Lanes * 4)) u_gearbox (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(g_valid),
    .ready_o(g_ready),
    .data_i (g_data),
    .bytes_i(g_bytes),
    .last_i (g_last && rdat_tag_i[2]),
    .empty_o(),
    .valid_o(w_valid),
    .ready_i(w_ready),
    .data_o (data_o),
    .last_o (w_last)
  );
  /* verilator lint_on PINCONNECTEMPTY */

  logic             to_x;
  logic [AddrW:0]   index_q;
  logic [AddrW:0]   x0_q, x1_q, y0_q, y1_q;
  logic             free_half_q;
  logic [31:0]      s0_q, s1_q;
  always_comb begin
    to_x    = dest_q[1:0] == TagX;
    w_ready = to_x ? !x_blocked_i : !y_blocked_i;
    x_we_o  = w_valid && to_x && !x_blocked_i;
    y_we_o  = w_valid && !to_x && !y_blocked_i;
    addr_o  = index_q[AddrW-1:0] | {dest_q[2], {(AddrW-1){1'b0}}};
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i || start_i) begin
      sub_q       <= '0;
      index_q     <= '0;
      {x0_q, x1_q, y0_q, y1_q} <= '0;
      free_half_q <= 1'b0;
    end else begin
      if (rdat_valid_i) begin
        if (is_s) begin
          if (rdat_tag_i[3]) s1_q <= rdat_data_i[31:0];
          else s0_q <= rdat_data_i[31:0];
        end else if (g_ready) begin
          sub_q  <= beat_end ? 2'd0 : sub_q + 2'd1;
          dest_q <= {rdat_tag_i[3], rdat_tag_i[1:0]};
        end
      end
      if (w_valid && w_ready) begin
        // the second half of y follows the first
        index_q <= (w_last && !(y_twice_i && (dest_q[1:0] == TagY))) ? '0 : index_q + 1'b1;
        if (to_x) begin
          if (dest_q[2]) x1_q <= x1_q + 1'b1;
          else x0_q <= x0_q + 1'b1;
        end else begin
          if (dest_q[2]) y1_q <= y1_q + 1'b1;
          else y0_q <= y0_q + 1'b1;
        end
      end
      if (release_i) begin
        free_half_q <= ~free_half_q & double_i;
        if (free_half_q) x1_q <= '0;
        else x0_q <= '0;
        if (!fixed_y) begin
          if (free_half_q) y1_q <= '0;
          else y0_q <= '0;
        end
      end
    end
  end

  assign x_count_o = {x1_q, x0_q};
  assign y_count_o = {y1_q, y0_q};
  assign scale_o   = {s1_q, s0_q};
endmodule
