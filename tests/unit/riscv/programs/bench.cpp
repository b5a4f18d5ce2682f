// Speed: -DKIND=0 integer loop, 1 CRC-32 over 64 MiB, 2 Dhrystone-like, 3 double precision.
#include "runtime.h"

namespace {

[[maybe_unused]] uint64_t integer_loop() {
  uint64_t a = 1, b = 2, c = 3;
  for (uint64_t i = 0; i < 200'000'000 / 4; ++i) {
    a += b ^ i;
    b = (b << 3) | (b >> 61);
    c ^= a + (b >> 7);
    a -= c & 0xff;
    asm volatile("" : "+r"(a), "+r"(b), "+r"(c));
  }
  return a ^ b ^ c;
}

[[maybe_unused]] uint64_t crc() {
  static uint32_t table[256];
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t r = i;
    for (int k = 0; k < 8; ++k) r = (r & 1) ? (r >> 1) ^ 0xedb88320u : r >> 1;
    table[i] = r;
  }
  uint32_t value = ~0u;
  const auto* data = reinterpret_cast<const uint8_t*>(0x81000000);
  for (uint64_t i = 0; i < (64u << 20); ++i) value = (value >> 8) ^ table[(value ^ data[i]) & 255];
  return ~value;
}

struct Record {
  Record* next;
  int kind, number;
  char text[32];
};
Record records[2];
int array1[50], array2[50][50];
volatile int global_number;

__attribute__((noinline)) int compare(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return *a - *b;
}
__attribute__((noinline)) void copy(char* to, const char* from) {
  while ((*to++ = *from++)) {
  }
}
__attribute__((noinline)) int branchy(int a, int b) {
  switch (a) {
    case 0:
      return b > 100 ? 0 : 3;
    case 1:
      return b;
    case 2:
      return 1;
    default:
      return 2;
  }
}
__attribute__((noinline)) void arrays(int index, int value) {
  array1[index] = value;
  array1[index + 1] = array1[index];
  for (int i = index; i <= index + 1; ++i) array2[index][i] = index;
  array2[index + 5][index] = array1[index] / 3;
  global_number = 5;
}
__attribute__((noinline)) void chase(Record* r) {
  Record* n = r->next;
  *n = *r;
  n->kind = branchy(r->kind, n->number) + 1;
  n->number += 10;
}

[[maybe_unused]] uint64_t dhrystone() {
  char first[32] = "SYSTOLE PROGRAM, 1'ST STRING", second[32];
  uint64_t sum = 0;
  records[0].next = &records[1];
  records[1].next = &records[0];
  for (int run = 0; run < 1'500'000; ++run) {
    copy(second, "SYSTOLE PROGRAM, 2'ND STRING");
    sum += compare(first, second) > 0;
    arrays(run % 20 + 8, run);
    records[0].kind = run & 3;
    chase(&records[0]);
    int a = 2, b = run, c = a * b;
    b = c / (a + (run & 7));
    c = 7 * (b - c) - a;
    sum += c + branchy(run & 3, b) + global_number;
  }
  return sum;
}

[[maybe_unused]] uint64_t floating() {
  double x = 0.5, y = 0.25, sum = 0;
  for (int i = 0; i < 20'000'000; ++i) {
    x = x * 1.0000001 + y;
    y = y * 0.999 - x * 1e-9;
    sum += x / (y + 3.0);
    if (x > 1e6) x = 0.5;
  }
  return __builtin_bit_cast(uint64_t, sum);
}

}  // namespace

int main() {
#if KIND == 0
  show("integer", integer_loop());
#elif KIND == 1
  show("crc", crc());
#elif KIND == 2
  show("dhrystone", dhrystone());
#else
  show("double", floating());
#endif
  return 0;
}
