// Reduction of a row: maximum, largest magnitude, or sum in an order that does not depend on Lanes.

/// Element i of a sum joins partial sum i mod 32, in order; finish_i then adds partial[i + h] to
/// partial[i] for h = 16, 8, 4, 2, 1. The result stays on result_o until init_i. With 32 lanes
/// words of a sum may come every other cycle only.
module vpu_reduce #(
  parameter int unsigned Lanes = 8
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                clear_i,
  input  logic [1:0]          op_i,      ///< vpu_pkg::Red*; constant from init_i to done_o
  input  logic                init_i,    ///< start a row
  input  logic                v_i,       ///< a word
  input  logic                last_i,    ///< the row's last: finish
  input  logic [Lanes*32-1:0] x_i,
  input  logic [Lanes-1:0]    mask_i,    ///< elements that take part
  output logic                done_o,    ///< pulse: result_o is valid
  output logic [31:0]         result_o,
  output logic [31:0]         max_o      ///< the last maximum, until the next one
);
  localparam int unsigned Slots = 32 / Lanes;
  localparam int unsigned SlotW = (Slots > 1) ? $clog2(Slots) : 1;
  localparam int unsigned LaneLog = $clog2(Lanes);

  logic               sum, tree_q, max_done_q, sum_done_q, wait_q;
  logic               settle_q;  // the adders' second cycle
  logic [SlotW-1:0]   slot_q;
  logic [4:0]         h_q;      // distance of the additions of this level
  logic [4:0]         i_q;      // first partial of this issue
  assign sum = op_i == vpu_pkg::RedSum;

  // tree: issues of Lanes additions, two cycles between levels
  logic       tree_v, level_end, same;
  logic [4:0] i_next;
  always_comb begin
    tree_v    = tree_q && !wait_q && (!settle_q);
    i_next    = i_q + 5'(Lanes & 31);
    level_end = (32'(i_q) + Lanes) >= 32'(h_q);
    same      = 32'(h_q) >= Lanes;
  end

  always_ff @(posedge clk_i) begin
    max_done_q <= 1'b0;
    sum_done_q <= 1'b0;
    if (!rst_ni || clear_i) begin
      tree_q   <= 1'b0;
      wait_q   <= 1'b0;
      settle_q <= 1'b0;
      slot_q   <= '0;
      h_q      <= 5'd16;
      i_q      <= 5'd0;
    end else begin
      if (init_i) slot_q <= '0;
      if (v_i && sum) slot_q <= (Slots > 1) ? slot_q + 1'b1 : '0;
      if (v_i && last_i) begin
        if (sum) begin
          tree_q   <= 1'b1;
          wait_q   <= 1'b0;
          settle_q <= 1'b1;
          h_q      <= 5'd16;
          i_q      <= 5'd0;
        end else begin
          max_done_q <= 1'b1;
        end
      end else if (tree_q) begin
        if (settle_q) begin
          settle_q <= 1'b0;
          if (wait_q) begin
            tree_q     <= 1'b0;
            wait_q     <= 1'b0;
            sum_done_q <= 1'b1;
          end
        end else if (level_end) begin
          i_q      <= 5'd0;
          h_q      <= h_q >> 1;
          settle_q <= 1'b1;
          wait_q   <= h_q == 5'd1;
        end else begin
          i_q <= i_next;
        end
      end
    end
  end

  // ---- lanes
  logic [Lanes*32-1:0] slot0, lane_max, ext;
  logic [SlotW-1:0]    slot_a, slot_b;
  always_comb begin
    slot_a = tree_q ? SlotW'(i_q >> LaneLog) : slot_q;
    slot_b = SlotW'((i_q + h_q) >> LaneLog);
    ext = '0;
    for (int unsigned s = 0; s < LaneLog; s++) begin
      if (tree_q && (h_q == 5'(1 << s))) begin
        for (int unsigned l = 0; l < (1 << s); l++) begin
          ext[32*l +: 32] = slot0[32*(l + (1 << s)) +: 32];
        end
      end
    end
  end
  for (genvar l = 0; l < Lanes; l++) begin : g_acc
    logic [31:0] val;
    logic tree_lane;
    /* verilator lint_off CMPCONST */
    assign tree_lane = same || (l < 32'(h_q));  // never the last of 32 lanes
    /* verilator lint_on CMPCONST */
    assign val = (op_i == vpu_pkg::RedAbsmax) ? fp32_pkg::magnitude(x_i[32*l +: 32])
                                              : x_i[32*l +: 32];
    vpu_acc #(.Slots(Slots)) u_acc (
      .clk_i,
      .init_i,
      .max_init_i((op_i == vpu_pkg::RedMax) ? fp32_pkg::MinusInf : 32'd0),
      .max_v_i   (v_i && !sum && mask_i[l]),
      .add_v_i   (sum && ((v_i && mask_i[l]) || (tree_v && tree_lane))),
      .tree_i    (tree_q),
      .same_i    (same),
      .slot_i    (slot_a),
      .other_i   (slot_b),
      .val_i     (val),
      .ext_i     (ext[32*l +: 32]),
      .slot0_o   (slot0[32*l +: 32]),
      .max_o     (lane_max[32*l +: 32])
    );
  end

  // maximum over the lanes, one cycle after the last word
  logic [31:0] max_d, max_q;
  always_comb begin
    max_d = lane_max[31:0];
    if (max_done_q) begin
      for (int unsigned l = 1; l < Lanes; l++) begin
        max_d = fp32_pkg::max2(max_d, lane_max[32*l +: 32]);
      end
    end
  end
  logic max_out_q;
  always_ff @(posedge clk_i) begin
    max_out_q <= max_done_q && rst_ni && !clear_i;
    if (max_done_q) max_q <= max_d;
  end

  assign done_o   = sum ? sum_done_q : max_out_q;
  assign max_o    = max_q;
  assign result_o = sum ? slot0[31:0] : max_q;
endmodule
