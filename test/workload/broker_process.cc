#include "workload/broker_process.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace workload {
namespace {

// A port that was free a moment ago.
int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  socklen_t size = sizeof(address);
  CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(fd);
  return ntohs(address.sin_port);
}

}  // namespace

BrokerProcess::BrokerProcess(std::string folder) : folder_(std::move(folder)) {
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
  bootstrap_ = "127.0.0.1:" + std::to_string(FreePort());
  std::ofstream(folder_ + "/tributary.yaml")
      << "name: workload\nkafka: {listen: [\"" << bootstrap_ << "\"]}\nhttp: {listen: none}\n";
  const std::string path = folder_ + "/faults";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  CHECK(fd >= 0 && ftruncate(fd, sizeof(FaultControl)) == 0);
  void* page = mmap(nullptr, sizeof(FaultControl), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  CHECK(page != MAP_FAILED);
  control_ = static_cast<FaultControl*>(page);
}

BrokerProcess::~BrokerProcess() {
  process_.reset();
  munmap(control_, sizeof(FaultControl));
}

void BrokerProcess::Start() {
  FreeDisk();
  process_ = std::make_unique<referee::Process>(
      std::vector<std::string>{TRIBUTARY_PROGRAM, "-C", folder_, "up"},
      std::map<std::string, std::string>{{"LD_PRELOAD", TRIBUTARY_FAULT_SHIM},
                                         {"FAULT_CONTROL", folder_ + "/faults"},
                                         {"FAULT_FOLDER", folder_ + "/.tributary/log"}});
}

void BrokerProcess::Kill() {
  process_->Kill();
  process_->Wait();
}
void BrokerProcess::Pause() { process_->Signal(SIGSTOP); }
void BrokerProcess::Resume() { process_->Signal(SIGCONT); }

void BrokerProcess::FillDisk() {
  control_->error_number = ENOSPC;
  control_->mode = FaultMode::kAlways;
}
void BrokerProcess::FreeDisk() { control_->mode = FaultMode::kNone; }

void BrokerProcess::FailCall(int64_t call) {
  control_->error_number = EIO;
  control_->calls_left = call;
  control_->mode = FaultMode::kOnce;
}

void BrokerProcess::SaveLog() {
  std::filesystem::copy(folder_ + "/.tributary/log", folder_ + "/saved",
                        std::filesystem::copy_options::recursive);
}
void BrokerProcess::RestoreLog() {
  std::filesystem::remove_all(folder_ + "/.tributary/log");
  std::filesystem::rename(folder_ + "/saved", folder_ + "/.tributary/log");
}

bool BrokerProcess::Ended(std::string& why) {
  const auto ended = process_->WaitFor(std::chrono::microseconds(0));
  if (!ended.has_value()) return false;
  why = "exit " + std::to_string(ended->exit_code) + "\n" + ended->err;
  return true;
}

}  // namespace workload
