// Values seen as their bits.
#pragma once
#include <cstring>
#include <type_traits>

namespace systole {

/// The bits of `from` as another type of the same size.
template <class To, class From>
To bit_cast(const From& from) {
  static_assert(sizeof(To) == sizeof(From) && std::is_trivially_copyable<From>::value, "");
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

}  // namespace systole
