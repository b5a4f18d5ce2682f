// Reads segments of memory for a core: any address, any length, delivered lane 0 first.
// Upstream: a core's rreq/rdat. Downstream: axi_rd_mux.

// Some outputs of the queues are not needed.
/* verilator lint_off PINCONNECTEMPTY */
/// Cuts a segment into bursts (burst limit, 4 KiB) and shifts the beats so that a segment's first byte
/// is in lane 0. Bursts of several segments are in flight at once. One beat per cycle; a misaligned
/// segment costs its extra bus beat, and one cycle more only if the next segment's first beat could
/// have been delivered at once (aligned or single-beat).
///
///   bus beats   | . . a b | c d e f | g . . . |      o = 2, seven bytes
///   delivered   | a b c d | e f g 0 |
///
/// A beat with an error response is not delivered: err_o stays until flush_i.
module axi_reader #(
  parameter int unsigned DataWidth = 128,
  parameter int unsigned MaxReads  = 32   ///< bursts in flight at most, 1 to 32
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 flush_i,            ///< level: forget requests, take and drop data
  output logic                 idle_o,             ///< no burst is in flight
  input  logic [5:0]           max_reads_i,        ///< bursts in flight, 1 to MaxReads
  input  logic [8:0]           max_burst_beats_i,  ///< 1 to 256
  // requests: up to four are queued
  input  logic                 rreq_valid_i,
  output logic                 rreq_ready_o,
  input  logic [39:0]          rreq_addr_i,
  input  logic [31:0]          rreq_bytes_i,
  input  logic [3:0]           rreq_tag_i,
  // data
  output logic                 rdat_valid_o,
  input  logic                 rdat_ready_i,
  output logic [DataWidth-1:0] rdat_data_o,
  output logic                 rdat_last_o,
  output logic [3:0]           rdat_tag_o,
  // bursts, to the multiplexer
  output logic                 ar_valid_o,
  input  logic                 ar_ready_i,
  output logic [39:0]          ar_addr_o,
  output logic [7:0]           ar_len_o,
  // beats, from the multiplexer
  input  logic                 r_valid_i,
  output logic                 r_ready_o,
  input  logic [DataWidth-1:0] r_data_i,
  input  logic [1:0]           r_resp_i,
  input  logic                 r_last_i,
  // the first error
  output logic                 err_o,
  output logic [1:0]           err_resp_o,
  output logic [39:0]          err_addr_o  ///< start of the failing burst
);
  localparam int unsigned Bytes = DataWidth / 8;
  localparam int unsigned LB    = $clog2(Bytes);
  localparam int unsigned BeatW = 33 - LB;        // beats of a segment
  localparam int unsigned PageW = 10;             // beats of 4 KiB
  localparam int unsigned InfoW = 40 + 2 + 2 * LB + 4;

  // Requests
  logic        req_valid, req_pop;
  logic [39:0] req_addr;
  logic [31:0] req_bytes;
  logic [3:0]  req_tag;

  stream_fifo #(.Width(76), .Depth(4)) u_req_fifo (
    .clk_i, .rst_ni, .clear_i(flush_i),
    .valid_i(rreq_valid_i), .ready_o(rreq_ready_o),
    .data_i({rreq_addr_i, rreq_bytes_i, rreq_tag_i}),
    .valid_o(req_valid), .ready_i(req_pop), .data_o({req_addr, req_bytes, req_tag}), .count_o()
  );

  // Bursts
  logic              mid_q;       // the head request has been begun
  logic [39:LB]      next_q;      // its next burst
  logic [BeatW-1:0]  left_q;      // its beats not yet requested
  logic [5:0]        inflight_q;
  logic [39:LB]      cur;
  logic [BeatW-1:0]  cur_left;
  logic [PageW-1:0]  page_left;
  logic [8:0]        beats;
  logic              seg_last, issue;
  logic [32:0]       span;
  logic [LB-1:0]     end_lane;

  logic              info_ready;
  always_comb begin
    cur       = '0;
    cur_left  = '0;
    page_left = '0;
    beats     = '0;
    seg_last  = 1'b0;
    span      = '0;
    end_lane  = '0;
    if (req_valid) begin
      span      = {1'b0, req_bytes} + 33'(req_addr[LB-1:0]) + 33'(Bytes - 1);
      end_lane  = span[LB-1:0];
      cur       = mid_q ? next_q : req_addr[39:LB];
      cur_left  = mid_q ? left_q : span[32:LB];
      page_left = PageW'(4096 / Bytes) - PageW'(cur[11:LB]);
      beats     = max_burst_beats_i;
      if (PageW'(beats) > page_left) beats = 9'(page_left);
      if (BeatW'(beats) > cur_left) beats = 9'(cur_left);
      seg_last = cur_left == BeatW'(beats);
    end
  end

  assign ar_valid_o = req_valid && info_ready && inflight_q < max_reads_i && !flush_i;
  assign ar_addr_o  = {cur, {LB{1'b0}}};
  assign ar_len_o   = 8'(beats - 9'd1);
  assign issue      = ar_valid_o && ar_ready_i;
  assign req_pop    = issue && seg_last;
  assign idle_o     = inflight_q == '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      mid_q <= 1'b0;
    end else if (issue) begin
      mid_q  <= !seg_last;
      next_q <= cur + (40 - LB)'(beats);
      left_q <= cur_left - BeatW'(beats);
    end
    if (!rst_ni) begin
      inflight_q <= '0;
    end else begin
      inflight_q <= inflight_q + 6'(issue) - 6'(r_valid_i && r_ready_o && r_last_i);
    end
  end

  // What is in flight, in order
  logic          b_valid, b_first, b_last, b_pop;
  logic [39:0]   b_addr;
  logic [LB-1:0] b_off, b_end;
  logic [3:0]    b_tag;

  stream_fifo #(.Width(InfoW), .Depth(2 ** ($clog2(MaxReads) + 1))) u_info_fifo (
    .clk_i, .rst_ni, .clear_i(flush_i),
    .valid_i(issue), .ready_o(info_ready),
    .data_i({ar_addr_o, !mid_q, seg_last, req_addr[LB-1:0], end_lane, req_tag}),
    .valid_o(b_valid), .ready_i(b_pop), .data_o({b_addr, b_first, b_last, b_off, b_end, b_tag}),
    .count_o()
  );

  // Beats
  logic                 f_valid, f_last, f_take;
  logic [1:0]           f_resp;
  logic [DataWidth-1:0] f_data;

  stream_fifo #(.Width(DataWidth + 3), .Depth(2)) u_beat_fifo (
    .clk_i, .rst_ni, .clear_i(flush_i),
    .valid_i(r_valid_i), .ready_o(r_ready_o), .data_i({r_resp_i, r_last_i, r_data_i}),
    .valid_o(f_valid), .ready_i(f_take), .data_o({f_resp, f_last, f_data}), .count_o()
  );

  assign err_o      = f_valid && f_resp[1];
  assign err_resp_o = f_resp;
  assign err_addr_o = b_addr;

  // Alignment
  logic                 in_burst_q;         // the head burst's first beat was taken
  logic [DataWidth-1:0] hold_q;             // the previous beat
  logic                 tail_q;             // hold_q has the segment's last bytes
  logic [LB-1:0]        tail_off_q, tail_end_q;
  logic [3:0]           tail_tag_q;
  logic                 in_valid, beat_first, beat_last, silent, leaves_tail;
  logic [LB-1:0]        off, used;

  assign in_valid    = f_valid && b_valid && !err_o;
  assign beat_first  = b_first && !in_burst_q;
  assign beat_last   = b_last && f_last;
  assign silent      = b_off != '0 && beat_first && !beat_last;
  assign leaves_tail = b_off != '0 && beat_last && !beat_first && b_end >= b_off;

  assign rdat_valid_o = tail_q || (in_valid && !silent);
  assign rdat_last_o  = tail_q || (beat_last && !leaves_tail);
  assign rdat_tag_o   = tail_q ? tail_tag_q : b_tag;
  assign f_take       = in_valid && (silent ? (!tail_q || rdat_ready_i) : (!tail_q && rdat_ready_i));
  assign b_pop        = f_take && f_last;
  assign off          = tail_q ? tail_off_q : b_off;
  assign used         = (tail_q ? tail_end_q : b_end) - off;  // lane of the last byte delivered

  always_comb begin
    rdat_data_o = '0;
    if (rdat_valid_o) begin
      if (off == '0) begin
        rdat_data_o = f_data;
      end else if (tail_q) begin
        rdat_data_o = hold_q >> {off, 3'b000};
      end else if (beat_first) begin
        rdat_data_o = f_data >> {off, 3'b000};
      end else begin
        rdat_data_o = DataWidth'({f_data, hold_q} >> {off, 3'b000});
      end
      if (rdat_last_o && used != '1) begin
        rdat_data_o = rdat_data_o & ({DataWidth{1'b1}} >> {LB'(Bytes - 1) - used, 3'b000});
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (f_take && b_off != '0) hold_q <= f_data;
    if (!rst_ni || flush_i) begin
      in_burst_q <= 1'b0;
      tail_q     <= 1'b0;
    end else begin
      if (f_take) in_burst_q <= !f_last;
      if (f_take && leaves_tail) begin
        tail_q     <= 1'b1;
        tail_off_q <= b_off;
        tail_end_q <= b_end;
        tail_tag_q <= b_tag;
      end else if (rdat_ready_i) begin
        tail_q <= 1'b0;
      end
    end
  end
endmodule
/* verilator lint_on PINCONNECTEMPTY */
