// Which operations agree to be side by side, and what that costs them.
#include <catch2/catch.hpp>

#include "tlm/bus/side_by_side.h"

using namespace systole;

namespace {

constexpr unsigned kGemm = 1, kVpu = 2, kDma = 3;
constexpr uint64_t kDram = 1, kSpm = 2;

ApartOperation operation(uint64_t id, uint64_t alone_ps, double load) {
  ApartOperation operation;
  operation.id = id;
  operation.alone_ps = alone_ps;
  operation.loads = {{load, 0, load / 2}};
  return operation;
}

/// Both from 0 on, burst by burst, until they have taken so long.
void see(SideBySide& bus, const ApartOperation& gemm, uint64_t gemm_took, const ApartOperation& vpu,
         uint64_t vpu_took) {
  bus.begin(kGemm, kDram, gemm, 0);
  CHECK_FALSE(bus.begin(kVpu, kDram, vpu, 0));
  bus.end(kVpu, vpu_took, true);
  bus.end(kGemm, gemm_took, true);
}

}  // namespace

TEST_CASE("operations that were seen side by side cost each other what they did then") {
  SideBySide bus;
  const ApartOperation gemm = operation(10, 1000, 0.9), vpu = operation(20, 400, 0.8);
  see(bus, gemm, 1100, vpu, 500);  // 100 of 500 beside each other, each
  REQUIRE(bus.begin(kGemm, kDram, gemm, 5000));
  CHECK_FALSE(bus.has_company(kGemm, kDram));
  REQUIRE(bus.begin(kVpu, kDram, vpu, 5600));
  CHECK(bus.agree(kGemm, kVpu));
  CHECK(bus.is_undisturbed(kGemm));
  CHECK(bus.delay(kVpu, 6000) == 80);
  CHECK(bus.delay(kGemm, 6000) == 80);  // only while it was there
  bus.end(kVpu, 6100, false);
  CHECK(bus.delay(kGemm, 7000) == 100);
  bus.end(kGemm, 7000, false);
  CHECK_FALSE(bus.running(kGemm));
}

TEST_CASE("one of two that has not been seen to its end is carried out burst by burst") {
  SideBySide bus;
  const ApartOperation gemm = operation(10, 1000, 0.5), vpu = operation(20, 400, 0.5);
  bus.begin(kGemm, kDram, gemm, 0);
  CHECK_FALSE(bus.begin(kVpu, kDram, vpu, 0));
  CHECK_FALSE(bus.agree(kGemm, kVpu));
  CHECK_FALSE(bus.is_undisturbed(kVpu));
  bus.end(kVpu, 410, true);
  CHECK_FALSE(bus.begin(kVpu, kDram, vpu, 500));  // what it costs the product is not known yet
  bus.end(kVpu, 900, false);                      // stopped: nothing is learnt
  bus.end(kGemm, 1010, true);
  bus.begin(kGemm, kDram, gemm, 2000);
  CHECK(bus.begin(kVpu, kDram, vpu, 2000));
}

TEST_CASE("short operations and those that delay each other much do not agree") {
  SideBySide bus;
  ApartOperation gemm = operation(10, 1000, 0.5), vpu = operation(20, 400, 0.5);
  see(bus, gemm, 1010, vpu, 400 + 4 * 400);
  CHECK_FALSE((bus.begin(kGemm, kDram, gemm, 5000), bus.begin(kVpu, kDram, vpu, 5000)));
  bus.end(kGemm, 6000, false);
  bus.end(kVpu, 6000, false);

  ApartOperation brief = operation(30, 400, 0.5);
  brief.is_short = true;
  see(bus, gemm, 1010, brief, 410);
  CHECK_FALSE((bus.begin(kGemm, kDram, gemm, 7000), bus.begin(kVpu, kDram, brief, 7000)));
}

TEST_CASE("other memories are no company, and a third needs room beside the two") {
  SideBySide bus;
  const ApartOperation gemm = operation(10, 1000, 0.4), vpu = operation(20, 1000, 0.4);
  const ApartOperation copy = operation(30, 1000, 0.4), small = operation(40, 1000, 0.1);
  see(bus, gemm, 1010, vpu, 1010);
  for (const ApartOperation* third : {&copy, &small}) {
    see(bus, gemm, 1010, *third, 1010);
    see(bus, vpu, 1010, *third, 1010);
  }
  REQUIRE(bus.begin(kGemm, kDram, gemm, 5000));
  REQUIRE(bus.begin(kDma, kSpm, copy, 5000));
  CHECK_FALSE(bus.has_company(kDma, kSpm));
  bus.end(kDma, 6000, false);
  REQUIRE(bus.begin(kVpu, kDram, vpu, 5000));
  CHECK_FALSE(bus.begin(kDma, kDram, copy, 5000));  // 1.2 of the channel
  bus.end(kDma, 6000, false);
  CHECK(bus.begin(kDma, kDram, small, 5000));  // 0.9
}
