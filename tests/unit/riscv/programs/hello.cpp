#include "runtime.h"

int main() {
  print("hello\n");
  uint64_t a = 1, b = 1;
  for (int i = 0; i < 50; ++i) {
    const uint64_t next = a + b;
    a = b;
    b = next;
  }
  show("fib", b);
  volatile double x = 3, y = 7;
  show("div", __builtin_bit_cast(uint64_t, x / y));
  show("fflags", READ_CSR(fflags));
  return 0;
}
