#include "tests/system/private_slurm.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace systole::test {
namespace {

using namespace std::chrono_literals;

// A port that nobody listens on.
int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

std::string host_name() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return std::string(name).substr(0, std::string(name).find('.'));
}

void end(int& pid) {
  if (pid <= 0) return;
  kill(pid, SIGTERM);
  for (int i = 0; i < 100; ++i) {
    if (waitpid(pid, nullptr, WNOHANG) != 0) {
      pid = 0;
      return;
    }
    std::this_thread::sleep_for(100ms);
  }
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  pid = 0;
}

}  // namespace

std::string PrivateSlurm::missing() {
  if (geteuid() != 0) return "not root";
  for (const char* program : {"/usr/sbin/munged", "/usr/sbin/slurmctld", "/usr/sbin/slurmd",
                              "/usr/bin/sbatch", "/usr/bin/squeue", "/usr/bin/scancel"}) {
    if (access(program, X_OK) != 0) return std::string(program) + " is not installed";
  }
  return "";
}

void PrivateSlurm::configure() const {
  for (const char* folder : {"munge", "state", "spool"}) {
    std::filesystem::create_directory(directory_.file(folder));
  }
  chmod(directory_.file("munge").c_str(), 0711);
  std::random_device random;
  std::string key(1024, '\0');
  for (char& byte : key) byte = static_cast<char>(random());
  directory_.write("munge/key", key);
  chmod(directory_.file("munge/key").c_str(), 0600);
  // This plug-in asks for no mounted control groups, which a sandbox may not have; none are used.
  directory_.write("cgroup.conf", "CgroupPlugin=cgroup/v1\n");
  const std::string host = host_name();
  directory_.write("slurm.conf",
                   "ClusterName=systole-test\n"
                   "SlurmctldHost=" +
                       host +
                       "(127.0.0.1)\n"
                       "SlurmctldPort=" +
                       std::to_string(free_port()) +
                       "\n"
                       "SlurmdPort=" +
                       std::to_string(free_port()) +
                       "\n"
                       "SlurmUser=root\n"
                       "SlurmdUser=root\n"
                       "AuthType=auth/munge\n"
                       "AuthInfo=socket=" +
                       directory_.file("munge/socket") +
                       "\n"
                       "CredType=cred/munge\n"
                       "StateSaveLocation=" +
                       directory_.file("state") +
                       "\n"
                       "SlurmdSpoolDir=" +
                       directory_.file("spool") +
                       "\n"
                       "SlurmctldPidFile=" +
                       directory_.file("slurmctld.pid") +
                       "\n"
                       "SlurmdPidFile=" +
                       directory_.file("slurmd.pid") +
                       "\n"
                       "SlurmctldLogFile=" +
                       directory_.file("slurmctld.log") +
                       "\n"
                       "SlurmdLogFile=" +
                       directory_.file("slurmd.log") +
                       "\n"
                       "ProctrackType=proctrack/linuxproc\n"
                       "TaskPlugin=task/none\n"
                       "SelectType=select/cons_tres\n"
                       "SelectTypeParameters=CR_CPU\n"
                       "JobAcctGatherType=jobacct_gather/none\n"
                       "AccountingStorageType=accounting_storage/none\n"
                       "SwitchType=switch/none\n"
                       "MpiDefault=none\n"
                       "MailProg=/bin/true\n"
                       "ReturnToService=2\n"
                       "KillWait=2\n"
                       "MessageTimeout=5\n"
                       "SchedulerParameters=batch_sched_delay=0,sched_interval=1\n"
                       "NodeName=" +
                       host + " NodeAddr=127.0.0.1 CPUs=" +
                       std::to_string(std::max(1u, std::thread::hardware_concurrency())) +
                       " State=UNKNOWN\n"
                       "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n");
}

int PrivateSlurm::start(const std::vector<std::string>& argv) const {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int fd : {0, 1, 2}) {
    posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  }
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed) throw std::runtime_error("cannot start " + argv[0]);
  return pid;
}

PrivateSlurm::PrivateSlurm() {
  configure();
  setenv("SLURM_CONF", directory_.file("slurm.conf").c_str(), 1);
  const std::string munge = directory_.file("munge");
  munged_ = start({"/usr/sbin/munged", "--foreground", "--force", "--socket", munge + "/socket",
                   "--key-file", munge + "/key", "--pid-file", munge + "/pid", "--log-file",
                   munge + "/log", "--seed-file", munge + "/seed"});
  for (int i = 0; i < 300 && access((munge + "/socket").c_str(), F_OK) != 0; ++i) {
    std::this_thread::sleep_for(100ms);
  }
  controller_ = start({"/usr/sbin/slurmctld", "-D", "-i"});
  node_ = start({"/usr/sbin/slurmd", "-D"});
  for (int i = 0; i < 120; ++i) {
    if (ask("sinfo -h -o %t").find("idle") != std::string::npos) return;
    std::this_thread::sleep_for(500ms);
  }
  const std::string log =
      read_file(directory_.file("slurmctld.log")) + read_file(directory_.file("slurmd.log"));
  for (int* pid : {&node_, &controller_, &munged_}) end(*pid);
  throw std::runtime_error("Slurm does not start: " + log);
}

PrivateSlurm::~PrivateSlurm() {
  if (controller_ > 0) {
    ask("scancel --state=PENDING --user=root");
    ask("scancel --state=RUNNING --user=root");
    for (int i = 0; i < 100 && !ask("squeue -h").empty(); ++i) std::this_thread::sleep_for(100ms);
  }
  for (int* pid : {&node_, &controller_, &munged_}) end(*pid);
  unsetenv("SLURM_CONF");
}

std::string PrivateSlurm::ask(const std::string& command) const {
  FILE* pipe = popen(("timeout 30 " + command + " 2>/dev/null").c_str(), "r");
  if (!pipe) return "";
  std::string text;
  char buffer[512];
  while (std::fgets(buffer, sizeof buffer, pipe)) text += buffer;
  pclose(pipe);
  return text;
}

size_t PrivateSlurm::submitted() const {
  const std::string log = read_file(directory_.file("slurmctld.log"));
  const std::string what = "_slurm_rpc_submit_batch_job: JobId=";
  size_t n = 0;
  for (size_t at = log.find(what); at != std::string::npos; at = log.find(what, at + 1)) ++n;
  return n;
}

void PrivateSlurm::end_controller() { end(controller_); }

}  // namespace systole::test
