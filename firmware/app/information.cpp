#include "firmware/app/information.h"

#include "firmware/boot/console.h"
#include "firmware/boot/csr.h"
#include "sw_driver/include/soc.h"

namespace systole::firmware {

void print_information(const Board& board) {
  console << "  hart: rv64";
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    if (read_misa() >> (letter - 'a') & 1) console << letter;
  }
  console << ", time base " << board.timebase_hz / 1000 << " kHz\n"
          << "  DRAM: " << (board.dram.bytes >> 20) << " MiB at " << Hex{board.dram.base} << "\n";
  driver::BareMetalHal hal(board.hal_config());
  driver::Soc soc;
  if (board.sysctl == 0 || soc.probe(hal) != driver::Status::Ok) {
    console << "  no system control: no engines\n";
    return;
  }
  console << "  SPM: " << (soc.spm_bytes >> 10) << " KiB at " << Hex{soc.spm_base} << "\n"
          << "  clock: " << soc.clock_mhz << " MHz\n  engines:";
  for (uint32_t e = 0; e < soc.engines(); ++e) {
    const driver::EngineKind kind = soc.kind_of(e);
    console << " " << driver::to_string(kind) << "[" << e - soc.engine_index(kind, 0) << "] at "
            << Hex{soc.engine_addr(e)};
  }
  console << "\n";
  if (soc.model_bytes != 0)
    console << "  model: " << soc.model_bytes << " bytes at " << Hex{soc.model_base} << "\n";
}

}  // namespace systole::firmware
