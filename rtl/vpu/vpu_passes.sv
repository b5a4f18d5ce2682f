// What each pass over a row does: the microcode of the VPU, a pure function of operation and pass.

/// Combinational. Passes of a row are numbered from 0; the one with last_o ends it.
module vpu_passes (
  input  logic [7:0]                   opcode_i,
  input  logic [7:0]                   act_i,
  input  logic                         quantise_i,  ///< QUANT_OUT
  input  logic                         mul_y_i,     ///< MUL_Y
  input  logic [2:0]                   pass_i,
  output logic [vpu_pkg::LaneCfgW-1:0] cfg_o,       ///< the lanes' stations
  output logic [1:0]                   red_o,       ///< vpu_pkg::Red*
  output logic [2:0]                   scalar_o,    ///< vpu_pkg::Sc*, after the reduction
  output logic                         alpha_o,     ///< P's scalar is alpha
  output logic                         negmax_o,    ///< P's scalar is minus the maximum
  output logic                         valid_o,     ///< only words of the valid length
  output logic                         uses_y_o,
  output logic                         second_y_o,  ///< the second half of y
  output logic                         store_x_o,   ///< result goes to the x buffer
  output logic                         store_y_o,   ///< result goes to the y buffer
  output logic                         int8_o,      ///< result is converted to int8
  output logic                         last_o
);
  logic [2:0] p_op, m_op, a_op;
  logic [1:0] p_b, e_op;
  logic       final_pass;   // the row's result, before quantisation
  always_comb begin
    p_op = vpu_pkg::PNone;
    p_b  = vpu_pkg::PbScalar;
    e_op = vpu_pkg::ENone;
    m_op = vpu_pkg::MNone;
    a_op = vpu_pkg::ANone;
    red_o      = vpu_pkg::RedNone;
    scalar_o   = vpu_pkg::ScNone;
    alpha_o    = 1'b0;
    negmax_o   = 1'b0;
    valid_o    = 1'b0;
    uses_y_o   = 1'b0;
    second_y_o = 1'b0;
    store_x_o  = 1'b0;
    store_y_o  = 1'b0;
    int8_o     = 1'b0;
    final_pass = 1'b0;

    unique case (opcode_i)
      8'(vpu_reg_pkg::VPU_OP_SOFTMAX): begin
        unique case (pass_i)
          3'd0: begin
            p_op = vpu_pkg::PMul;
            alpha_o = 1'b1;
            valid_o = 1'b1;
            store_x_o = 1'b1;
            red_o = vpu_pkg::RedMax;
          end
          3'd1: begin
            p_op = vpu_pkg::PAdd;
            e_op = vpu_pkg::EExp;
            negmax_o = 1'b1;
            valid_o = 1'b1;
            store_x_o = 1'b1;
            red_o = vpu_pkg::RedSum;
            scalar_o = vpu_pkg::ScRecip;
          end
          default: begin
            p_op = vpu_pkg::PMul;
            if (mul_y_i) m_op = vpu_pkg::MY;
            uses_y_o = mul_y_i;
            final_pass = pass_i == 3'd2;
          end
        endcase
      end
      8'(vpu_reg_pkg::VPU_OP_RMSNORM): begin
        p_op = vpu_pkg::PMul;
        if (pass_i == 3'd0) begin
          p_b = vpu_pkg::PbX;
          red_o = vpu_pkg::RedSum;
          scalar_o = vpu_pkg::ScNorm;
        end else begin
          m_op = vpu_pkg::MY;
          uses_y_o = 1'b1;
          final_pass = pass_i == 3'd1;
        end
      end
      8'(vpu_reg_pkg::VPU_OP_LAYERNORM): begin
        unique case (pass_i)
          3'd0: begin
            red_o = vpu_pkg::RedSum;
            scalar_o = vpu_pkg::ScMean;
          end
          3'd1: begin
            p_op = vpu_pkg::PAdd;
            store_x_o = 1'b1;
          end
          3'd2: begin
            p_op = vpu_pkg::PMul;
            p_b = vpu_pkg::PbX;
            red_o = vpu_pkg::RedSum;
            scalar_o = vpu_pkg::ScNorm;
          end
          3'd3: begin
            p_op = vpu_pkg::PMul;
            m_op = vpu_pkg::MY;
            uses_y_o = 1'b1;
            store_x_o = 1'b1;
          end
          default: begin
            p_op = vpu_pkg::PAdd;
            p_b = vpu_pkg::PbY;
            uses_y_o = 1'b1;
            second_y_o = 1'b1;
            final_pass = pass_i == 3'd4;
          end
        endcase
      end
      8'(vpu_reg_pkg::VPU_OP_ACT): begin
        final_pass = pass_i == 3'd0;
        unique case (act_i)
          8'(vpu_reg_pkg::VPU_ACT_RELU): p_op = vpu_pkg::PRelu;
          8'(vpu_reg_pkg::VPU_ACT_SIGMOID): e_op = vpu_pkg::ESigmoid;
          8'(vpu_reg_pkg::VPU_ACT_SILU): begin
            e_op = vpu_pkg::ESigmoid;
            m_op = vpu_pkg::MX;
          end
          8'(vpu_reg_pkg::VPU_ACT_TANH): begin
            e_op = vpu_pkg::ETanh;
            m_op = vpu_pkg::MTanh;
            a_op = vpu_pkg::ACarry;
          end
          8'(vpu_reg_pkg::VPU_ACT_GELU): begin
            p_op = vpu_pkg::PMul;
            if (pass_i == 3'd0) begin
              p_b = vpu_pkg::PbX;
              m_op = vpu_pkg::MGelu;
              a_op = vpu_pkg::AGelu;
              store_y_o = 1'b1;
              final_pass = 1'b0;
            end else begin
              p_b = vpu_pkg::PbY;
              e_op = vpu_pkg::ESigmoid;
              m_op = vpu_pkg::MX;
              final_pass = pass_i == 3'd1;
            end
          end
          default: begin
            p_op = vpu_pkg::PClip;
            alpha_o = 1'b1;
          end
        endcase
      end
      8'(vpu_reg_pkg::VPU_OP_ADD), 8'(vpu_reg_pkg::VPU_OP_MUL): begin
        p_op = (opcode_i == 8'(vpu_reg_pkg::VPU_OP_ADD)) ? vpu_pkg::PAdd : vpu_pkg::PMul;
        p_b = vpu_pkg::PbY;
        uses_y_o = 1'b1;
        final_pass = pass_i == 3'd0;
      end
      8'(vpu_reg_pkg::VPU_OP_SWIGLU): begin
        e_op = vpu_pkg::ESigmoid;
        m_op = vpu_pkg::MX;
        a_op = vpu_pkg::AMulY;
        uses_y_o = 1'b1;
        final_pass = pass_i == 3'd0;
      end
      8'(vpu_reg_pkg::VPU_OP_ROTARY): begin
        p_op = vpu_pkg::PMul;
        p_b = vpu_pkg::PbY;
        m_op = vpu_pkg::MRotary;
        a_op = vpu_pkg::ACarry;
        uses_y_o = 1'b1;
        final_pass = pass_i == 3'd0;
      end
      8'(vpu_reg_pkg::VPU_OP_DEQUANTIZE): begin
        p_op = vpu_pkg::PMul;
        final_pass = 1'b1;
      end
      default: final_pass = pass_i == 3'd0;  // QUANTIZE
    endcase

    last_o = final_pass;
    if (quantise_i) begin
      last_o = 1'b0;
      if (final_pass) begin
        store_x_o = 1'b1;
        red_o = vpu_pkg::RedAbsmax;
        scalar_o = vpu_pkg::ScQuant;
      end
    end
    cfg_o = {a_op, m_op, e_op, p_b, p_op};
    // the pass after the final one converts
    if (quantise_i && after_final) begin
      cfg_o      = {vpu_pkg::ANone, vpu_pkg::MNone, vpu_pkg::ENone, vpu_pkg::PbScalar,
                    vpu_pkg::PMul};
      red_o      = vpu_pkg::RedNone;
      scalar_o   = vpu_pkg::ScNone;
      alpha_o    = 1'b0;
      uses_y_o   = 1'b0;
      second_y_o = 1'b0;
      store_x_o  = 1'b0;
      store_y_o  = 1'b0;
      int8_o     = 1'b1;
      last_o     = 1'b1;
    end
  end

  // number of the converting pass
  logic       after_final;
  logic [2:0] convert_pass;
  always_comb begin
    unique case (opcode_i)
      8'(vpu_reg_pkg::VPU_OP_SOFTMAX):   convert_pass = 3'd3;
      8'(vpu_reg_pkg::VPU_OP_RMSNORM):   convert_pass = 3'd2;
      8'(vpu_reg_pkg::VPU_OP_LAYERNORM): convert_pass = 3'd5;
      8'(vpu_reg_pkg::VPU_OP_ACT):
        convert_pass = (act_i == 8'(vpu_reg_pkg::VPU_ACT_GELU)) ? 3'd2 : 3'd1;
      default: convert_pass = 3'd1;
    endcase
    after_final = pass_i == convert_pass;
  end
endmodule
