// The VPU engine: shell and core. Wiring only. Registers and descriptors: rtl/regs/vpu.yaml.

/// Pins as in docs/blocks/engine.md. strap_i is not used.
module vpu_top #(
  parameter int unsigned DataWidth = 128,    ///< AXI data bits: 64, 128, 256 or 512
  parameter int unsigned Lanes     = 8,      ///< float32 lanes: 2, 4, 8, 16 or 32
  parameter int unsigned MaxCols   = 16384   ///< longest row: a power of two, 8*Lanes to 32768
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic [127:0]           strap_i,
  // AXI4-Lite target
  input  logic [11:0]            s_axil_awaddr_i,
  input  logic                   s_axil_awvalid_i,
  output logic                   s_axil_awready_o,
  input  logic [31:0]            s_axil_wdata_i,
  input  logic [3:0]             s_axil_wstrb_i,
  input  logic                   s_axil_wvalid_i,
  output logic                   s_axil_wready_o,
  output logic [1:0]             s_axil_bresp_o,
  output logic                   s_axil_bvalid_o,
  input  logic                   s_axil_bready_i,
  input  logic [11:0]            s_axil_araddr_i,
  input  logic                   s_axil_arvalid_i,
  output logic                   s_axil_arready_o,
  output logic [31:0]            s_axil_rdata_o,
  output logic [1:0]             s_axil_rresp_o,
  output logic                   s_axil_rvalid_o,
  input  logic                   s_axil_rready_i,
  // AXI4 manager
  output logic [39:0]            m_axi_araddr_o,
  output logic [7:0]             m_axi_arlen_o,
  output logic [2:0]             m_axi_arsize_o,
  output logic [1:0]             m_axi_arburst_o,
  output logic [3:0]             m_axi_arcache_o,
  output logic                   m_axi_arvalid_o,
  input  logic                   m_axi_arready_i,
  input  logic [DataWidth-1:0]   m_axi_rdata_i,
  input  logic [1:0]             m_axi_rresp_i,
  input  logic                   m_axi_rlast_i,
  input  logic                   m_axi_rvalid_i,
  output logic                   m_axi_rready_o,
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
  input  logic [1:0]             m_axi_bresp_i,
  input  logic                   m_axi_bvalid_i,
  output logic                   m_axi_bready_o,
  output logic                   irq_o,
  output logic                   busy_o
);
  localparam int unsigned MaxReads = 32;
  logic         unused_strap;
  logic [255:0] config_regs;
  assign unused_strap = ^strap_i;
  assign config_regs = {160'h0, 32'(MaxCols), 32'(DataWidth / 8), 32'(Lanes)};

  // Shell and core
  logic                 start, clear, done, read_stall, write_stall;
  logic [1023:0]        desc;
  logic [1:0]           illegal;
  logic [63:0]          work;
  logic                 rreq_valid, rreq_ready, rdat_valid, rdat_ready, rdat_last;
  logic [39:0]          rreq_addr, wreq_addr;
  logic [31:0]          rreq_bytes, wreq_bytes;
  logic [3:0]           rreq_tag, rdat_tag;
  logic [DataWidth-1:0] rdat_data, wdat_data;
  logic                 wreq_valid, wreq_ready, wdat_valid, wdat_ready, wr_idle;

  eng_shell #(.DataWidth(DataWidth), .MaxReads(MaxReads)) u_shell (
    .clk_i, .rst_ni,
    .id_i(vpu_reg_pkg::VPU_ID_VALUE), .config_i(config_regs),
    .max_reads_i(6'(MaxReads)), .max_burst_beats_i(9'd16),
    .s_axil_awaddr_i, .s_axil_awvalid_i, .s_axil_awready_o, .s_axil_wdata_i, .s_axil_wstrb_i,
    .s_axil_wvalid_i, .s_axil_wready_o, .s_axil_bresp_o, .s_axil_bvalid_o, .s_axil_bready_i,
    .s_axil_araddr_i, .s_axil_arvalid_i, .s_axil_arready_o, .s_axil_rdata_o, .s_axil_rresp_o,
    .s_axil_rvalid_o, .s_axil_rready_i, .m_axi_araddr_o, .m_axi_arlen_o, .m_axi_arsize_o,
    .m_axi_arburst_o, .m_axi_arcache_o, .m_axi_arvalid_o, .m_axi_arready_i, .m_axi_rdata_i,
    .m_axi_rresp_i, .m_axi_rlast_i, .m_axi_rvalid_i, .m_axi_rready_o, .m_axi_awaddr_o,
    .m_axi_awlen_o, .m_axi_awsize_o, .m_axi_awburst_o, .m_axi_awcache_o, .m_axi_awvalid_o,
    .m_axi_awready_i, .m_axi_wdata_o, .m_axi_wstrb_o, .m_axi_wlast_o, .m_axi_wvalid_o,
    .m_axi_wready_i, .m_axi_bresp_i, .m_axi_bvalid_i, .m_axi_bready_o, .irq_o, .busy_o,
    .start_o(start), .desc_o(desc), .clear_o(clear), .done_i(done), .illegal_i(illegal),
    .work_i(work), .read_stall_i(read_stall), .write_stall_i(write_stall),
    .rreq_valid_i(rreq_valid), .rreq_ready_o(rreq_ready), .rreq_addr_i(rreq_addr),
    .rreq_bytes_i(rreq_bytes), .rreq_tag_i(rreq_tag),
    .rdat_valid_o(rdat_valid), .rdat_ready_i(rdat_ready), .rdat_data_o(rdat_data),
    .rdat_last_o(rdat_last), .rdat_tag_o(rdat_tag),
    .wreq_valid_i(wreq_valid), .wreq_ready_o(wreq_ready), .wreq_addr_i(wreq_addr),
    .wreq_bytes_i(wreq_bytes),
    .wdat_valid_i(wdat_valid), .wdat_ready_o(wdat_ready), .wdat_data_i(wdat_data),
    .wr_idle_o(wr_idle)
  );

  vpu_core #(.Lanes(Lanes), .DataWidth(DataWidth), .MaxCols(MaxCols)) u_core (
    .clk_i, .rst_ni,
    .start_i(start), .desc_i(desc), .clear_i(clear), .done_o(done), .illegal_o(illegal),
    .work_o(work), .read_stall_o(read_stall), .write_stall_o(write_stall),
    .rreq_valid_o(rreq_valid), .rreq_ready_i(rreq_ready), .rreq_addr_o(rreq_addr),
    .rreq_bytes_o(rreq_bytes), .rreq_tag_o(rreq_tag),
    .rdat_valid_i(rdat_valid), .rdat_ready_o(rdat_ready), .rdat_data_i(rdat_data),
    .rdat_last_i(rdat_last), .rdat_tag_i(rdat_tag),
    .wreq_valid_o(wreq_valid), .wreq_ready_i(wreq_ready), .wreq_addr_o(wreq_addr),
    .wreq_bytes_o(wreq_bytes),
    .wdat_valid_o(wdat_valid), .wdat_ready_i(wdat_ready), .wdat_data_o(wdat_data),
    .wr_idle_i(wr_idle)
  );
endmodule
