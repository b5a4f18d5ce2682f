// The VPU's core: row buffers, lanes, reduction, and the sequence of passes over each row.
//
//   rdat -> vpu_load -> x, y buffers -> vpu_lanes -+-> x, y buffers (between passes)
//                                                  +-> vpu_reduce -> vpu_scalar -> next pass
//                                                  +-> vpu_store -> wdat

/// One descriptor at a time between start_i and done_o; see docs/blocks/engine.md for the ports and
/// docs/blocks/vpu.md for the schedule. The time depends on the shape only, not on the values.
module vpu_core #(
  parameter int unsigned Lanes     = 8,      ///< float32 lanes: a power of two, 2 to 32
  parameter int unsigned DataWidth = 128,    ///< AXI data bits: 64, 128, 256 or 512
  parameter int unsigned MaxCols   = 16384   ///< longest row: a power of two, 8*Lanes to 32768
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 start_i,
  input  logic [1023:0]        desc_i,
  input  logic                 clear_i,
  output logic                 done_o,
  output logic [1:0]           illegal_o,
  output logic [63:0]          work_o,
  output logic                 read_stall_o,
  output logic                 write_stall_o,
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
  output logic                 wreq_valid_o,
  input  logic                 wreq_ready_i,
  output logic [39:0]          wreq_addr_o,
  output logic [31:0]          wreq_bytes_o,
  output logic                 wdat_valid_o,
  input  logic                 wdat_ready_i,
  output logic [DataWidth-1:0] wdat_data_o,
  input  logic                 wr_idle_i
);
  localparam int unsigned Words = MaxCols / Lanes;
  localparam int unsigned AddrW = $clog2(Words);
  localparam int unsigned LaneLog = $clog2(Lanes);

  // ---- the descriptor; reserved and header fields are checked elsewhere
  logic [7:0]  opcode, act;
  logic [19:0] rows;
  logic [15:0] cols, valid;
  logic [31:0] period, alpha, beta;
  logic        quantise, mul_y, causal, softmax, norms, layernorm, rotary, dequantise, uses_y;
  assign opcode   = desc_i[8*'h01 +: 8];
  assign rows     = desc_i[8*'h30 +: 20];
  assign cols     = desc_i[8*'h34 +: 16];
  assign quantise = desc_i[8*'h38];
  assign mul_y    = desc_i[8*'h38 + 1];
  assign causal   = desc_i[8*'h38 + 2];
  assign act      = desc_i[8*'h3a +: 8];
  assign period   = desc_i[8*'h3c +: 32];
  assign alpha    = desc_i[8*'h6c +: 32];
  assign beta     = desc_i[8*'h70 +: 32];
  assign valid    = desc_i[8*'h74 +: 16];
  always_comb begin
    softmax    = opcode == 8'(vpu_reg_pkg::VPU_OP_SOFTMAX);
    layernorm  = opcode == 8'(vpu_reg_pkg::VPU_OP_LAYERNORM);
    norms      = layernorm || (opcode == 8'(vpu_reg_pkg::VPU_OP_RMSNORM));
    rotary     = opcode == 8'(vpu_reg_pkg::VPU_OP_ROTARY);
    dequantise = opcode == 8'(vpu_reg_pkg::VPU_OP_DEQUANTIZE);
    uses_y     = norms || rotary || mul_y || (opcode == 8'(vpu_reg_pkg::VPU_OP_ADD)) ||
                 (opcode == 8'(vpu_reg_pkg::VPU_OP_MUL)) ||
                 (opcode == 8'(vpu_reg_pkg::VPU_OP_SWIGLU));
  end

  // ---- states
  typedef enum logic [2:0] {Idle, Check, Count, Pass, Drain, Scalar, Finish} state_e;
  state_e      state_q;
  logic        load_start, counting_q;
  logic [2:0]  pass_q;
  logic [19:0] row_q;
  logic        half_q, double_q;
  logic [15:0] rmod_q;               // row mod period (CAUSAL), below cols
  logic [AddrW:0] word_q;            // next word to issue
  logic [31:0] rn_q;

  logic        check_done;
  logic [1:0]  check_illegal;
  vpu_check #(.MaxCols(MaxCols)) u_check (
    .clk_i, .rst_ni, .clear_i, .start_i, .desc_i, .done_o(check_done), .illegal_o(check_illegal)
  );

  assign load_start = (state_q == Check) && check_done && (check_illegal == 2'd0);

  // ---- the pass
  logic [vpu_pkg::LaneCfgW-1:0] cfg;
  logic [1:0] red;
  logic [2:0] scalar_op;
  logic       p_alpha, p_negmax, p_valid, p_y, p_y2, p_store_x, p_store_y, p_int8, p_last;
  vpu_passes u_passes (
    .opcode_i(opcode), .act_i(act), .quantise_i(quantise), .mul_y_i(mul_y), .pass_i(pass_q),
    .cfg_o(cfg), .red_o(red), .scalar_o(scalar_op), .alpha_o(p_alpha),
    .negmax_o(p_negmax), .valid_o(p_valid),
    .uses_y_o(p_y), .second_y_o(p_y2), .store_x_o(p_store_x), .store_y_o(p_store_y),
    .int8_o(p_int8), .last_o(p_last)
  );

  logic [15:0]    len, tail;               // elements that count in the row; minus one
  logic [AddrW:0] row_words, len_words, pass_words;
  always_comb begin
    len        = softmax ? valid + rmod_q : cols;
    tail       = len - 16'd1;
    len_words  = (AddrW+1)'(tail >> LaneLog) + 1'b1;
    row_words  = (AddrW+1)'((cols - 16'd1) >> LaneLog) + 1'b1;
    pass_words = p_valid ? len_words : row_words;
  end

  // ---- loading
  logic [2*AddrW+1:0]  x_count, y_count;
  logic [63:0]         scales;
  logic                row_release, ld_x_we, ld_y_we, st_x_we, st_y_we;
  logic [AddrW-1:0]    ld_addr;
  logic [Lanes*32-1:0] ld_data;
  vpu_load #(.Lanes(Lanes), .DataWidth(DataWidth), .AddrW(AddrW)) u_load (
    .clk_i, .rst_ni, .clear_i,
    .start_i    (load_start),
    .rows_i     (rows),
    .cols_i     (cols),
    .y_cols_i   (rotary ? period[15:0] : cols),
    .int8_i     (dequantise),
    .uses_y_i   (uses_y),
    .y_late_i   (norms || softmax),
    .y_twice_i  (layernorm),
    .double_i   (double_q),
    .x_addr_i   (desc_i[8*'h40 +: 40]),
    .y_addr_i   (desc_i[8*'h48 +: 40]),
    .s_addr_i   (desc_i[8*'h58 +: 40]),
    .x_stride_i (desc_i[8*'h60 +: 32]),
    .y_stride_i (desc_i[8*'h64 +: 32]),
    .release_i  (row_release),
    .x_count_o  (x_count),
    .y_count_o  (y_count),
    .scale_o    (scales),
    .rreq_valid_o, .rreq_ready_i, .rreq_addr_o, .rreq_bytes_o, .rreq_tag_o,
    .rdat_valid_i, .rdat_ready_o, .rdat_data_i, .rdat_last_i, .rdat_tag_i,
    .x_blocked_i(st_x_we),
    .y_blocked_i(st_y_we),
    .x_we_o     (ld_x_we),
    .y_we_o     (ld_y_we),
    .addr_o     (ld_addr),
    .data_o     (ld_data)
  );

  // ---- row buffers
  logic                issue, half_y;
  logic [AddrW-1:0]    x_raddr, y_raddr, st_addr;
  logic [Lanes*32-1:0] x_rdata, y_rdata, st_data;
  always_comb begin
    half_y  = half_q && (desc_i[8*'h64 +: 32] != '0);
    x_raddr = word_q[AddrW-1:0] | {half_q, {(AddrW-1){1'b0}}};
    y_raddr = (word_q[AddrW-1:0] + (p_y2 ? row_words[AddrW-1:0] : '0)) |
              {half_y, {(AddrW-1){1'b0}}};
  end
  sram_1r1w #(.Width(Lanes * 32), .Depth(Words)) u_x (
    .clk_i,
    .we_i   (ld_x_we || st_x_we),
    .waddr_i(st_x_we ? st_addr : ld_addr),
    .wdata_i(st_x_we ? st_data : ld_data),
    .wstrb_i('1),
    .re_i   (issue),
    .raddr_i(x_raddr),
    .rdata_o(x_rdata)
  );
  sram_1r1w #(.Width(Lanes * 32), .Depth(Words)) u_y (
    .clk_i,
    .we_i   (ld_y_we || st_y_we),
    .waddr_i(st_y_we ? st_addr : ld_addr),
    .wdata_i(st_y_we ? st_data : ld_data),
    .wstrb_i('1),
    .re_i   (issue),
    .raddr_i(y_raddr),
    .rdata_o(y_rdata)
  );

  // ---- issue
  logic [5:0]     credit_q;                 // entries that the store can still take
  logic           have_x, have_y, have_credit, pace, issue_last, store_pop, scale_entry;
  logic [AddrW:0] x_have, y_have;
  logic           in_v_q, slow_q;
  logic [31:0]    s0_q, scalar_out, scale_out, red_max;
  always_comb begin
    x_have = half_q ? x_count[2*AddrW+1:AddrW+1] : x_count[AddrW:0];
    y_have = half_y ? y_count[2*AddrW+1:AddrW+1] : y_count[AddrW:0];
    have_x = x_have > word_q;
    have_y = !p_y || (y_have > word_q + (p_y2 ? row_words : '0));
    have_credit = !p_last || (credit_q > 6'd1);  // one is kept for a scale
    pace = (Lanes != 32) || !slow_q || (red != vpu_pkg::RedSum);
    issue = (state_q == Pass) && have_x && have_y && have_credit && pace;
    issue_last = issue && (word_q + 1'b1 == pass_words);
    row_release = issue_last && p_last;
    read_stall_o = (state_q == Pass) && !(have_x && have_y);
    write_stall_o = ((state_q == Pass) && have_x && have_y && !have_credit) || (state_q == Finish);
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      in_v_q <= 1'b0;
      slow_q <= 1'b0;
      credit_q <= 6'd32;
    end else begin
      in_v_q <= issue;
      slow_q <= issue;
      credit_q <= credit_q + {5'd0, store_pop} - {5'd0, issue && p_last} - {5'd0, scale_entry};
    end
    if (issue) begin
      s0_q <= p_alpha ? alpha : p_negmax ? fp32_pkg::negate(red_max) :
              !dequantise ? scalar_out : half_q ? scales[63:32] : scales[31:0];
    end
  end

  // ---- lanes
  logic                out_v;
  logic [Lanes*32-1:0] out_data;
  vpu_lanes #(.Lanes(Lanes)) u_lanes (
    .clk_i, .rst_ni, .clear_i,
    .cfg_i   (cfg),
    .rotary_i(rotary && !p_int8),
    .s0_i    (s0_q),
    .s1_i    (beta),
    .in_v_i  (in_v_q),
    .x_i     (x_rdata),
    .y_i     (y_rdata),
    .out_v_o (out_v),
    .out_o   (out_data)
  );

  // results: masked, converted, one register
  logic                res_v_q, res_last_q;
  logic [AddrW:0]      out_word_q;
  logic [AddrW-1:0]    res_word_q;
  logic [Lanes-1:0]    mask_d, res_mask_q;
  logic [Lanes*32-1:0] masked_d, res_q;
  logic                out_last;
  always_comb begin
    out_last = out_word_q + 1'b1 == pass_words;
    mask_d   = '0;
    masked_d = '0;
    if (out_v) begin
      for (int unsigned l = 0; l < Lanes; l++) begin
        mask_d[l] = (out_word_q + 1'b1 < len_words) ||
                    ((out_word_q + 1'b1 == len_words) && (l <= 32'(tail[LaneLog-1:0])));
      end
      if (p_int8) begin
        for (int unsigned l = 0; l < Lanes; l++) begin
          masked_d[8*l +: 8] = mask_d[l] ? fp32_pkg::to_i8(out_data[32*l +: 32]) : 8'd0;
        end
      end else begin
        for (int unsigned l = 0; l < Lanes; l++) begin
          masked_d[32*l +: 32] = mask_d[l] ? out_data[32*l +: 32] : 32'd0;
        end
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      res_v_q    <= 1'b0;
      out_word_q <= '0;
    end else begin
      res_v_q <= out_v;
      if (out_v) begin
        out_word_q <= out_last ? '0 : out_word_q + 1'b1;
        res_word_q <= out_word_q[AddrW-1:0];
        res_last_q <= out_last;
        res_mask_q <= mask_d;
        res_q      <= masked_d;
      end
    end
  end
  assign st_x_we = res_v_q && p_store_x;
  assign st_y_we = res_v_q && p_store_y;
  assign st_addr = res_word_q | {p_store_y ? half_y : half_q, {(AddrW-1){1'b0}}};
  assign st_data = res_q;

  // ---- reduction and scalar steps
  logic        red_done, red_init, scalar_start, count_start_q, scalar_done;
  logic [31:0] red_result;
  always_ff @(posedge clk_i) count_start_q <= load_start && norms && rst_ni && !clear_i;
  assign scalar_start = count_start_q || ((state_q == Drain) && red_done &&
                                          (scalar_op != vpu_pkg::ScNone));
  assign red_init = issue && (word_q == '0);
  vpu_reduce #(.Lanes(Lanes)) u_reduce (
    .clk_i, .rst_ni, .clear_i,
    .op_i    (red),
    .init_i  (red_init && (red != vpu_pkg::RedNone)),
    .v_i     (res_v_q && (red != vpu_pkg::RedNone)),
    .last_i  (res_last_q),
    .x_i     (res_q),
    .mask_i  (res_mask_q),
    .done_o  (red_done),
    .result_o(red_result),
    .max_o   (red_max)
  );
  vpu_scalar u_scalar (
    .clk_i, .rst_ni, .clear_i,
    .start_i (scalar_start),
    .op_i    (counting_q ? vpu_pkg::ScRecip : scalar_op),
    .a_i     (counting_q ? fp32_pkg::from_i32({16'd0, cols}) : red_result),
    .rn_i    (rn_q),
    .eps_i   (beta),
    .done_o  (scalar_done),
    .result_o(scalar_out),
    .scale_o (scale_out)
  );

  // ---- results to memory
  logic store_idle, quant_ready;
  assign quant_ready = (state_q == Scalar) && scalar_done && (scalar_op == vpu_pkg::ScQuant);
  assign scale_entry = quant_ready;
  vpu_store #(.Lanes(Lanes), .DataWidth(DataWidth)) u_store (
    .clk_i, .rst_ni, .clear_i,
    .start_i   (load_start),
    .cols_i    (cols),
    .int8_i    (quantise),
    .d_addr_i  (desc_i[8*'h50 +: 40]),
    .s_addr_i  (desc_i[8*'h58 +: 40]),
    .d_stride_i(desc_i[8*'h68 +: 32]),
    .row_i     (quantise ? quant_ready : issue && p_last && (word_q == '0)),
    .v_i       (quant_ready || (res_v_q && p_last)),
    .scale_i   (quant_ready),
    .last_i    (!quant_ready && res_last_q),
    .data_i    (quant_ready ? {{((Lanes-1)*32){1'b0}}, scale_out} : res_q),
    .pop_o     (store_pop),
    .idle_o    (store_idle),
    .wreq_valid_o, .wreq_ready_i, .wreq_addr_o, .wreq_bytes_o,
    .wdat_valid_o, .wdat_ready_i, .wdat_data_o
  );

  // ---- sequence
  logic drained, row_end, one_pass;
  assign drained  = res_v_q && res_last_q;
  assign one_pass = p_last && (pass_q == '0);   // rows may follow each other without a gap
  assign row_end  = (state_q == Drain) ? drained && p_last : issue_last && one_pass;
  always_ff @(posedge clk_i) begin
    done_o <= 1'b0;
    if (!rst_ni || clear_i) begin
      state_q    <= Idle;
      counting_q <= 1'b0;
    end else begin
      unique case (state_q)
        Idle: begin
          if (start_i) state_q <= Check;
          pass_q   <= '0;
          row_q    <= '0;
          half_q   <= 1'b0;
          rmod_q   <= '0;
          word_q   <= '0;
          double_q <= {15'd0, cols} * (layernorm ? 31'd4 : 31'd2) <= 31'(MaxCols);
        end
        Check: begin
          if (check_done) begin
            illegal_o <= check_illegal;
            if (check_illegal != 2'd0) begin
              state_q <= Idle;
              done_o  <= 1'b1;
            end else begin
              counting_q <= norms;
              state_q    <= norms ? Count : Pass;
            end
          end
        end
        Count: begin
          if (scalar_done) begin
            rn_q       <= scalar_out;
            counting_q <= 1'b0;
            state_q    <= Pass;
          end
        end
        Pass: begin
          if (issue) word_q <= word_q + 1'b1;
          if (issue_last) begin
            word_q <= '0;
            if (!one_pass || (row_q + 20'd1 == rows)) state_q <= Drain;
          end
        end
        Drain: begin
          if (drained && (red == vpu_pkg::RedNone)) begin
            state_q <= Pass;
            pass_q  <= p_last ? '0 : pass_q + 3'd1;
          end
          if (red_done) begin
            state_q <= (scalar_op == vpu_pkg::ScNone) ? Pass : Scalar;
            if (scalar_op == vpu_pkg::ScNone) pass_q <= pass_q + 3'd1;
          end
        end
        Scalar: begin
          if (scalar_done) begin
            state_q <= Pass;
            pass_q  <= pass_q + 3'd1;
          end
        end
        default: begin  // Finish
          if (store_idle && (credit_q == 6'd32) && wr_idle_i) begin
            state_q <= Idle;
            done_o  <= 1'b1;
          end
        end
      endcase
      if (row_end && !((state_q == Pass) && (row_q + 20'd1 == rows))) begin
        row_q  <= row_q + 20'd1;
        half_q <= ~half_q & double_q;
        if (causal) rmod_q <= (32'(rmod_q) + 32'd1 == period) ? '0 : rmod_q + 16'd1;
        if (row_q + 20'd1 == rows) state_q <= Finish;
      end
    end
  end

  // rows times columns
  always_ff @(posedge clk_i) begin
    if (load_start) work_o <= {44'd0, rows} * {48'd0, cols};
    else if (state_q == Check) work_o <= '0;
  end
endmodule
