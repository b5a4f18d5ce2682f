#include "tlm/memory/host_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace systole {
namespace {

constexpr uint64_t kPage = 4096;

uint64_t whole_pages(uint64_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

uint8_t* map_pages(uint64_t bytes, int protection, int flags, int fd, const std::string& what) {
  void* data = ::mmap(nullptr, whole_pages(bytes), protection, flags, fd, 0);
  if (data == MAP_FAILED) fail(what);
  return static_cast<uint8_t*>(data);
}

}  // namespace

HostMemory::HostMemory(uint8_t* data, uint64_t size, uint64_t content, bool writable)
    : data_(data), size_(size), content_(content), writable_(writable) {}

HostMemory::HostMemory(HostMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(other.size_),
      content_(other.content_),
      writable_(other.writable_) {}

HostMemory::~HostMemory() {
  if (data_) ::munmap(data_, size_);
}

HostMemory HostMemory::zeroed(uint64_t bytes) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  const std::string what = "cannot map " + std::to_string(bytes) + " bytes of memory";
  return {map_pages(bytes, PROT_READ | PROT_WRITE, flags, -1, what), bytes, bytes, true};
}

HostMemory HostMemory::map_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(path);
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) {
    ::close(fd);
    throw std::runtime_error(path + ": not a file with content");
  }
  const uint64_t bytes = static_cast<uint64_t>(info.st_size);
  void* data = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
  const int error = errno;
  ::close(fd);
  errno = error;
  if (data == MAP_FAILED) fail(path);
  return {static_cast<uint8_t*>(data), whole_pages(bytes), bytes, false};
}

HostMemory HostMemory::copy_of(const void* data, uint64_t bytes) {
  HostMemory memory = zeroed(bytes);
  std::memcpy(memory.data_, data, bytes);
  memory.size_ = whole_pages(bytes);
  ::mprotect(memory.data_, memory.size_, PROT_READ);
  memory.writable_ = false;
  return memory;
}

}  // namespace systole
