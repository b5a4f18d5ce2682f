// What a workload computed, byte for byte: a digest for the report and, where asked for, a file.
#pragma once
#include <cstdint>
#include <fstream>
#include <string>

namespace systole {

/// Takes results in a fixed order. The digest is the 64-bit FNV-1a hash of all bytes.
class ResultSink {
 public:
  /// Also writes the bytes to `file`. False: it cannot be written.
  bool open(const std::string& file) {
    file_.open(file, std::ios::binary | std::ios::trunc);
    return file_.is_open();
  }
  /// Hands everything to another sink too, which must outlive this one.
  void forward_to(ResultSink* sink) { next_ = sink; }
  void add(const void* data, uint64_t bytes) {
    const auto* at = static_cast<const uint8_t*>(data);
    for (uint64_t i = 0; i < bytes; ++i) hash_ = (hash_ ^ at[i]) * 0x100000001b3ull;
    bytes_ += bytes;
    if (next_) next_->add(data, bytes);
    if (file_.is_open()) {
      file_.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
    }
  }
  /// Pushes everything into the file. False: it could not be written.
  bool close() {
    if (!file_.is_open()) return true;
    file_.close();
    return !file_.fail();
  }
  uint64_t bytes() const { return bytes_; }
  /// "0x" and 16 hexadecimal digits.
  std::string digest() const {
    static const char digits[] = "0123456789abcdef";
    std::string text = "0x";
    for (int shift = 60; shift >= 0; shift -= 4) text += digits[(hash_ >> shift) & 15];
    return text;
  }

 private:
  uint64_t hash_ = 0xcbf29ce484222325ull, bytes_ = 0;
  std::ofstream file_;
  ResultSink* next_ = nullptr;
};

}  // namespace systole
