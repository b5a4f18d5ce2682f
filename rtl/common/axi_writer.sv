// Writes segments of memory for a core: any address, any length, data lane 0 first.
// Upstream: a core's wreq/wdat. Downstream: axi_wr_mux.

// Some outputs of the queues are not needed.
/* verilator lint_off PINCONNECTEMPTY */
/// Cuts a segment into bursts (burst limit, 4 KiB), shifts the data to its lanes and sets the strobes.
/// A burst is announced with its first beat, so a slow core holds no other's write channel longer than
/// its own burst. One beat per cycle, whatever the alignment.
///
///   data        | a b c d | e f g . |                o = 2, seven bytes
///   bus beats   | . . a b | c d e f | g . . . |
module axi_writer #(
  parameter int unsigned DataWidth = 128
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   flush_i,  ///< level: finish the begun burst with zero strobes, forget the rest
  output logic                   idle_o,   ///< nothing accepted is unanswered
  input  logic [8:0]             max_burst_beats_i,  ///< 1 to 256
  // requests: up to four are queued
  input  logic                   wreq_valid_i,
  output logic                   wreq_ready_o,
  input  logic [39:0]            wreq_addr_i,
  input  logic [31:0]            wreq_bytes_i,
  // data
  input  logic                   wdat_valid_i,
  output logic                   wdat_ready_o,
  input  logic [DataWidth-1:0]   wdat_data_i,
  // beats, to the multiplexer
  output logic                   w_valid_o,
  input  logic                   w_ready_i,
  output logic                   w_first_o,  ///< opens a burst: address and length are valid
  output logic [39:0]            w_addr_o,
  output logic [7:0]             w_len_o,
  output logic [DataWidth-1:0]   w_data_o,
  output logic [DataWidth/8-1:0] w_strb_o,
  output logic                   w_last_o,
  // responses, from the multiplexer
  input  logic                   b_valid_i,  ///< a burst was answered
  input  logic [1:0]             b_resp_i,
  input  logic [39:0]            b_addr_i,   ///< its start
  // the first error; stays until flush_i
  output logic                   err_o,
  output logic [1:0]             err_resp_o,
  output logic [39:0]            err_addr_o  ///< start of the failing burst
);
  localparam int unsigned Bytes = DataWidth / 8;
  localparam int unsigned LB    = $clog2(Bytes);
  localparam int unsigned BeatW = 33 - LB;
  localparam int unsigned PageW = 10;

  logic        req_valid, req_pop;
  logic [39:0] req_addr;
  logic [31:0] req_bytes;

  stream_fifo #(.Width(72), .Depth(4)) u_req_fifo (
    .clk_i, .rst_ni, .clear_i(flush_i),
    .valid_i(wreq_valid_i), .ready_o(wreq_ready_o), .data_i({wreq_addr_i, wreq_bytes_i}),
    .valid_o(req_valid), .ready_i(req_pop), .data_o({req_addr, req_bytes}), .count_o()
  );

  logic             mid_q;         // the head request has been begun
  logic [39:LB]     next_q;        // its next beat
  logic [BeatW-1:0] left_q;        // its beats not yet sent
  logic [8:0]       burst_left_q;  // beats left of the open burst
  logic [9:0]       open_q;        // bursts not answered
  logic [39:LB]     cur;
  logic [BeatW-1:0] cur_left;
  logic [PageW-1:0] page_left;
  logic [8:0]       beats;
  logic [32:0]      span;
  logic [LB-1:0]    off, end_lane;
  logic             seg_last, needs_data, take;

  always_comb begin
    cur        = '0;
    cur_left   = '0;
    page_left  = '0;
    beats      = burst_left_q;
    span       = '0;
    end_lane   = '0;
    off        = '0;
    seg_last   = 1'b0;
    needs_data = 1'b0;
    if (req_valid) begin
      off      = req_addr[LB-1:0];
      span     = {1'b0, req_bytes} + 33'(off) + 33'(Bytes - 1);
      end_lane = span[LB-1:0];
      cur      = mid_q ? next_q : req_addr[39:LB];
      cur_left = mid_q ? left_q : span[32:LB];
      if (burst_left_q == '0) begin
        page_left = PageW'(4096 / Bytes) - PageW'(cur[11:LB]);
        beats     = max_burst_beats_i;
        if (PageW'(beats) > page_left) beats = 9'(page_left);
        if (BeatW'(beats) > cur_left) beats = 9'(cur_left);
      end
      seg_last   = cur_left == BeatW'(1);
      needs_data = !mid_q || !seg_last || end_lane >= off;
    end
  end

  assign w_valid_o    = flush_i ? burst_left_q != '0 : req_valid && (wdat_valid_i || !needs_data);
  assign w_first_o    = burst_left_q == '0;
  assign w_addr_o     = {cur, {LB{1'b0}}};
  assign w_len_o      = 8'(beats - 9'd1);
  assign w_last_o     = beats == 9'd1;
  assign take         = w_valid_o && w_ready_i;
  assign wdat_ready_o = req_valid && needs_data && w_ready_i && !flush_i;
  assign req_pop      = take && seg_last && !flush_i;
  assign idle_o       = !req_valid && burst_left_q == '0 && open_q == '0;

  logic [DataWidth-1:0] hold_q;
  always_comb begin
    w_data_o = '0;
    w_strb_o = '0;
    if (w_valid_o && !flush_i) begin
      if (off == '0) begin
        w_data_o = wdat_data_i;
      end else begin
        w_data_o = DataWidth'({wdat_data_i, hold_q} >> {(LB + 1)'(Bytes) - (LB + 1)'(off), 3'b000});
      end
      w_strb_o = '1;
      if (!mid_q) w_strb_o = w_strb_o << off;
      if (seg_last) w_strb_o = w_strb_o & ({Bytes{1'b1}} >> (LB'(Bytes - 1) - end_lane));
    end
  end

  always_ff @(posedge clk_i) begin
    if (wdat_valid_i && wdat_ready_o && off != '0) hold_q <= wdat_data_i;
    if (!rst_ni) begin
      mid_q        <= 1'b0;
      burst_left_q <= '0;
      open_q       <= '0;
    end else begin
      if (take) burst_left_q <= beats - 9'd1;
      if (flush_i) begin
        mid_q <= 1'b0;
      end else if (take) begin
        mid_q  <= !seg_last;
        next_q <= cur + 1'b1;
        left_q <= cur_left - 1'b1;
      end
      open_q <= open_q + 10'(take && w_first_o) - 10'(b_valid_i);
    end
  end

  logic        err_q;
  logic [1:0]  err_resp_q;
  logic [39:0] err_addr_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      err_q <= 1'b0;
    end else if (b_valid_i && b_resp_i[1] && !err_q) begin
      err_q      <= 1'b1;
      err_resp_q <= b_resp_i;
      err_addr_q <= b_addr_i;
    end
  end
  assign err_o      = err_q;
  assign err_resp_o = err_resp_q;
  assign err_addr_o = err_addr_q;
endmodule
/* verilator lint_on PINCONNECTEMPTY */
