// Which descriptors the VPU accepts: vpu_check() of tlm/vpu/vpu_arith.cpp in hardware.

/// done_o follows start_i by 1 cycle, for ROTARY by 9 (a division, two bits a cycle).
module vpu_check #(
  parameter int unsigned MaxCols = 16384  ///< longest row in elements, below 65536
) (
  input  logic          clk_i,
  input  logic          rst_ni,
  input  logic          clear_i,
  input  logic          start_i,   ///< pulse
  /* verilator lint_off UNUSEDSIGNAL */
  input  logic [1023:0] desc_i,    ///< stable from start_i to done_o
  /* verilator lint_on UNUSEDSIGNAL */
  output logic          done_o,    ///< pulse
  output logic [1:0]    illegal_o  ///< with done_o: 0 fine, 1 ILLEGAL_DESC, 2 ILLEGAL_SIZE
);
  /* verilator lint_off UNUSEDSIGNAL */
  logic [7:0]  opcode, act;
  logic [15:0] flags;
  logic [31:0] rows, cols, period, x_stride, y_stride, d_stride, alpha, beta, valid;
  logic [63:0] x_addr, y_addr, d_addr, s_addr;
  /* verilator lint_on UNUSEDSIGNAL */
  assign opcode   = desc_i[8*'h01 +: 8];
  assign rows     = desc_i[8*'h30 +: 32];
  assign cols     = desc_i[8*'h34 +: 32];
  assign flags    = desc_i[8*'h38 +: 16];
  assign act      = desc_i[8*'h3a +: 8];
  assign period   = desc_i[8*'h3c +: 32];
  assign x_addr   = desc_i[8*'h40 +: 64];
  assign y_addr   = desc_i[8*'h48 +: 64];
  assign d_addr   = desc_i[8*'h50 +: 64];
  assign s_addr   = desc_i[8*'h58 +: 64];
  assign x_stride = desc_i[8*'h60 +: 32];
  assign y_stride = desc_i[8*'h64 +: 32];
  assign d_stride = desc_i[8*'h68 +: 32];
  assign alpha    = desc_i[8*'h6c +: 32];
  assign beta     = desc_i[8*'h70 +: 32];
  assign valid    = desc_i[8*'h74 +: 32];

  logic softmax, norm, rotary, dequantise, quantises, causal, clips, uses_y;
  logic bad_desc, bad_size;
  logic [31:0] limit;
  logic [32:0] last_valid;
  always_comb begin
    softmax    = opcode == 8'(vpu_reg_pkg::VPU_OP_SOFTMAX);
    norm       = (opcode == 8'(vpu_reg_pkg::VPU_OP_RMSNORM)) ||
                 (opcode == 8'(vpu_reg_pkg::VPU_OP_LAYERNORM));
    rotary     = opcode == 8'(vpu_reg_pkg::VPU_OP_ROTARY);
    dequantise = opcode == 8'(vpu_reg_pkg::VPU_OP_DEQUANTIZE);
    quantises  = flags[0];
    causal     = flags[2];
    clips      = (opcode == 8'(vpu_reg_pkg::VPU_OP_ACT)) && (act == 8'(vpu_reg_pkg::VPU_ACT_CLIP));
    uses_y     = norm || rotary || flags[1] || (opcode == 8'(vpu_reg_pkg::VPU_OP_ADD)) ||
                 (opcode == 8'(vpu_reg_pkg::VPU_OP_MUL)) ||
                 (opcode == 8'(vpu_reg_pkg::VPU_OP_SWIGLU));
    bad_desc =
        (opcode < 8'(vpu_reg_pkg::VPU_OP_SOFTMAX)) ||
        (opcode > 8'(vpu_reg_pkg::VPU_OP_DEQUANTIZE)) ||
        (flags[15:3] != '0) || (desc_i[8*'h3b +: 8] != '0) || (desc_i[8*'h78 +: 64] != '0) ||
        (quantises ? dequantise : (opcode == 8'(vpu_reg_pkg::VPU_OP_QUANTIZE))) ||
        ((flags[1] || causal) && !softmax) ||
        (act > ((opcode == 8'(vpu_reg_pkg::VPU_OP_ACT)) ? 8'(vpu_reg_pkg::VPU_ACT_CLIP) : 8'd0)) ||
        ((x_addr[63:40] | y_addr[63:40] | d_addr[63:40] | s_addr[63:40]) != '0) ||
        (!dequantise && ((x_addr[1:0] | x_stride[1:0]) != '0)) ||
        (!quantises && ((d_addr[1:0] | d_stride[1:0]) != '0)) ||
        ((y_addr[1:0] | y_stride[1:0] | s_addr[1:0]) != '0) ||
        (!uses_y && ((y_addr != '0) || (y_stride != '0))) ||
        (!quantises && !dequantise && (s_addr != '0)) ||
        ((period != '0) && !causal && !rotary) ||
        ((valid != '0) && !softmax) ||
        ((alpha != '0) && !softmax && !clips) ||
        ((beta != '0) && !norm && !clips);

    limit = (opcode == 8'(vpu_reg_pkg::VPU_OP_LAYERNORM)) ? MaxCols / 2 : MaxCols;
    last_valid = {1'b0, valid} +
                 (causal ? {1'b0, ((period < rows) ? period : rows) - 32'd1} : 33'd0);
    bad_size =
        (rows == '0) || (rows > 32'd1048575) || (cols == '0) || (cols > limit) ||
        ((rows > 32'd1) && ({2'b0, d_stride} < (quantises ? {2'b0, cols} : {cols, 2'b0}))) ||
        (softmax && ((valid == '0) || (causal && (period == '0)) || (last_valid > {1'b0, cols}))) ||
        (rotary && (cols[0] || period[0] || (period == '0) || (period > cols)));
  end

  // cols mod period
  logic        busy_q;
  logic [2:0]  step_q;
  logic [15:0] num_q, rem_q;
  logic [16:0] high, low;
  logic [15:0] rem_mid, rem_d;
  always_comb begin
    high    = {rem_q, num_q[15]};
    rem_mid = 16'((high >= {1'b0, period[15:0]}) ? high - {1'b0, period[15:0]} : high);
    low     = {rem_mid, num_q[14]};
    rem_d   = 16'((low >= {1'b0, period[15:0]}) ? low - {1'b0, period[15:0]} : low);
  end

  always_ff @(posedge clk_i) begin
    done_o <= 1'b0;
    if (!rst_ni || clear_i) begin
      busy_q <= 1'b0;
    end else if (start_i) begin
      step_q    <= 3'd0;
      rem_q     <= '0;
      num_q     <= cols[15:0];
      illegal_o <= bad_desc ? 2'd1 : bad_size ? 2'd2 : 2'd0;
      if (!bad_desc && !bad_size && rotary) busy_q <= 1'b1;
      else done_o <= 1'b1;
    end else if (busy_q) begin
      step_q <= step_q + 3'd1;
      rem_q  <= rem_d;
      num_q  <= num_q << 2;
      if (step_q == 3'd7) begin
        busy_q <= 1'b0;
        done_o <= 1'b1;
        if (rem_d != '0) illegal_o <= 2'd2;
      end
    end
  end
endmodule
