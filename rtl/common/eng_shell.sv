// The shell of every engine: registers, ring, AXI. Wiring only. See docs/blocks/engine.md.

/// Everything that is not the operation itself. A block's top instantiates one shell and one core,
/// and passes the shell's pins through. Signals between shell and core are named here from the
/// shell's side: the core's `start_i` is `start_o` here.
module eng_shell #(
  parameter int unsigned DataWidth = 128,  ///< AXI data bits: 64, 128, 256 or 512
  parameter int unsigned MaxReads  = 32    ///< read bursts in flight at most, 1 to 32
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // what the block is
  input  logic [31:0]            id_i,               ///< ID register
  // taken while rst_ni is 0: straps and what follows from them never change later
  input  logic [255:0]           config_i,           ///< CONFIG registers
  input  logic [5:0]             max_reads_i,        ///< read bursts in flight, 1 to MaxReads
  input  logic [8:0]             max_burst_beats_i,  ///< longest burst, 1 to 256
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
  output logic                   busy_o,
  // core: control
  output logic                   start_o,        ///< pulse: run desc_o
  output logic [1023:0]          desc_o,         ///< stable from start to done
  output logic                   clear_o,        ///< pulse: forget everything, go idle
  input  logic                   done_i,         ///< pulse: finished, every write answered
  input  logic [1:0]             illegal_i,      ///< with done_i: 0 fine, 1 ILLEGAL_DESC, 2 ILLEGAL_SIZE
  input  logic [63:0]            work_i,         ///< with done_i: what WORK grows by
  input  logic                   read_stall_i,   ///< count this cycle
  input  logic                   write_stall_i,  ///< count this cycle
  // core: reads
  input  logic                   rreq_valid_i,
  output logic                   rreq_ready_o,
  input  logic [39:0]            rreq_addr_i,
  input  logic [31:0]            rreq_bytes_i,
  input  logic [3:0]             rreq_tag_i,
  output logic                   rdat_valid_o,
  input  logic                   rdat_ready_i,
  output logic [DataWidth-1:0]   rdat_data_o,
  output logic                   rdat_last_o,
  output logic [3:0]             rdat_tag_o,
  // core: writes
  input  logic                   wreq_valid_i,
  output logic                   wreq_ready_o,
  input  logic [39:0]            wreq_addr_i,
  input  logic [31:0]            wreq_bytes_i,
  input  logic                   wdat_valid_i,
  output logic                   wdat_ready_o,
  input  logic [DataWidth-1:0]   wdat_data_i,
  output logic                   wr_idle_o       ///< nothing accepted is unanswered
);
  // Straps, held: their logic is not evaluated again in every cycle.
  logic [255:0] config_q;
  logic [5:0]   max_reads_q;
  logic [8:0]   max_burst_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      config_q    <= config_i;
      max_reads_q <= max_reads_i;
      max_burst_q <= max_burst_beats_i;
    end
  end

  logic        wr_valid, wr_err, rd_valid, rd_err, axil_busy;
  logic [11:0] wr_addr, rd_addr;
  logic [31:0] wr_data, rd_data;

  eng_axil u_axil (
    .clk_i, .rst_ni,
    .s_axil_awaddr_i, .s_axil_awvalid_i, .s_axil_awready_o,
    .s_axil_wdata_i, .s_axil_wstrb_i, .s_axil_wvalid_i, .s_axil_wready_o,
    .s_axil_bresp_o, .s_axil_bvalid_o, .s_axil_bready_i,
    .s_axil_araddr_i, .s_axil_arvalid_i, .s_axil_arready_o,
    .s_axil_rdata_o, .s_axil_rresp_o, .s_axil_rvalid_o, .s_axil_rready_i,
    .wr_valid_o(wr_valid), .wr_addr_o(wr_addr), .wr_data_o(wr_data), .wr_err_i(wr_err),
    .rd_valid_o(rd_valid), .rd_addr_o(rd_addr), .rd_data_i(rd_data), .rd_err_i(rd_err),
    .busy_o(axil_busy)
  );

  logic        enable, enable_clr, soft_reset, soft_reset_busy, abort, abort_busy, clear_regs;
  logic        busy, waiting, halted, draining, irq_done_set, irq_error_set, irq_aborted_set;
  logic        irq_done, irq_error, irq_aborted, en_done, en_error, en_aborted, retire;
  logic [7:0]  error_code, bytes_read, bytes_written;
  logic [1:0]  error_resp;
  logic [39:0] error_addr;
  logic [63:0] ring_base, work;
  logic [31:0] ring_size, tail;
  logic [15:0] head;

  eng_regs u_regs (
    .clk_i, .rst_ni, .clear_i(clear_regs),
    .wr_valid_i(wr_valid), .wr_addr_i(wr_addr), .wr_data_i(wr_data), .wr_err_o(wr_err),
    .rd_valid_i(rd_valid), .rd_addr_i(rd_addr), .rd_data_o(rd_data), .rd_err_o(rd_err),
    .id_i, .config_i(config_q),
    .ctrl_enable_o(enable), .ctrl_enable_clr_i(enable_clr),
    .ctrl_soft_reset_pulse_o(soft_reset), .ctrl_soft_reset_busy_i(soft_reset_busy),
    .ctrl_abort_pulse_o(abort), .ctrl_abort_busy_i(abort_busy),
    .status_busy_i(busy), .status_waiting_i(waiting), .status_halted_i(halted),
    .status_draining_i(draining),
    .irq_status_done_set_i(irq_done_set), .irq_status_done_o(irq_done),
    .irq_status_error_set_i(irq_error_set), .irq_status_error_o(irq_error),
    .irq_status_aborted_set_i(irq_aborted_set), .irq_status_aborted_o(irq_aborted),
    .irq_enable_done_o(en_done), .irq_enable_error_o(en_error), .irq_enable_aborted_o(en_aborted),
    .error_code_code_i(error_code), .error_code_resp_i(error_resp),
    .error_addr_lo_i(error_addr[31:0]), .error_addr_hi_i({24'h0, error_addr[39:32]}),
    .ring_base_lo_o(ring_base[31:0]), .ring_base_hi_o(ring_base[63:32]), .ring_size_o(ring_size),
    .head_i({16'h0, head}), .tail_o(tail),
    .busy_cycles_inc_i(busy), .read_stall_cycles_inc_i(read_stall_i),
    .write_stall_cycles_inc_i(write_stall_i), .bytes_read_inc_i(bytes_read),
    .bytes_written_inc_i(bytes_written), .descriptors_inc_i(retire), .wait_cycles_inc_i(waiting),
    .work_inc_i(retire ? work : 64'h0)
  );

  assign irq_o  = (irq_done && en_done) || (irq_error && en_error) || (irq_aborted && en_aborted);
  assign busy_o = busy || axil_busy;

  logic        fe_ar_valid, fe_ar_ready, fe_ar_poll, fe_rvalid, fe_rpoll;
  logic        fe_w_valid, fe_w_ready, fe_w_wide, fe_bvalid;
  logic [39:0] fe_ar_addr, fe_w_addr, b_addr;
  logic [63:0] fe_w_data;
  logic        flush, rd_idle, rd_err_bus, wr_err_bus;
  logic [1:0]  rd_err_resp, wr_err_resp;
  logic [39:0] rd_err_addr, wr_err_addr;

  eng_frontend #(.DataWidth(DataWidth)) u_frontend (
    .clk_i, .rst_ni,
    .enable_i(enable), .enable_clr_o(enable_clr),
    .soft_reset_i(soft_reset), .soft_reset_busy_o(soft_reset_busy),
    .abort_i(abort), .abort_busy_o(abort_busy), .clear_regs_o(clear_regs),
    .busy_o(busy), .waiting_o(waiting), .halted_o(halted), .draining_o(draining),
    .irq_done_o(irq_done_set), .irq_error_o(irq_error_set), .irq_aborted_o(irq_aborted_set),
    .error_code_o(error_code), .error_resp_o(error_resp), .error_addr_o(error_addr),
    .ring_base_i(ring_base), .ring_size_i(ring_size), .tail_i(tail), .head_o(head),
    .retire_o(retire), .work_o(work),
    .start_o, .desc_o, .clear_o, .done_i, .illegal_i, .work_i,
    .ar_valid_o(fe_ar_valid), .ar_ready_i(fe_ar_ready), .ar_poll_o(fe_ar_poll),
    .ar_addr_o(fe_ar_addr), .r_valid_i(fe_rvalid), .r_poll_i(fe_rpoll), .r_data_i(m_axi_rdata_i),
    .r_resp_i(m_axi_rresp_i), .r_last_i(m_axi_rlast_i),
    .w_valid_o(fe_w_valid), .w_ready_i(fe_w_ready), .w_wide_o(fe_w_wide), .w_addr_o(fe_w_addr),
    .w_data_o(fe_w_data), .b_valid_i(fe_bvalid), .b_resp_i(m_axi_bresp_i), .b_addr_i(b_addr),
    .flush_o(flush), .rd_idle_i(rd_idle), .wr_idle_i(wr_idle_o),
    .rd_err_i(rd_err_bus), .rd_err_resp_i(rd_err_resp), .rd_err_addr_i(rd_err_addr),
    .wr_err_i(wr_err_bus), .wr_err_resp_i(wr_err_resp), .wr_err_addr_i(wr_err_addr)
  );

  logic        rd_valid_ar, rd_ready_ar, rd_rvalid, rd_rready;
  logic [39:0] rd_ar_addr;
  logic [7:0]  rd_ar_len;

  axi_reader #(.DataWidth(DataWidth), .MaxReads(MaxReads)) u_reader (
    .clk_i, .rst_ni, .flush_i(flush), .idle_o(rd_idle),
    .max_reads_i(max_reads_q), .max_burst_beats_i(max_burst_q),
    .rreq_valid_i, .rreq_ready_o, .rreq_addr_i, .rreq_bytes_i, .rreq_tag_i,
    .rdat_valid_o, .rdat_ready_i, .rdat_data_o, .rdat_last_o, .rdat_tag_o,
    .ar_valid_o(rd_valid_ar), .ar_ready_i(rd_ready_ar), .ar_addr_o(rd_ar_addr),
    .ar_len_o(rd_ar_len),
    .r_valid_i(rd_rvalid), .r_ready_o(rd_rready), .r_data_i(m_axi_rdata_i),
    .r_resp_i(m_axi_rresp_i), .r_last_i(m_axi_rlast_i),
    .err_o(rd_err_bus), .err_resp_o(rd_err_resp), .err_addr_o(rd_err_addr)
  );

  axi_rd_mux #(.DataWidth(DataWidth)) u_rd_mux (
    .clk_i, .rst_ni,
    .fe_valid_i(fe_ar_valid), .fe_ready_o(fe_ar_ready), .fe_poll_i(fe_ar_poll),
    .fe_addr_i(fe_ar_addr), .fe_rvalid_o(fe_rvalid), .fe_rpoll_o(fe_rpoll),
    .rd_valid_i(rd_valid_ar), .rd_ready_o(rd_ready_ar), .rd_addr_i(rd_ar_addr),
    .rd_len_i(rd_ar_len), .rd_rvalid_o(rd_rvalid), .rd_rready_i(rd_rready),
    .m_axi_araddr_o, .m_axi_arlen_o, .m_axi_arsize_o, .m_axi_arburst_o, .m_axi_arcache_o,
    .m_axi_arvalid_o, .m_axi_arready_i, .m_axi_rlast_i, .m_axi_rvalid_i, .m_axi_rready_o,
    .bytes_o(bytes_read)
  );

  logic                   wr_valid_w, wr_ready_w, wr_first, wr_last, wr_bvalid;
  logic [39:0]            wr_addr_w;
  logic [7:0]             wr_len;
  logic [DataWidth-1:0]   wr_data_w;
  logic [DataWidth/8-1:0] wr_strb;

  axi_writer #(.DataWidth(DataWidth)) u_writer (
    .clk_i, .rst_ni, .flush_i(flush), .idle_o(wr_idle_o), .max_burst_beats_i(max_burst_q),
    .wreq_valid_i, .wreq_ready_o, .wreq_addr_i, .wreq_bytes_i,
    .wdat_valid_i, .wdat_ready_o, .wdat_data_i,
    .w_valid_o(wr_valid_w), .w_ready_i(wr_ready_w), .w_first_o(wr_first), .w_addr_o(wr_addr_w),
    .w_len_o(wr_len), .w_data_o(wr_data_w), .w_strb_o(wr_strb), .w_last_o(wr_last),
    .b_valid_i(wr_bvalid), .b_resp_i(m_axi_bresp_i), .b_addr_i(b_addr),
    .err_o(wr_err_bus), .err_resp_o(wr_err_resp), .err_addr_o(wr_err_addr)
  );

  axi_wr_mux #(.DataWidth(DataWidth)) u_wr_mux (
    .clk_i, .rst_ni,
    .fe_valid_i(fe_w_valid), .fe_ready_o(fe_w_ready), .fe_wide_i(fe_w_wide), .fe_addr_i(fe_w_addr),
    .fe_data_i(fe_w_data), .fe_bvalid_o(fe_bvalid),
    .w_valid_i(wr_valid_w), .w_ready_o(wr_ready_w), .w_first_i(wr_first), .w_addr_i(wr_addr_w),
    .w_len_i(wr_len), .w_data_i(wr_data_w), .w_strb_i(wr_strb), .w_last_i(wr_last),
    .w_bvalid_o(wr_bvalid), .b_addr_o(b_addr),
    .m_axi_awaddr_o, .m_axi_awlen_o, .m_axi_awsize_o, .m_axi_awburst_o, .m_axi_awcache_o,
    .m_axi_awvalid_o, .m_axi_awready_i, .m_axi_wdata_o, .m_axi_wstrb_o, .m_axi_wlast_o,
    .m_axi_wvalid_o, .m_axi_wready_i, .m_axi_bvalid_i, .m_axi_bready_o,
    .bytes_o(bytes_written)
  );
endmodule
