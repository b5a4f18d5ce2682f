// The read half of an engine's manager port, shared by the front-end and the reader.

// Some outputs of the queues are not needed.
/* verilator lint_off PINCONNECTEMPTY */
/// Front-end requests go first. Responses return in order, so a queue of owners routes them.
/// The front-end takes every beat at once.
module axi_rd_mux #(
  parameter int unsigned DataWidth = 128
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  // front-end
  input  logic                 fe_valid_i,
  output logic                 fe_ready_o,
  input  logic                 fe_poll_i,   ///< a 4-byte word (device) instead of a 64-byte unit
  input  logic [39:0]          fe_addr_i,
  output logic                 fe_rvalid_o,
  output logic                 fe_rpoll_o,  ///< the beat belongs to a poll
  // reader
  input  logic                 rd_valid_i,
  output logic                 rd_ready_o,
  input  logic [39:0]          rd_addr_i,
  input  logic [7:0]           rd_len_i,
  output logic                 rd_rvalid_o,
  input  logic                 rd_rready_i,
  // pins; data, resp and last go past this module
  output logic [39:0]          m_axi_araddr_o,
  output logic [7:0]           m_axi_arlen_o,
  output logic [2:0]           m_axi_arsize_o,
  output logic [1:0]           m_axi_arburst_o,
  output logic [3:0]           m_axi_arcache_o,
  output logic                 m_axi_arvalid_o,
  input  logic                 m_axi_arready_i,
  input  logic                 m_axi_rlast_i,
  input  logic                 m_axi_rvalid_i,
  output logic                 m_axi_rready_o,
  output logic [7:0]           bytes_o      ///< moved in the cycle before
);
  localparam int unsigned Bytes = DataWidth / 8;
  localparam logic [2:0] Size = 3'($clog2(Bytes));

  logic        ar_valid, ar_ready, ar_poll, head_fe, head_poll, beat, owner_ready;
  logic [39:0] ar_addr;
  logic [7:0]  ar_len, bytes_q;

  assign ar_valid   = (fe_valid_i || rd_valid_i) && owner_ready;
  assign ar_poll    = fe_valid_i && fe_poll_i;
  assign ar_addr    = fe_valid_i ? fe_addr_i : rd_addr_i;
  assign ar_len     = !fe_valid_i ? rd_len_i : fe_poll_i ? 8'd0 : 8'(64 / Bytes - 1);
  assign fe_ready_o = ar_ready && owner_ready;
  assign rd_ready_o = ar_ready && owner_ready && !fe_valid_i;

  logic        pin_poll;
  stream_fifo #(.Width(49), .Depth(2)) u_ar_fifo (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(ar_valid), .ready_o(ar_ready), .data_i({ar_poll, ar_addr, ar_len}),
    .valid_o(m_axi_arvalid_o), .ready_i(m_axi_arready_i),
    .data_o({pin_poll, m_axi_araddr_o, m_axi_arlen_o}), .count_o()
  );
  assign m_axi_arsize_o  = pin_poll ? 3'd2 : Size;
  assign m_axi_arburst_o = 2'b01;
  assign m_axi_arcache_o = pin_poll ? 4'b0000 : 4'b0011;

  stream_fifo #(.Width(2), .Depth(64)) u_owner_fifo (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(ar_valid && ar_ready), .ready_o(owner_ready), .data_i({fe_valid_i, ar_poll}),
    .valid_o(), .ready_i(beat && m_axi_rlast_i), .data_o({head_fe, head_poll}), .count_o()
  );

  assign m_axi_rready_o = head_fe || rd_rready_i;
  assign beat           = m_axi_rvalid_i && m_axi_rready_o;
  assign fe_rvalid_o    = m_axi_rvalid_i && head_fe;
  assign fe_rpoll_o     = head_poll;
  assign rd_rvalid_o    = m_axi_rvalid_i && !head_fe;

  assign bytes_o = bytes_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) bytes_q <= '0;
    else bytes_q <= !beat ? 8'd0 : head_poll ? 8'd4 : 8'(Bytes);
  end
endmodule
/* verilator lint_on PINCONNECTEMPTY */
