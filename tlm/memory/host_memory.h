// Host memory behind a simulated memory: mapped, lazily committed, zero at first.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace systole {

/// Owns one mapping. Movable. size() is rounded up to whole 4 KiB pages, so that a bus-wide read of
/// an image's last bytes stays inside; the bytes past the content are zero.
class HostMemory {
 public:
  /// Writable zeros; pages cost host memory once they are touched. Throws std::runtime_error.
  static HostMemory zeroed(uint64_t bytes);
  /// The file's content, read only, straight from the page cache.
  /// Throws std::runtime_error naming the file if it cannot be read or is empty.
  static HostMemory map_file(const std::string& path);
  /// A read-only copy of `bytes` bytes at `data` (boot ROM).
  static HostMemory copy_of(const void* data, uint64_t bytes);

  HostMemory(HostMemory&& other) noexcept;
  HostMemory& operator=(HostMemory&&) = delete;
  ~HostMemory();

  uint8_t* data() const { return data_; }
  uint64_t size() const { return size_; }              ///< bytes that may be accessed
  uint64_t content_bytes() const { return content_; }  ///< as asked for, or the file's size
  bool writable() const { return writable_; }

 private:
  HostMemory(uint8_t* data, uint64_t size, uint64_t content, bool writable);
  uint8_t* data_;
  uint64_t size_, content_;
  bool writable_;
};

}  // namespace systole
