// One lane's share of a reduction: running maximum, or 32/Lanes partial sums and one adder.

/// Slots partial sums; the addition takes two cycles, so a slot is used at most every other cycle.
module vpu_acc #(
  parameter int unsigned Slots = 4,  ///< partial sums held here: 32 / Lanes
  localparam int unsigned SlotW = (Slots > 1) ? $clog2(Slots) : 1
) (
  input  logic                clk_i,
  input  logic                init_i,     ///< start: sums +0, maximum max_init_i
  input  logic [31:0]         max_init_i,
  input  logic                max_v_i,    ///< join val_i to the maximum
  input  logic                add_v_i,    ///< slot_i += val_i (tree_i: the other operand)
  input  logic                tree_i,     ///< add slot other_i (same_i) or ext_i instead of val_i
  input  logic                same_i,
  input  logic [SlotW-1:0]    slot_i,
  input  logic [SlotW-1:0]    other_i,
  input  logic [31:0]         val_i,
  input  logic [31:0]         ext_i,      ///< slot 0 of another lane
  output logic [31:0]         slot0_o,
  output logic [31:0]         max_o
);
  logic [Slots*32-1:0]       part_q;
  logic [31:0]               max_q, a_d, b_d;
  logic [fp32_pkg::AddW-1:0] sum_q;
  logic                      sum_v_q;
  logic [SlotW-1:0]          sum_slot_q;

  always_comb begin
    a_d = part_q[31:0];
    b_d = tree_i ? ext_i : val_i;
    for (int unsigned k = 1; k < Slots; k++) begin
      if (slot_i == SlotW'(k)) a_d = part_q[32*k +: 32];
      if (tree_i && same_i && (other_i == SlotW'(k))) b_d = part_q[32*k +: 32];
    end
  end

  always_ff @(posedge clk_i) begin
    sum_v_q <= add_v_i;
    if (add_v_i) begin
      sum_q      <= fp32_pkg::add_s1(a_d, b_d);
      sum_slot_q <= slot_i;
    end
    if (init_i) begin
      part_q <= '0;
    end else if (sum_v_q) begin
      for (int unsigned k = 0; k < Slots; k++) begin
        if (sum_slot_q == SlotW'(k)) part_q[32*k +: 32] <= fp32_pkg::add_s2(sum_q);
      end
    end
    if (init_i) begin
      max_q <= max_init_i;
    end else if (max_v_i) begin
      max_q <= fp32_pkg::max2(max_q, val_i);
    end
  end

  assign slot0_o = part_q[31:0];
  assign max_o   = max_q;
endmodule
