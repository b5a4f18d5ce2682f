// The AXI4-Lite side of an engine's registers.

/// One access of each direction at a time. Address and data of a write may come in any order.
/// A write with strobes other than 1111 is refused. All outputs are registered.
module eng_axil (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [11:0] s_axil_awaddr_i,
  input  logic        s_axil_awvalid_i,
  output logic        s_axil_awready_o,
  input  logic [31:0] s_axil_wdata_i,
  input  logic [3:0]  s_axil_wstrb_i,
  input  logic        s_axil_wvalid_i,
  output logic        s_axil_wready_o,
  output logic [1:0]  s_axil_bresp_o,
  output logic        s_axil_bvalid_o,
  input  logic        s_axil_bready_i,
  input  logic [11:0] s_axil_araddr_i,
  input  logic        s_axil_arvalid_i,
  output logic        s_axil_arready_o,
  output logic [31:0] s_axil_rdata_o,
  output logic [1:0]  s_axil_rresp_o,
  output logic        s_axil_rvalid_o,
  input  logic        s_axil_rready_i,
  // register file: one cycle per access
  output logic        wr_valid_o,
  output logic [11:0] wr_addr_o,
  output logic [31:0] wr_data_o,
  input  logic        wr_err_i,
  output logic        rd_valid_o,
  output logic [11:0] rd_addr_o,
  input  logic [31:0] rd_data_i,
  input  logic        rd_err_i,
  output logic        busy_o      ///< an access is under way
);
  localparam logic [1:0] Okay = 2'b00;
  localparam logic [1:0] SlvErr = 2'b10;

  logic        aw_q, w_q, b_q, ar_q, r_q;
  logic [11:0] awaddr_q, araddr_q;
  logic [31:0] wdata_q, rdata_q;
  logic [3:0]  wstrb_q;
  logic [1:0]  bresp_q, rresp_q;
  logic        write, read;

  assign write = aw_q && w_q && !b_q;
  assign read  = ar_q && !r_q;

  assign s_axil_awready_o = !aw_q;
  assign s_axil_wready_o  = !w_q;
  assign s_axil_bvalid_o  = b_q;
  assign s_axil_bresp_o   = bresp_q;
  assign s_axil_arready_o = !ar_q;
  assign s_axil_rvalid_o  = r_q;
  assign s_axil_rdata_o   = rdata_q;
  assign s_axil_rresp_o   = rresp_q;

  assign wr_valid_o = write && wstrb_q == 4'hf;
  assign wr_addr_o  = awaddr_q;
  assign wr_data_o  = wdata_q;
  assign rd_valid_o = read;
  assign rd_addr_o  = araddr_q;
  assign busy_o     = aw_q || w_q || ar_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      aw_q <= 1'b0;
      w_q  <= 1'b0;
      b_q  <= 1'b0;
      ar_q <= 1'b0;
      r_q  <= 1'b0;
    end else begin
      if (s_axil_awvalid_i && !aw_q) begin
        aw_q     <= 1'b1;
        awaddr_q <= s_axil_awaddr_i;
      end
      if (s_axil_wvalid_i && !w_q) begin
        w_q     <= 1'b1;
        wdata_q <= s_axil_wdata_i;
        wstrb_q <= s_axil_wstrb_i;
      end
      if (write) begin
        b_q     <= 1'b1;
        bresp_q <= (wr_err_i || !wr_valid_o) ? SlvErr : Okay;
      end
      if (b_q && s_axil_bready_i) begin
        b_q  <= 1'b0;
        aw_q <= 1'b0;
        w_q  <= 1'b0;
      end
      if (s_axil_arvalid_i && !ar_q) begin
        ar_q     <= 1'b1;
        araddr_q <= s_axil_araddr_i;
      end
      if (read) begin
        r_q     <= 1'b1;
        rdata_q <= rd_err_i ? 32'h0 : rd_data_i;
        rresp_q <= rd_err_i ? SlvErr : Okay;
      end
      if (r_q && s_axil_rready_i) begin
        r_q  <= 1'b0;
        ar_q <= 1'b0;
      end
    end
  end
endmodule
