#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "tlm/bus/calendar.h"

using systole::Calendar;

TEST_CASE("a request takes free time from its own arrival on", "[calendar]") {
  Calendar calendar;
  CHECK(calendar.book(10, 5) == 15);
  CHECK(calendar.book(20, 5) == 25);
  SECTION("before everything") { CHECK(calendar.book(0, 10) == 10); }
  SECTION("at the end of an interval") { CHECK(calendar.book(15, 5) == 20); }
  SECTION("inside an interval") { CHECK(calendar.book(12, 3) == 18); }
  SECTION("split over two gaps") { CHECK(calendar.book(8, 10) == 28); }
  SECTION("nothing") { CHECK(calendar.book(12, 0) == 12); }
  CHECK(calendar.size() <= 3);
}

TEST_CASE("no capacity is lost to fragmentation", "[calendar]") {
  Calendar calendar;
  for (uint64_t t = 1; t < 100; t += 2) calendar.book(t, 1);  // every second unit
  CHECK(calendar.book(0, 50) == 99);                          // fills the others
  CHECK(calendar.size() == 1);
  CHECK(calendar.busy() == 100);
}

TEST_CASE("pruned time counts as taken", "[calendar]") {
  Calendar calendar;
  calendar.book(0, 10);
  calendar.book(20, 10);
  calendar.prune(15);
  CHECK(calendar.size() == 1);
  CHECK(calendar.book(0, 8) == 33);  // 15..20, then 30..33
}

TEST_CASE("the calendar agrees with a bitmap on random requests", "[calendar]") {
  const unsigned seed = Catch::rngSeed() ? Catch::rngSeed() : 20240611u;
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 50; ++round) {
    Calendar calendar;
    std::vector<bool> taken(20000, false);
    uint64_t now = 0, booked = 0, floor = 0;
    for (int i = 0; i < 400; ++i) {
      now += random() % 20;
      if (now > 200 && random() % 4 == 0) {
        floor = now - 200;
        calendar.prune(floor);
      }
      const uint64_t earliest =
          std::max<uint64_t>(floor, (now > 100 ? now - 100 : 0) + random() % 300);
      const uint64_t length = random() % 8 == 0 ? random() % 60 : random() % 6;
      uint64_t at = earliest, end = earliest;
      for (uint64_t left = length; left; ++at)
        if (!taken[at]) {
          taken[at] = true;
          end = at + 1;
          --left;
        }
      booked += length;
      CAPTURE(round, i, earliest, length);
      REQUIRE(calendar.book(earliest, length) == end);
      REQUIRE(calendar.busy() == booked);
    }
  }
}
