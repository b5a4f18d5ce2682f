// The write half of an engine's manager port, shared by the front-end and the writer.

// Some outputs of the queues are not needed.
/* verilator lint_off PINCONNECTEMPTY */
/// The front-end's words go first, but never into another's burst. Responses return in order, so a
/// queue of owners and addresses routes them.
module axi_wr_mux #(
  parameter int unsigned DataWidth = 128
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // front-end: single words, device
  input  logic                   fe_valid_i,
  output logic                   fe_ready_o,
  input  logic                   fe_wide_i,    ///< 8 bytes instead of 4
  input  logic [39:0]            fe_addr_i,
  input  logic [63:0]            fe_data_i,    ///< a 4-byte word: in the low half
  output logic                   fe_bvalid_o,  ///< answered
  // writer
  input  logic                   w_valid_i,
  output logic                   w_ready_o,
  input  logic                   w_first_i,
  input  logic [39:0]            w_addr_i,
  input  logic [7:0]             w_len_i,
  input  logic [DataWidth-1:0]   w_data_i,
  input  logic [DataWidth/8-1:0] w_strb_i,
  input  logic                   w_last_i,
  output logic                   w_bvalid_o,
  // responses: resp and address of the one being answered
  output logic [39:0]            b_addr_o,
  // pins; resp goes past this module
  output logic [39:0]            m_axi_awaddr_o,
  output logic [7:0]             m_axi_awlen_o,
  output logic [2:0]             m_axi_awsize_o,
  output logic [1:0]             m_axi_awburst_o,
  output logic [3:0]             m_axi_awcache_o,
  output logic                   m_axi_awvalid_o,
  input  logic                   m_axi_awready_i,
  output logic [DataWidth-1:0]   m_axi_wdata_o,
  output logic [DataWidth/8-1:0] m_axi_wstrb_o,
  output logic                   m_axi_wlast_o,
  output logic                   m_axi_wvalid_o,
  input  logic                   m_axi_wready_i,
  input  logic                   m_axi_bvalid_i,
  output logic                   m_axi_bready_o,
  output logic [7:0]             bytes_o       ///< moved in the cycle before
);
  localparam int unsigned Bytes = DataWidth / 8;
  localparam int unsigned LB = $clog2(Bytes);
  localparam logic [2:0] Size = 3'(LB);

  logic        use_fe, aw_ready, w_ready, owner_ready, opens, can_open, beat_valid, beat_take;
  logic        aw_fe, aw_wide, w_sync, w_wide, head_fe;
  logic [39:0] aw_addr;
  logic [7:0]  aw_len, bytes_q;
  logic [DataWidth-1:0]   data;
  logic [DataWidth/8-1:0] strb;
  logic                   last;

  assign use_fe     = fe_valid_i && w_first_i;
  assign opens      = use_fe || w_first_i;
  assign can_open   = aw_ready && owner_ready;
  assign beat_valid = use_fe || w_valid_i;
  assign beat_take  = beat_valid && w_ready && (!opens || can_open);
  assign fe_ready_o = w_ready && can_open && w_first_i;
  assign w_ready_o  = w_ready && (!w_first_i || can_open) && !use_fe;
  assign aw_addr    = use_fe ? fe_addr_i : w_addr_i;
  assign aw_len     = use_fe ? 8'd0 : w_len_i;

  always_comb begin
    data = w_data_i;
    strb = w_strb_i;
    last = w_last_i;
    if (use_fe) begin
      data = {(DataWidth / 64){fe_wide_i ? fe_data_i : {2{fe_data_i[31:0]}}}};
      strb = fe_wide_i ? Bytes'(8'hff) : Bytes'(8'h0f);
      strb = strb << fe_addr_i[LB-1:0];
      last = 1'b1;
    end
  end

  stream_fifo #(.Width(50), .Depth(2)) u_aw_fifo (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(beat_take && opens), .ready_o(aw_ready),
    .data_i({use_fe, use_fe && fe_wide_i, aw_addr, aw_len}),
    .valid_o(m_axi_awvalid_o), .ready_i(m_axi_awready_i),
    .data_o({aw_fe, aw_wide, m_axi_awaddr_o, m_axi_awlen_o}), .count_o()
  );
  assign m_axi_awsize_o  = !aw_fe ? Size : aw_wide ? 3'd3 : 3'd2;
  assign m_axi_awburst_o = 2'b01;
  assign m_axi_awcache_o = aw_fe ? 4'b0000 : 4'b0011;

  stream_fifo #(.Width(DataWidth + Bytes + 3), .Depth(2)) u_w_fifo (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(beat_take), .ready_o(w_ready),
    .data_i({use_fe, use_fe && fe_wide_i, last, strb, data}),
    .valid_o(m_axi_wvalid_o), .ready_i(m_axi_wready_i),
    .data_o({w_sync, w_wide, m_axi_wlast_o, m_axi_wstrb_o, m_axi_wdata_o}), .count_o()
  );

  stream_fifo #(.Width(41), .Depth(32)) u_owner_fifo (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(beat_take && opens), .ready_o(owner_ready), .data_i({use_fe, aw_addr}),
    .valid_o(), .ready_i(m_axi_bvalid_i), .data_o({head_fe, b_addr_o}), .count_o()
  );

  assign m_axi_bready_o = 1'b1;
  assign fe_bvalid_o    = m_axi_bvalid_i && head_fe;
  assign w_bvalid_o     = m_axi_bvalid_i && !head_fe;

  assign bytes_o = bytes_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) bytes_q <= '0;
    else if (!(m_axi_wvalid_o && m_axi_wready_i)) bytes_q <= '0;
    else bytes_q <= !w_sync ? 8'(Bytes) : w_wide ? 8'd8 : 8'd4;
  end
endmodule
/* verilator lint_on PINCONNECTEMPTY */
