// Where the figures come from. Times are turned into clocks as JEDEC does (rounded up, a remainder
// below 2.5 % of a clock dropped). "Read" below: seen in a published copy of the source. The text
// of the JEDEC standards themselves was not at hand; what rests on them is second-hand through the
// public configurations named.
//
// ddr4-2400: one 64-bit channel of eight 8 Gbit x8 devices, one rank, speed bin 17-17-17
//   (Micron MT40A1G8-083).
//   Read in Micron's 4Gb/8Gb DDR4 data sheet: clock 0.833 ns; CL 17, CWL 12; tRCD = tRP = 14.16 ns;
//   tRAS 32 ns; tCCD_S 4, tCCD_L max(4, 5 ns); tRTP max(4, 7.5 ns); tRFC1 350 ns (8 Gbit); tREFI
//   7.8 us; 4 groups of 4 banks; 1 KiB a row and device.
//   From gem5 (DDR4_2400_8x8) and DRAMsim3 (DDR4_8Gb_x8_2400), both made from that data sheet and
//   agreeing: tRRD_S 4, tRRD_L max(4, 4.9 ns), tFAW 21 ns, tWR 15 ns, tWTR_S 2.5 ns, tWTR_L 7.5 ns;
//   IDD0 48, IDD2N 34, IDD3N 43, IDD4R 135, IDD4W 123, IDD5B 250 mA at 1.2 V.
//   Read to write: CL + burst + 2 - CWL (JESD79-4).
//
// lpddr4-3200: one 16-bit channel of an 8 Gbit-a-channel part; four of them are a 64-bit package.
//   Read in NXP's DDR tool documentation (JESD209-4 figures for 3200 MT/s): RL 28, WL 14, tRTP 12
//   clocks, tRPpb 18 ns, tRPab 21 ns, tRAS 42 ns, tREFI 3904 ns.
//   From DRAMSys (JEDEC_8Gb_LPDDR4-3200_16bit): 8 banks, rows of 2 KiB, tRCD 18 ns, tRRD 10 ns,
//   tFAW 40 ns, tWR 18 ns, tWTR 10 ns, tCCD 8, tRFCab 280 ns. Write to read is WL + 1 + burst +
//   tWTR; read to write RL + tDQSCK (6 clocks) + burst - WL + tWPRE (2). Currents from DRAMSys
//   (MICRON_6Gb_LPDDR4-3200_32bit_A), taken as those of one channel.
//
// hbm2: one 64-bit pseudo channel at 2 Gbit/s a pin, 16 of them a stack of four 8 Gbit dies.
//   JESD235 leaves most timing to the vendor. From gem5 (HBM_2000_4H_1x64) and DRAMSys (HBM2.json,
//   read out of a graphics card), which agree: tRCD 12 (read) and 6 (write), tRP 14, tRAS 28, WL 7,
//   tCCD_S 2, tCCD_L 3, tRRD_S 4, tRRD_L 6, tFAW 16, tWR 14, tWTR_S 4, tWTR_L 9, tRTP 5, read to
//   write 18, tREFI 3900; 4 groups of 4 banks with rows of 1 KiB. RL 18 (gem5; DRAMSys 17 and 1 for
//   the strobe). tRFC 260 ns for 8 Gbit dies (DRAMsim3 HBM2_8Gb_x128; others have 220 and 350).
//   Energy: O'Connor et al., Fine-Grained DRAM, MICRO 2017: 909 pJ an activate of 1 KiB, 3.48 pJ a
//   bit moved (1.51 + 1.17 + 0.80). These were not seen in the source again: not verified. Refresh
//   and standby are not published there and are 0.
//
// Energy of DDR4 and LPDDR4 from currents as in Micron's TN-40-07 (calculating memory power): what
// a command draws above standby with rows open. Termination and the controller's pins are not in
// it.
#include "tlm/memory/dram_preset.h"

namespace systole {
namespace {

// pJ of `ma` at `volt` for `ns`.
constexpr double pj(double ma, double volt, double ns) { return ma * volt * ns; }

// Standby current that an activate-to-activate cycle contains.
constexpr double standby_ma(double idd3n, double idd2n, double tras, double trp) {
  return (idd3n * tras + idd2n * trp) / (tras + trp);
}

DramPreset ddr4_2400() {
  DramPreset p = {};
  p.name = "ddr4-2400";
  p.source = "Micron 8Gb DDR4 SDRAM data sheet, MT40A1G8-083 (JESD79-4), eight x8 devices";
  p.channels = 1;
  p.width_bits = 64, p.burst_length = 8;
  p.groups = 4, p.banks_per_group = 4, p.row_bytes = 8192;
  p.clock_ps = 833;
  p.cl = 17, p.cwl = 12;
  p.trcd_rd = p.trcd_wr = 17, p.trp = p.trp_all = 17, p.tras = 39;
  p.trrd_s = 4, p.trrd_l = 6, p.tfaw = 26;
  p.tccd_s = 4, p.tccd_l = 6;
  p.twr = 18, p.twtr_s = 3, p.twtr_l = 9, p.trtp = 9;
  p.trtw = 17 + 4 + 2 - 12;
  p.trfc = 421, p.trefi = 9360;
  const double devices = 8, volt = 1.2, tras = 32, trp = 14.16, burst = 4 * 0.833;
  p.activate_pj = devices * pj(48 - standby_ma(43, 34, tras, trp), volt, tras + trp);
  p.read_pj = devices * pj(135 - 43, volt, burst);
  p.write_pj = devices * pj(123 - 43, volt, burst);
  p.refresh_pj = devices * pj(250 - 43, volt, 350);
  p.background_mw = devices * 43 * volt;
  return p;
}

DramPreset lpddr4_3200() {
  DramPreset p = {};
  p.name = "lpddr4-3200";
  p.source = "JESD209-4, 8 Gbit a channel; currents of a Micron LPDDR4-3200 part";
  p.channels = 4;
  p.width_bits = 16, p.burst_length = 16;
  p.groups = 1, p.banks_per_group = 8, p.row_bytes = 2048;
  p.clock_ps = 625;
  p.cl = 28, p.cwl = 14;
  p.trcd_rd = p.trcd_wr = 29, p.trp = 29, p.trp_all = 34, p.tras = 68;
  p.trrd_s = p.trrd_l = 16, p.tfaw = 64;
  p.tccd_s = p.tccd_l = 8;
  p.twr = 29, p.twtr_s = p.twtr_l = 1 + 16, p.trtp = 12;
  p.trtw = 28 + 6 + 8 - 14 + 2;
  p.trfc = 448, p.trefi = 6246;
  const double core = 1.8, array = 1.1, pins = 1.1, tras = 42, trp = 18, burst = 8 * 0.625;
  p.activate_pj = pj(3.5 - standby_ma(2.25, 2.0, tras, trp), core, tras + trp) +
                  pj(45 - standby_ma(30, 27, tras, trp), array, tras + trp);
  p.read_pj = pj(275 - 30, array, burst) + pj(150 - 0.75, pins, burst);
  p.write_pj = pj(210 - 30, array, burst) + pj(55 - 0.75, pins, burst);
  p.refresh_pj = pj(10 - 2.25, core, 280) + pj(90 - 30, array, 280);
  p.background_mw = 2.25 * core + 30 * array + 0.75 * pins;
  return p;
}

DramPreset hbm2() {
  DramPreset p = {};
  p.name = "hbm2";
  p.source =
      "JESD235A pseudo channels at 2 Gbit/s; timing of a shipped part as gem5 and DRAMSys have";
  p.channels = 16;
  p.width_bits = 64, p.burst_length = 4;
  p.groups = 4, p.banks_per_group = 4, p.row_bytes = 1024;
  p.clock_ps = 1000;
  p.cl = 18, p.cwl = 7;
  p.trcd_rd = 12, p.trcd_wr = 6, p.trp = p.trp_all = 14, p.tras = 28;
  p.trrd_s = 4, p.trrd_l = 6, p.tfaw = 16;
  p.tccd_s = 2, p.tccd_l = 3;
  p.twr = 14, p.twtr_s = 4, p.twtr_l = 9, p.trtp = 5;
  p.trtw = 18;
  p.trfc = 260, p.trefi = 3900;
  p.activate_pj = 909;
  p.read_pj = p.write_pj = (1.51 + 1.17 + 0.80) * 256;
  return p;
}

}  // namespace

const std::vector<DramPreset>& dram_presets() {
  static const std::vector<DramPreset> presets = {ddr4_2400(), lpddr4_3200(), hbm2()};
  return presets;
}

const DramPreset* find_dram_preset(const std::string& name) {
  for (const DramPreset& preset : dram_presets())
    if (preset.name == name) return &preset;
  return nullptr;
}

}  // namespace systole
