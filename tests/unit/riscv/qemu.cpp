#include "tests/unit/riscv/qemu.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "tests/unit/riscv/stream_generator.h"
#include "tlm/cpu/riscv/flat_machine.h"

namespace systole::riscv {
namespace {

// What this hart has and no more.
constexpr char kCommand[] =
    "timeout 60 qemu-system-riscv64 -M virt -bios none -m 128 -display none -monitor none -serial "
    "stdio -cpu rv64,h=false,v=false,zba=false,zbb=false,zbc=false,zbs=false,"
    "svpbmt=false,svinval=false,svnapot=false,sstc=false -kernel ";

/// A file that is gone when the object is.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::vector<uint8_t>& content) {
    const char* folder = std::getenv("TMPDIR");
    path_ = std::string(folder ? folder : "/tmp") + "/systole_stream_XXXXXX";
    const int fd = ::mkstemp(path_.data());
    if (fd < 0) throw std::runtime_error("cannot create " + path_);
    const bool ok =
        ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size());
    ::close(fd);
    if (!ok) throw std::runtime_error("cannot write " + path_);
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

bool have_qemu() { return std::system("command -v qemu-system-riscv64 >/dev/null 2>&1") == 0; }

ProgramResult run_command(const std::string& command) {
  FILE* pipe = ::popen((command + " </dev/null").c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot start " + command);
  ProgramResult result;
  char buffer[4096];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    result.output.append(buffer, n);
  const int status = ::pclose(pipe);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

ProgramResult run_on_qemu(const std::string& elf, const std::string& extra) {
  return run_command(kCommand + ("'" + elf + "' ") + extra + " 2>&1");
}

StreamResult run_stream_here(const std::string& elf, const std::vector<uint8_t>& stream) {
  FlatMachine machine(128u << 20);
  machine.load_elf(elf);
  machine.load(kStreamBase, stream.data(), stream.size());
  if (!machine.run(uint64_t{4} << 30)) throw std::runtime_error("the stream does not end");
  return {machine.output(), machine.hart().instret()};
}

std::string run_stream_on_qemu(const std::string& elf, const std::vector<uint8_t>& stream) {
  const TemporaryFile file(stream);
  return run_on_qemu(elf, "-device loader,file=" + file.path() + ",addr=0x80100000,force-raw=on")
      .output;
}

}  // namespace systole::riscv
