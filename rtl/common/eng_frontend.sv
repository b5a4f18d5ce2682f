// The front-end of an engine: ring, waits, signals, errors. One descriptor runs, the next is fetched.
// Upstream: eng_regs. Downstream: the core (start, done), axi_rd_mux and axi_wr_mux (its own words).

/// Runs the ring as docs/blocks/engine.md says. Cycles between a core's done and the next descriptor's
/// start, if that is fetched and its wait is satisfied: 1 without signal and completion; else 4 and the
/// latency of a write, one more if both are written.
module eng_frontend #(
  parameter int unsigned DataWidth = 128
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  // registers
  input  logic                 enable_i,
  output logic                 enable_clr_o,
  input  logic                 soft_reset_i,       ///< pulse
  output logic                 soft_reset_busy_o,
  input  logic                 abort_i,            ///< pulse
  output logic                 abort_busy_o,
  output logic                 clear_regs_o,       ///< pulse: a soft reset has drained the bus
  output logic                 busy_o,             ///< STATUS.BUSY
  output logic                 waiting_o,
  output logic                 halted_o,
  output logic                 draining_o,
  output logic                 irq_done_o,         ///< pulse
  output logic                 irq_error_o,        ///< pulse
  output logic                 irq_aborted_o,      ///< pulse
  output logic [7:0]           error_code_o,
  output logic [1:0]           error_resp_o,
  output logic [39:0]          error_addr_o,
  input  logic [63:0]          ring_base_i,
  input  logic [31:0]          ring_size_i,
  input  logic [31:0]          tail_i,
  output logic [15:0]          head_o,
  output logic                 retire_o,           ///< pulse: a descriptor completed
  output logic [63:0]          work_o,             ///< its work
  // core
  output logic                 start_o,
  output logic [1023:0]        desc_o,
  output logic                 clear_o,
  input  logic                 done_i,
  input  logic [1:0]           illegal_i,
  input  logic [63:0]          work_i,
  // own reads
  output logic                 ar_valid_o,
  input  logic                 ar_ready_i,
  output logic                 ar_poll_o,
  output logic [39:0]          ar_addr_o,
  input  logic                 r_valid_i,
  input  logic                 r_poll_i,
  input  logic [DataWidth-1:0] r_data_i,
  input  logic [1:0]           r_resp_i,
  input  logic                 r_last_i,
  // own writes
  output logic                 w_valid_o,
  input  logic                 w_ready_i,
  output logic                 w_wide_o,
  output logic [39:0]          w_addr_o,
  output logic [63:0]          w_data_o,
  input  logic                 b_valid_i,
  input  logic [1:0]           b_resp_i,
  input  logic [39:0]          b_addr_i,
  // the core's bus traffic
  output logic                 flush_o,            ///< level: drain
  input  logic                 rd_idle_i,
  input  logic                 wr_idle_i,
  input  logic                 rd_err_i,
  input  logic [1:0]           rd_err_resp_i,
  input  logic [39:0]          rd_err_addr_i,
  input  logic                 wr_err_i,
  input  logic [1:0]           wr_err_resp_i,
  input  logic [39:0]          wr_err_addr_i
);
  localparam int unsigned LB        = $clog2(DataWidth / 8);
  localparam int unsigned UnitBeats = 512 / DataWidth;
  localparam int unsigned DescBeats = 2 * UnitBeats;
  localparam int unsigned BeatW     = $clog2(DescBeats);
  localparam logic [3:0]  PollGap   = 4'd8;

  localparam logic [2:0] StIdle = 3'd0, StWait = 3'd1, StStart = 3'd2, StRun = 3'd3,
                         StSignal = 3'd4, StComplete = 3'd5, StAnswer = 3'd6, StDrain = 3'd7;

  logic [2:0]    state_q, state_d;
  logic [1023:0] desc_q;             // the running descriptor
  logic [15:0]   head_q, mask, head_next;
  logic          halted_q, abort_q, reset_q, stop;

  // ------------------------------------------------------------------ ring
  logic ring_bad_q, drained;
  assign mask      = ring_size_i[15:0] - 16'd1;  // 65536 gives ffff
  assign head_next = (head_q + 16'd2) & mask;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || !enable_i || halted_q) begin
      ring_bad_q <= 1'b0;
    end else begin
      ring_bad_q <= ring_base_i[5:0] != '0 || ring_base_i[63:40] != '0 || ring_size_i < 32'd4 ||
                    ring_size_i > 32'd65536 || (ring_size_i & (ring_size_i - 32'd1)) != '0 ||
                    tail_i >= ring_size_i;
    end
  end

  // ------------------------------------------------------------------ fetch of the next descriptor
  logic [1023:0]    next_q;
  logic             fetching_q, fetch_stale_q, fetched_q, ready_q, fetch_go;
  logic [1:0]       fetch_left_q, fetch_open_q;  // units to request, units in flight
  logic [BeatW-1:0] beat_q;
  logic [15:0]      fetch_q;                     // unit index of the descriptor fetched next
  logic             fetch_err_q, fetch_err_unit_q;
  logic [1:0]       fetch_err_resp_q;
  logic             fetch_valid, fetch_taken, fetch_beat, fetch_unit_done, take, avail;
  logic [15:0]      pending, fetch_unit;

  assign pending     = (tail_i[15:0] - fetch_q) & mask;
  assign avail       = enable_i && !halted_q && !ring_bad_q && pending > 16'd1;
  assign fetch_go    = avail && !fetching_q && !fetched_q && !ready_q && !stop;
  assign fetch_valid = fetching_q && fetch_left_q != '0 && !ring_bad_q;
  assign fetch_unit  = (fetch_left_q == 2'd2) ? fetch_q : (fetch_q + 16'd1) & mask;
  assign fetch_beat  = r_valid_i && !r_poll_i;
  assign fetch_unit_done = fetch_beat && r_last_i;

  always_ff @(posedge clk_i) begin
    if (fetch_beat) begin
      for (int unsigned i = 0; i < DescBeats; i++) begin
        if (beat_q == BeatW'(i)) next_q[i*DataWidth +: DataWidth] <= r_data_i;
      end
    end
    if (!rst_ni) begin
      fetching_q    <= 1'b0;
      fetch_stale_q <= 1'b0;
      fetched_q     <= 1'b0;
      ready_q       <= 1'b0;
      fetch_left_q  <= '0;
      fetch_open_q  <= '0;
      fetch_q       <= '0;
    end else begin
      fetch_open_q <= fetch_open_q + 2'(fetch_taken) - 2'(fetch_unit_done);
      if (fetch_go) begin
        fetching_q    <= 1'b1;
        fetch_stale_q <= 1'b0;
        fetch_left_q  <= 2'd2;
        beat_q        <= '0;
        fetch_err_q   <= 1'b0;
      end
      if (fetch_taken) fetch_left_q <= fetch_left_q - 2'd1;
      if (fetch_beat) begin
        beat_q <= beat_q + 1'b1;
        if (r_resp_i[1] && !fetch_err_q) begin
          fetch_err_q      <= 1'b1;
          fetch_err_unit_q <= 32'(beat_q) >= UnitBeats;
          fetch_err_resp_q <= r_resp_i;
        end
      end
      if (fetching_q && fetch_left_q == '0 && fetch_unit_done && fetch_open_q == 2'd1) begin
        fetching_q <= 1'b0;
        fetched_q  <= !fetch_stale_q && enable_i;
      end
      if (fetched_q) begin
        fetched_q <= 1'b0;
        ready_q   <= 1'b1;
      end
      if (take) begin
        ready_q <= 1'b0;
        fetch_q <= (fetch_q + 16'd2) & mask;
      end
      // A ring that is stopped or set up anew forgets what was fetched.
      if (!enable_i || stop) begin
        fetch_stale_q <= 1'b1;
        fetch_left_q  <= '0;
        if (!fetch_taken && (fetch_open_q == '0 || (fetch_unit_done && fetch_open_q == 2'd1))) begin
          fetching_q <= 1'b0;
        end
        fetched_q     <= 1'b0;
        ready_q       <= 1'b0;
        fetch_q       <= (state_q == StIdle || state_q == StDrain || retire_o) ? head_q : head_next;
        if (retire_o) fetch_q <= head_next;
      end
      if (clear_regs_o) fetch_q <= '0;
    end
  end

  // ------------------------------------------------------------------ header check, once per descriptor
  logic [7:0]  bad_q, bad_d;      // error code of next_q
  logic        next_wait, next_nop;

  assign next_wait = next_q[24];
  assign next_nop  = next_q[15:8] == eng_reg_pkg::ENG_OP_NOP;

  always_comb begin
    bad_d = eng_reg_pkg::ENG_ERR_NONE;
    if (fetched_q) begin
      if (next_q[7:0] != eng_reg_pkg::DESC_VERSION || next_q[23:16] != eng_reg_pkg::DESC_UNITS ||
          next_q[31:28] != '0 || next_q[319:288] != '0) begin
        bad_d = eng_reg_pkg::ENG_ERR_ILLEGAL_DESC;
      end
      if (next_q[24] && (next_q[65:64] != '0 || next_q[127:104] != '0 || next_q[191:160] == '0)) begin
        bad_d = eng_reg_pkg::ENG_ERR_ILLEGAL_DESC;
      end
      if (next_q[25] && (next_q[193:192] != '0 || next_q[255:232] != '0)) begin
        bad_d = eng_reg_pkg::ENG_ERR_ILLEGAL_DESC;
      end
      if (next_q[26] && (next_q[322:320] != '0 || next_q[383:360] != '0)) begin
        bad_d = eng_reg_pkg::ENG_ERR_ILLEGAL_DESC;
      end
      if (next_nop && next_q[1023:384] != '0) bad_d = eng_reg_pkg::ENG_ERR_ILLEGAL_DESC;
      if (fetch_err_q) bad_d = eng_reg_pkg::ENG_ERR_FETCH_BUS;
    end
  end

  always_ff @(posedge clk_i) begin
    if (fetched_q) bad_q <= bad_d;
  end

  // ------------------------------------------------------------------ the running descriptor's header
  logic        has_signal, has_complete, has_irq, is_nop;
  logic [31:0] tag, wait_timeout;
  logic [39:0] wait_addr, signal_addr, completion_addr;

  assign is_nop          = desc_q[15:8] == eng_reg_pkg::ENG_OP_NOP;
  assign has_signal      = desc_q[25];
  assign has_complete    = desc_q[26];
  assign has_irq         = desc_q[27];
  assign tag             = desc_q[63:32];
  assign wait_addr       = desc_q[103:64];
  assign wait_timeout    = desc_q[191:160];
  assign signal_addr     = desc_q[231:192];
  assign completion_addr = desc_q[359:320];

  // ------------------------------------------------------------------ wait
  // The word of the next descriptor is polled as soon as the running one's core is done.
  logic        poll_want, poll_early, poll_open_q, poll_hit_q, poll_miss_q, poll_err_q;
  logic        poll_valid, poll_taken, poll_beat, poll_used;
  logic [1:0]  poll_resp_q;
  logic [3:0]  poll_gap_q;
  logic [39:0] poll_addr;
  logic [31:0] poll_value, poll_word, waited_q;
  /* verilator lint_off UNUSEDSIGNAL */
  logic [31:0] poll_diff;  // only its sign counts
  /* verilator lint_on UNUSEDSIGNAL */
  logic        late;

  assign poll_early = (state_q == StSignal || state_q == StComplete || state_q == StAnswer) &&
                      ready_q && enable_i && next_wait && bad_q == eng_reg_pkg::ENG_ERR_NONE;
  assign poll_want  = (state_q == StWait || poll_early) && !stop;
  assign poll_addr  = poll_early ? next_q[103:64] : wait_addr;
  assign poll_value = poll_early ? next_q[159:128] : desc_q[159:128];
  assign poll_valid = poll_want && !poll_open_q && poll_gap_q == '0 && !poll_hit_q && !poll_err_q &&
                      !late;
  assign poll_beat  = r_valid_i && r_poll_i;
  // The hit lets its descriptor go on: from its wait, or past it when it is taken.
  assign poll_used  = poll_hit_q && (state_q == StWait || take);
  // The first answer always counts, and so does one that is under way when the time is up.
  assign late       = state_q == StWait && waited_q >= wait_timeout && poll_miss_q;

  always_comb begin
    poll_word = '0;
    poll_diff = '0;
    if (poll_beat) begin
      for (int unsigned i = 0; i < DataWidth / 32; i++) begin
        if (poll_addr[LB-1:2] == (LB - 2)'(i)) poll_word = r_data_i[32*i +: 32];
      end
      poll_diff = poll_word - poll_value;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      poll_open_q  <= 1'b0;
      poll_hit_q   <= 1'b0;
      poll_miss_q  <= 1'b0;
      poll_err_q   <= 1'b0;
      poll_gap_q   <= '0;
    end else begin
      if (poll_gap_q != '0) poll_gap_q <= poll_gap_q - 4'd1;
      if (poll_taken) poll_open_q <= 1'b1;
      if (poll_beat) begin
        poll_open_q <= 1'b0;
        poll_resp_q <= r_resp_i;
        poll_hit_q  <= !r_resp_i[1] && !poll_diff[31];
        poll_miss_q <= !r_resp_i[1] && poll_diff[31];
        poll_err_q  <= r_resp_i[1];
        poll_gap_q  <= PollGap;
      end
      // An answer counts for one descriptor. One that nobody wants any more is here before the next
      // descriptor, since reads are answered in order.
      if (!poll_want || poll_used) begin
        poll_hit_q  <= 1'b0;
        poll_miss_q <= 1'b0;
        poll_err_q  <= 1'b0;
        poll_gap_q  <= '0;
      end
    end
  end

  // ------------------------------------------------------------------ own reads
  assign ar_poll_o   = poll_valid;
  assign ar_valid_o  = poll_valid || fetch_valid;
  assign ar_addr_o   = poll_valid ? poll_addr : ring_base_i[39:0] + {18'h0, fetch_unit, 6'h0};
  assign poll_taken  = poll_valid && ar_ready_i;
  assign fetch_taken = fetch_valid && !poll_valid && ar_ready_i;

  // ------------------------------------------------------------------ own writes
  logic [1:0]  answers_q;      // signal and completion words not answered
  logic        sync_err_q;
  logic [1:0]  sync_resp_q;
  logic [39:0] sync_addr_q;
  logic        w_taken;

  assign w_valid_o = (state_q == StSignal || state_q == StComplete) && !stop;
  assign w_wide_o  = state_q == StComplete;
  assign w_addr_o  = (state_q == StComplete) ? completion_addr : signal_addr;
  assign w_data_o  = (state_q == StComplete) ? {32'd1, tag} : {32'd0, desc_q[287:256]};
  assign w_taken   = w_valid_o && w_ready_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      answers_q  <= '0;
      sync_err_q <= 1'b0;
    end else begin
      answers_q <= answers_q + 2'(w_taken) - 2'(b_valid_i);
      if (b_valid_i && b_resp_i[1] && !sync_err_q) begin
        sync_err_q  <= 1'b1;
        sync_resp_q <= b_resp_i;
        sync_addr_q <= b_addr_i;
      end
      if (state_q == StDrain) sync_err_q <= 1'b0;
    end
  end

  // ------------------------------------------------------------------ main
  logic        running, fail, ended, take_nop, take_wait, err_pending_q, drain_first_q;
  logic [7:0]  fail_code, error_code_q, pending_code_q;
  logic [1:0]  fail_resp, error_resp_q, pending_resp_q;
  logic [39:0] fail_addr, error_addr_q, pending_addr_q, head_addr;
  logic [63:0] work_q;

  assign head_addr = ring_base_i[39:0] + {18'h0, head_q, 6'h0};
  assign stop      = abort_q || reset_q || state_q == StDrain;
  assign drained   = rd_idle_i && wr_idle_i && fetch_open_q == '0 && !fetching_q && !poll_open_q &&
                     answers_q == '0 && !drain_first_q;
  assign ended     = state_q == StIdle || retire_o;
  assign take      = ended && ready_q && enable_i && !halted_q && !stop && !ring_bad_q;
  assign take_wait = next_wait && !poll_hit_q;
  assign take_nop  = next_nop;

  // A core may be done in the cycle of its start.
  assign running  = state_q == StStart || state_q == StRun;
  assign retire_o = !stop && ((running && done_i && illegal_i == '0 && !rd_err_i && !wr_err_i &&
                               !has_signal && !has_complete) ||
                              (state_q == StAnswer && answers_q == '0 && !sync_err_q));

  always_comb begin
    state_d   = state_q;
    fail      = 1'b0;
    fail_code = eng_reg_pkg::ENG_ERR_NONE;
    fail_resp = '0;
    fail_addr = head_addr;
    unique case (state_q)
      StIdle: ;
      StWait: begin
        if (poll_err_q) begin
          fail      = 1'b1;
          fail_code = eng_reg_pkg::ENG_ERR_SYNC_BUS;
          fail_resp = poll_resp_q;
          fail_addr = wait_addr;
        end else if (poll_hit_q) begin
          state_d = !is_nop ? StStart : has_signal ? StSignal : has_complete ? StComplete : StAnswer;
        end else if (late && !poll_open_q) begin
          fail      = 1'b1;
          fail_code = eng_reg_pkg::ENG_ERR_WAIT_TIMEOUT;
          fail_addr = wait_addr;
        end
      end
      StStart, StRun: begin
        state_d = StRun;
        if (rd_err_i) begin
          fail      = 1'b1;
          fail_code = eng_reg_pkg::ENG_ERR_READ_BUS;
          fail_resp = rd_err_resp_i;
          fail_addr = rd_err_addr_i;
        end else if (wr_err_i) begin
          fail      = 1'b1;
          fail_code = eng_reg_pkg::ENG_ERR_WRITE_BUS;
          fail_resp = wr_err_resp_i;
          fail_addr = wr_err_addr_i;
        end else if (done_i) begin
          if (illegal_i != '0) begin
            fail      = 1'b1;
            fail_code = illegal_i[0] ? eng_reg_pkg::ENG_ERR_ILLEGAL_DESC
                                     : eng_reg_pkg::ENG_ERR_ILLEGAL_SIZE;
          end else if (has_signal) begin
            state_d = StSignal;
          end else if (has_complete) begin
            state_d = StComplete;
          end
        end
      end
      StSignal:   if (w_taken) state_d = has_complete ? StComplete : StAnswer;
      StComplete: if (w_taken) state_d = StAnswer;
      StAnswer: begin
        if (sync_err_q) begin
          fail      = 1'b1;
          fail_code = eng_reg_pkg::ENG_ERR_SYNC_BUS;
          fail_resp = sync_resp_q;
          fail_addr = sync_addr_q;
        end
      end
      StDrain: if (drained) state_d = StIdle;
    endcase

    if (retire_o) state_d = StIdle;
    if (take) begin
      if (bad_q != eng_reg_pkg::ENG_ERR_NONE) begin
        fail      = 1'b1;
        fail_code = bad_q;
        fail_addr = ring_base_i[39:0] + {18'h0, fetch_q, 6'h0};
        if (bad_q == eng_reg_pkg::ENG_ERR_FETCH_BUS) begin
          fail_resp = fetch_err_resp_q;
          if (fetch_err_unit_q) begin
            fail_addr = ring_base_i[39:0] + {18'h0, (fetch_q + 16'd1) & mask, 6'h0};
          end
        end
      end else if (take_wait) begin
        state_d = StWait;
      end else if (!take_nop) begin
        state_d = StStart;
      end else begin
        state_d = next_q[25] ? StSignal : next_q[26] ? StComplete : StAnswer;
      end
    end
    if (ring_bad_q && !halted_q && !fail) begin
      fail      = 1'b1;
      fail_code = eng_reg_pkg::ENG_ERR_ILLEGAL_RING;
      fail_addr = ring_base_i[39:0];
    end
    // An abort or a reset goes before an error of the same cycle; while draining errors are ignored.
    if (stop) fail = 1'b0;
    if ((fail || stop) && state_q != StDrain) state_d = StDrain;
  end

  always_ff @(posedge clk_i) begin
    if (take) desc_q <= next_q;
    if (take) work_q <= '0;
    else if (done_i) work_q <= work_i;
    if (state_q != StWait) waited_q <= 32'd1;
    else if (waited_q != '1) waited_q <= waited_q + 32'd1;
    if (fail) begin
      pending_code_q <= fail_code;
      pending_resp_q <= fail_resp;
      pending_addr_q <= fail_addr;
    end
    if (!rst_ni) begin
      state_q       <= StIdle;
      head_q        <= '0;
      halted_q      <= 1'b0;
      abort_q       <= 1'b0;
      reset_q       <= 1'b0;
      err_pending_q <= 1'b0;
      drain_first_q <= 1'b0;
      error_code_q  <= '0;
      error_resp_q  <= '0;
      error_addr_q  <= '0;
    end else begin
      state_q       <= state_d;
      drain_first_q <= state_d == StDrain && state_q != StDrain;
      if (retire_o) head_q <= head_next;
      if (fail) err_pending_q <= 1'b1;
      if (abort_i) abort_q <= 1'b1;
      if (soft_reset_i) reset_q <= 1'b1;
      if (irq_error_o) begin
        halted_q     <= 1'b1;
        error_code_q <= pending_code_q;
        error_resp_q <= pending_resp_q;
        error_addr_q <= pending_addr_q;
      end
      if (irq_aborted_o) abort_q <= abort_i;
      if (state_q == StDrain && drained) err_pending_q <= 1'b0;
      if (clear_regs_o) begin
        reset_q      <= soft_reset_i;
        abort_q      <= 1'b0;
        halted_q     <= 1'b0;
        head_q       <= '0;
        error_code_q <= '0;
        error_resp_q <= '0;
        error_addr_q <= '0;
      end
    end
  end

  assign irq_done_o    = retire_o && has_irq;
  assign irq_error_o   = state_q == StDrain && drained && err_pending_q && !reset_q;
  assign irq_aborted_o = state_q == StDrain && drained && abort_q && !reset_q;
  assign clear_regs_o  = state_q == StDrain && drained && reset_q;
  assign enable_clr_o  = irq_aborted_o;

  assign start_o           = state_q == StStart;
  assign desc_o            = desc_q;
  assign clear_o           = drain_first_q;
  assign flush_o           = state_q == StDrain;
  assign work_o            = running ? work_i : work_q;
  assign head_o            = head_q;
  assign soft_reset_busy_o = reset_q;
  assign abort_busy_o      = abort_q;
  assign waiting_o         = state_q == StWait;
  assign halted_o          = halted_q;
  assign draining_o        = state_q == StDrain;
  assign error_code_o      = error_code_q;
  assign error_resp_o      = error_resp_q;
  assign error_addr_o      = error_addr_q;
  assign busy_o            = state_q != StIdle || abort_q || reset_q || fetching_q || fetched_q ||
                             ready_q || fetch_go || poll_open_q || (ring_bad_q && !halted_q);
endmodule
