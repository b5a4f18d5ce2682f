// The banked DRAM model: sequences counted by hand from the presets' figures, and random traffic
// under a checker that knows the rules and not the model.
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <tuple>

#include "tests/cosim/dram_checker.h"
#include "tlm/memory/banked_dram.h"

using namespace systole;
using test::DramChecker;

namespace {

const PortShape kPort{Clock(1000), 128};

const DramPreset& preset(const char* name) { return *find_dram_preset(name); }

// A port so fast that the DRAM alone decides.
const PortShape kWidePort{Clock(10000), 512};

BankedDramTiming banked(const DramPreset& preset, unsigned channels = 1, bool open_page = true,
                        const PortShape& port = kWidePort,
                        const char* mapping = "bank_group_pair") {
  BankedDramConfig config;
  config.preset = &preset;
  config.channels = channels;
  config.open_page = open_page;
  config.mapping = mapping;
  return BankedDramTiming(port, config);
}

}  // namespace

TEST_CASE("DRAM channel: miss, hit and conflict take what the data sheet says", "[dram]") {
  // DDR4-2400: tRCD 17, CL 17, burst 4, tCCD_L 6, tCCD_S 4, tRTP 9, tRAS 39, tRP 17.
  DramChannel d(preset("ddr4-2400"), true, 0);
  CHECK(d.access(false, 0, 7, 100, 1) == 100 + 17 + 17 + 4);       // activate 100, read 117
  CHECK(d.access(false, 0, 7, 100, 2) == 100 + 17 + 6 + 17 + 4);   // hit: read 123
  CHECK(d.access(false, 0, 7, 300, 3) == 300 + 17 + 4);            // hit, idle bus
  CHECK(d.access(false, 4, 7, 300, 4) == 300 + 17 + 17 + 4);       // another group: miss
  CHECK(d.access(false, 0, 8, 400, 5) == 400 + 17 + 17 + 17 + 4);  // conflict
  // Again at once: the row opened at 417 stays open until 417 + tRAS = 456.
  CHECK(d.access(false, 0, 9, 400, 6) == 456 + 17 + 17 + 17 + 4);
  CHECK(d.banks()[0].hits == 2);
  CHECK(d.banks()[0].misses == 1);
  CHECK(d.banks()[0].conflicts == 2);
  CHECK(d.banks()[4].misses == 1);
  CHECK(d.reads() == 6);
}

TEST_CASE("DRAM channel: writes recover and turn the bus round", "[dram]") {
  // DDR4-2400: CWL 12, tWR 18, tWTR_L 9, tWTR_S 3; read to write CL + 4 + 2 - CWL = 11.
  SECTION("write to read in the same and in another group") {
    DramChannel d(preset("ddr4-2400"), true, 0);
    CHECK(d.access(true, 0, 1, 100, 1) == 117 + 12 + 4);                // write at 117
    CHECK(d.access(false, 0, 1, 100, 2) == 117 + 12 + 4 + 9 + 17 + 4);  // tWTR_L
    DramChannel e(preset("ddr4-2400"), true, 0);
    e.access(false, 4, 1, 0, 1);  // opens the other group's row
    e.access(true, 0, 1, 100, 2);
    CHECK(e.access(false, 4, 1, 118, 3) == 117 + 12 + 4 + 3 + 17 + 4);  // tWTR_S
  }
  SECTION("read to write") {
    DramChannel d(preset("ddr4-2400"), true, 0);
    d.access(false, 0, 1, 100, 1);  // read at 117
    CHECK(d.access(true, 0, 1, 100, 2) == 117 + 11 + 12 + 4);
  }
  SECTION("a row that was written closes tWR after its data") {
    DramChannel d(preset("ddr4-2400"), true, 0);
    d.access(true, 0, 1, 100, 1);  // write at 117: data ends 133, precharge 151, activate 168
    CHECK(d.access(false, 0, 2, 100, 2) == 117 + 12 + 4 + 18 + 17 + 17 + 17 + 4);
  }
}

TEST_CASE("DRAM channel: four activates a window", "[dram]") {
  // DDR4-2400: tRRD_S 4, tRRD_L 6, tFAW 26. Banks 0, 4, 8, 12 are in four groups.
  DramChannel d(preset("ddr4-2400"), true, 0);
  const uint64_t rest = 17 + 17 + 4;
  CHECK(d.access(false, 0, 1, 100, 1) == 100 + rest);
  CHECK(d.access(false, 4, 1, 100, 2) == 104 + rest);
  CHECK(d.access(false, 8, 1, 100, 3) == 108 + rest);
  CHECK(d.access(false, 12, 1, 100, 4) == 112 + rest);
  CHECK(d.access(false, 1, 1, 100, 5) == 126 + rest);  // 100 + tFAW
  CHECK(d.access(false, 2, 1, 100, 6) == 132 + rest);  // tRRD_L behind 126
}

TEST_CASE("DRAM channel: a refresh closes every row and takes tRFC", "[dram]") {
  // DDR4-2400: first refresh at tREFI 9360, tRFC 421, tRP 17.
  DramChannel d(preset("ddr4-2400"), true, 0);
  d.access(false, 0, 1, 100, 1);
  // A hit may be read if its row can close at 9360 - 17 = 9343: read until 9343 - tRTP = 9334.
  CHECK(d.access(false, 0, 1, 9334, 2) == 9334 + 17 + 4);
  CHECK(d.access(false, 0, 1, 9335, 3) == 9360 + 421 + 17 + 17 + 4);  // opened again
  CHECK(d.banks()[0].hits == 1);
  CHECK(d.banks()[0].misses == 2);
  CHECK(d.banks()[0].conflicts == 0);
  // A new row needs tRAS before the refresh: activate until 9343 - 39 = 9304.
  DramChannel e(preset("ddr4-2400"), true, 0);
  CHECK(e.access(false, 1, 1, 9304, 1) == 9304 + 17 + 17 + 4);
  DramChannel f(preset("ddr4-2400"), true, 0);
  CHECK(f.access(false, 1, 1, 9305, 1) == 9360 + 421 + 17 + 17 + 4);
  CHECK(f.refreshes(9359) == 0);
  CHECK(f.refreshes(9360) == 1);
  CHECK(f.refreshes(9360 * 3) == 3);
}

TEST_CASE("DRAM channel: a request in the past fills a gap and moves nobody", "[dram]") {
  DramChannel d(preset("ddr4-2400"), true, 0);
  CHECK(d.access(false, 0, 1, 1000, 1) == 1000 + 38);
  // Another bank, earlier: as if the other had not booked.
  CHECK(d.access(false, 4, 1, 500, 2) == 500 + 38);
  // The row that the one who ran ahead opens at 1000 serves the late one too, from tRCD on.
  CHECK(d.access(false, 0, 1, 900, 3) == 1017 + 6 + 17 + 4);
  // Between two reads of one group 8 apart there is room for one of another group.
  d.access(false, 8, 1, 100, 4);
  d.access(false, 0, 1, 2000, 5);
  d.access(false, 0, 1, 2008, 6);
  CHECK(d.access(false, 8, 1, 2000, 7) == 2004 + 17 + 4);
}

TEST_CASE("DRAM channel: a closed page never conflicts", "[dram]") {
  // DDR4-2400, closed page: the row opened at 100 closes at 100 + tRAS; next activate tRP later.
  DramChannel d(preset("ddr4-2400"), false, 0);
  CHECK(d.access(false, 0, 1, 100, 1) == 100 + 38);
  CHECK(d.access(false, 0, 1, 100, 1) == 100 + 38 + 6);  // the same request
  CHECK(d.access(false, 0, 1, 100, 2) == 100 + 39 + 17 + 38);
  CHECK(d.access(false, 0, 2, 1000, 3) == 1000 + 38);
  CHECK(d.banks()[0].conflicts == 0);
  CHECK(d.banks()[0].misses == 3);
  CHECK(d.banks()[0].hits == 1);
}

TEST_CASE("DRAM channel: LPDDR4 and HBM2 by hand", "[dram]") {
  // LPDDR4-3200: tRCD 29, RL 28, burst 8, tCCD 8, tRAS 68, tRTP 12, tRPpb 29.
  DramChannel l(preset("lpddr4-3200"), true, 0);
  CHECK(l.access(false, 3, 1, 100, 1) == 100 + 29 + 28 + 8);
  CHECK(l.access(false, 3, 1, 100, 2) == 100 + 29 + 8 + 28 + 8);
  CHECK(l.access(false, 3, 2, 100, 3) == 168 + 29 + 29 + 28 + 8);
  CHECK(l.access(false, 3, 2, 6246, 4) == 6246 + 448 + 29 + 28 + 8);  // refreshed at 6246
  // HBM2: tRCD 12 to read, 6 to write, RL 18, WL 7, burst 2, tCCD_L 3, tRAS 28, tWR 14, tRP 14.
  DramChannel h(preset("hbm2"), true, 0);
  CHECK(h.access(false, 0, 1, 100, 1) == 100 + 12 + 18 + 2);
  CHECK(h.access(false, 0, 1, 100, 2) == 100 + 12 + 3 + 18 + 2);
  CHECK(h.access(false, 0, 2, 100, 3) == 128 + 14 + 12 + 18 + 2);
  DramChannel w(preset("hbm2"), true, 0);
  CHECK(w.access(true, 0, 1, 100, 1) == 100 + 6 + 7 + 2);
  CHECK(w.access(true, 0, 2, 100, 2) == 100 + 6 + 7 + 2 + 14 + 14 + 6 + 7 + 2);
}

TEST_CASE("DRAM channel: random traffic in random order keeps every constraint", "[dram]") {
  const std::string name = GENERATE("ddr4-2400", "lpddr4-3200", "hbm2");
  const bool open_page = GENERATE(true, false);
  const unsigned mix = GENERATE(0u, 1u, 2u);
  const unsigned seed = std::random_device{}();
  CAPTURE(name, open_page, mix, seed);
  std::mt19937 random(seed);
  const DramPreset& p = preset(name.c_str());
  const uint64_t offset = random() % p.trefi;
  DramChannel d(p, open_page, offset);
  DramChecker checker(p, offset + p.trefi);
  d.on_command([&](const DramCommand& command) { checker.add(command); });
  // Few rows and banks: hits and conflicts; many: activates; the last mix: crowded.
  const unsigned rows = mix == 1 ? 1000 : 3, banks = mix == 0 ? 3 : p.banks();
  const unsigned step = mix == 2 ? 3 : 20;
  uint64_t now = 0, hits = 0, ends[32] = {};
  size_t most_held = 0;
  const unsigned requests = mix == 2 ? 1500 : 4000;
  for (unsigned i = 0; i < requests; ++i) {
    // At most 32 requests are under way; the last mix does not care.
    now += random() % step;
    if (mix != 2) now = std::max(now, ends[i % 32]);
    const uint64_t ahead = random() % 300;
    const bool write = random() % 3 == 0;
    const unsigned bank = random() % banks;
    const uint64_t row = random() % rows;
    const uint64_t end = d.access(write, bank, row, now + ahead, i);
    // Never faster than an open row on an idle bus.
    REQUIRE(end >= now + ahead + (write ? p.cwl : p.cl) + p.burst_cycles());
    ends[i % 32] = end;
    if (i % 16 == 0) d.prune(now);
    most_held = std::max(most_held, d.held());
  }
  CHECK(checker.violation() == "");
  for (const DramBankCounts& bank : d.banks()) hits += bank.hits;
  if (open_page && mix == 0) CHECK(hits > 500);
  CHECK(d.reads() + d.writes() == requests);
  if (mix != 2) CHECK(most_held < 1500);
}

TEST_CASE("DRAM channel: the checker sees what is wrong", "[dram]") {
  using Kind = DramCommand::Kind;
  const DramPreset& p = preset("ddr4-2400");
  auto verdict = [&](std::vector<DramCommand> commands) {
    DramChecker checker(p, p.trefi);
    for (const DramCommand& command : commands) checker.add(command);
    return checker.violation();
  };
  CHECK(verdict({{Kind::Activate, 0, 1, 100}, {Kind::Read, 0, 1, 117}}) == "");
  CHECK_THAT(verdict({{Kind::Activate, 0, 1, 100}, {Kind::Read, 0, 1, 116}}),
             Catch::Contains("tRCD"));
  CHECK_THAT(verdict({{Kind::Activate, 0, 1, 100}, {Kind::Precharge, 0, 1, 138}}),
             Catch::Contains("tRAS"));
  CHECK_THAT(verdict({{Kind::Activate, 0, 1, 100}, {Kind::Activate, 4, 1, 103}}),
             Catch::Contains("tRRD"));
  CHECK_THAT(verdict({{Kind::Activate, 0, 1, 9343}}), Catch::Contains("refresh"));
  CHECK_THAT(
      verdict(
          {{Kind::Activate, 0, 1, 9000}, {Kind::Read, 0, 1, 9335}, {Kind::Activate, 0, 1, 9781}}),
      Catch::Contains("tRTP"));
}

TEST_CASE("Banked DRAM: where bytes lie", "[dram]") {
  auto place = [](const char* mapping, bool hashed, uint64_t burst) {
    return DramMapping(mapping, hashed, preset("ddr4-2400"), 2).place(burst);
  };
  SECTION("all bank groups in turn") {
    const char* const name = "bank_group_interleaved";
    CHECK(place(name, true, 0).bank == 0);
    CHECK(place(name, true, 1).bank == 4);  // the next burst is in the next group
    CHECK(place(name, true, 3).bank == 12);
    CHECK(place(name, true, 0).channel == 0);
    CHECK(place(name, true, 4).channel == 1);
    CHECK(place(name, true, 8).channel == 0);
    CHECK(place(name, true, 8).bank == 0);
    // A row of four banks in two channels is 1024 bursts; then the next bank, then the next row.
    CHECK(place(name, true, 1023).row == 0);
    CHECK(place(name, true, 1024).bank == 1);
    CHECK(place(name, true, 4096).row == 1);
    CHECK(place(name, true, 4096).bank == 1);  // exclusive-or with the row
    CHECK(place(name, false, 4096).bank == 0);
  }
  SECTION("two bank groups in turn") {
    const char* const name = "bank_group_pair";
    CHECK(place(name, false, 1).bank == 4);
    CHECK(place(name, false, 2).channel == 1);
    CHECK(place(name, false, 4).bank == 0);
    CHECK(place(name, false, 512).bank == 8);  // the other two groups
    CHECK(place(name, false, 1024).bank == 1);
    CHECK(place(name, false, 4096).row == 1);
  }
  SECTION("a row to its end") {
    const char* const name = "row_bank_column";
    CHECK(place(name, false, 1).channel == 1);
    CHECK(place(name, false, 254).bank == 0);
    CHECK(place(name, false, 256).bank == 4);
    CHECK(place(name, false, 1024).bank == 1);
    CHECK(place(name, false, 4096).row == 1);
  }
  SECTION("all banks in turn") {
    const char* const name = "row_column_bank";
    CHECK(place(name, false, 1).channel == 1);
    CHECK(place(name, false, 2).bank == 4);
    CHECK(place(name, false, 8).bank == 1);
    CHECK(place(name, false, 32).bank == 0);
    CHECK(place(name, false, 4095).row == 0);
    CHECK(place(name, false, 4096).row == 1);
  }
  const DramMapping l("bank_group_pair", true, preset("lpddr4-3200"), 4);  // bursts of 32 bytes
  CHECK(l.place(1).channel == 0);
  CHECK(l.place(2).channel == 1);
}

TEST_CASE("Banked DRAM: every mapping fills every row with as many bursts as it has", "[dram]") {
  for (const std::string& name : dram_mapping_names()) {
    for (const DramPreset& p : dram_presets()) {
      for (const bool hashed : {false, true}) {
        CAPTURE(name, p.name, hashed);
        const DramMapping mapping(name, hashed, p, 4);
        std::map<std::tuple<unsigned, unsigned, uint64_t>, unsigned> rows;
        const uint64_t bursts = uint64_t{4} * 8 * p.banks() * p.bursts_per_row();
        for (uint64_t i = 0; i < bursts; ++i) {
          const DramPlace place = mapping.place(i);
          REQUIRE(place.channel < 4);
          REQUIRE(place.bank < p.banks());
          ++rows[{place.channel, place.bank, place.row}];
        }
        CHECK(rows.size() == size_t{4} * 8 * p.banks());
        for (const auto& row : rows) REQUIRE(row.second == p.bursts_per_row());
      }
    }
  }
}

TEST_CASE("Banked DRAM: a read through the port", "[dram]") {
  BankedDramConfig config;
  config.preset = &preset("ddr4-2400");
  config.controller_ps = 20'000;
  config.mapping = "bank_group_interleaved";
  BankedDramTiming d(kPort, config);
  // Half of the controller, miss of 38 clocks from clock 13 (10 000 / 833 = 12.005) on, the other
  // half, and one beat: 16 bytes are one.
  CHECK(d.access(false, 0, 16, 0) == (13 + 38) * 833 + 10'000 + 1'000);
  // 256 bytes are one burst a group: activates 4 clocks apart, 3 332 ps, which is faster than the
  // port: from the first burst's last beat on it sends 12 more.
  BankedDramTiming e(kPort, config);
  CHECK(e.access(false, 0, 256, 0) == (13 + 38) * 833 + 10'000 + (1 + 12) * 1'000);
  CHECK(e.dram_report(1)->channels[0].misses == 4);
  // From a wide port the last burst decides: three activates later.
  BankedDramTiming f(kWidePort, config);
  CHECK(f.access(false, 0, 256, 0) == (13 + 38 + 12) * 833 + 10'000 + 100);
}

TEST_CASE("Banked DRAM: writes wait in the queue and drain together", "[dram]") {
  auto d = banked(preset("ddr4-2400"), 1, true, kPort, "bank_group_interleaved");
  for (unsigned i = 0; i < 15; ++i)
    CHECK(d.access(true, 64 * i, 64, 10'000 + 4'000 * i) == 10'000 + 4'000 * i + 1'000);
  CHECK(d.dram_report(1)->channels[0].write_bursts == 0);
  CHECK(d.access(true, 64, 64, 70'000) == 71'000);  // merges
  CHECK(d.access(true, 64 * 15, 64, 74'000) == 75'000);
  CHECK(d.dram_report(1)->channels[0].write_bursts == 16);
  CHECK(d.dram_report(1)->channels[0].misses == 4);
  CHECK(d.dram_report(1)->channels[0].hits == 12);
  // Back-pressure: what is written faster than the bus takes it is acknowledged at its speed.
  uint64_t last = 0;
  const unsigned bursts = 4000;
  for (unsigned i = 0; i < bursts; ++i) last = d.access(true, 64 * i, 64, 100'000);
  const double gbps = 64.0 * bursts / (static_cast<double>(last - 100'000) / 1000);
  CHECK(gbps < 19.21);
  CHECK(gbps > 17);
}

TEST_CASE("Banked DRAM: a stream nearly reaches the peak less refresh", "[dram]") {
  const std::string name = GENERATE("ddr4-2400", "lpddr4-3200", "hbm2");
  const unsigned channels = GENERATE(1u, 4u);
  const bool is_write = GENERATE(false, true);
  CAPTURE(name, channels, is_write);
  const DramPreset& p = preset(name.c_str());
  auto d = banked(p, channels);
  const double peak = p.peak_gbps() * channels;
  const double refresh = double(p.trfc + p.trp_all) / p.trefi;
  // Sixteen bursts of 512 bytes in flight, each issued when the one sixteen before is back.
  uint64_t end[16] = {}, bytes = 0, last = 0;
  size_t held = 0;
  for (unsigned i = 0; i < 40'000; ++i) {
    uint64_t& slot = end[i % 16];
    d.prune(slot);
    slot = d.access(is_write, bytes, 512, slot);
    bytes += 512;
    last = std::max(last, slot);
    held = std::max(held, d.held());
  }
  const double gbps = static_cast<double>(bytes) / (static_cast<double>(last) / 1000);
  CAPTURE(gbps, peak, refresh);
  CHECK(gbps <= peak * (1 - refresh * 0.99));
  CHECK(gbps >= peak * (1 - refresh) * 0.97);
  CHECK(d.utilization(last) == Approx(gbps / peak).epsilon(0.01));
  CHECK(held < 4000 * channels);
}

TEST_CASE("Banked DRAM: the same requests give the same times", "[dram]") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  auto run = [&] {
    std::mt19937 random(seed);
    auto d = banked(preset("hbm2"), 4);
    uint64_t sum = 0;
    for (unsigned i = 0; i < 2000; ++i) {
      const uint64_t offset = (random() % (1 << 20)) & ~63u;
      sum = sum * 31 + d.access(random() % 2, offset, 1 + random() % 256,
                                1'000'000 + 1000 * (i + random() % 64));
    }
    return sum;
  };
  CHECK(run() == run());
}
