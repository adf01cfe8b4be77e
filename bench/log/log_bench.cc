// The log in this process, measured: log_bench FOLDER GIGABYTES [write|read|sync|recover]...
// Prints one line a figure. Every comparison does the same work beside it: the same bytes in the same
// pieces, their CRC-32C included. run.sh says how to run it.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crc32c.h"
#include "env/files.h"
#include "log/log.h"
#include "log/record/record_batch.h"

namespace {

using std::chrono::steady_clock;

constexpr uint64_t kMiB = uint64_t{1} << 20;

double SecondsSince(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

// A batch of about `size` bytes: records of 100 bytes.
std::string BatchOfSize(size_t size) {
  logs::BatchBuilder builder({});
  const std::string value(90, 'v');
  do {
    builder.Append({.value = value, .timestamp_ms = 1'700'000'000'000});
  } while (builder.size_bytes() + 100 < size);
  return std::move(builder).Finish().value();
}

struct Bench {
  std::string folder;
  uint64_t gigabytes = 10;
  std::unique_ptr<env::Files> files = env::NewRealFiles();
  base::SystemClock clock;

  [[nodiscard]] std::string Fresh(const std::string& name) {
    const std::string path = folder + "/" + name;
    files->RemoveTree(path).value();
    files->CreateDirectories(path).value();
    return path;
  }
  [[nodiscard]] std::unique_ptr<logs::Log> Open(const std::string& path, logs::FlushPolicy flush) {
    return logs::Log::Open({.files = files.get(), .clock = &clock, .folder = path, .flush = flush})
        .value();
  }
};

double ThreadCpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// The median of five runs of `run`, in MB of `bytes` for each second of this thread's processor time:
// what the machine does beside does not count.
double MedianRate(uint64_t bytes, const std::function<void()>& run) {
  std::vector<double> rates;
  for (int i = 0; i < 5; ++i) {
    const double begin = ThreadCpuSeconds();
    run();
    rates.push_back(static_cast<double>(bytes) / 1e6 / (ThreadCpuSeconds() - begin));
  }
  std::sort(rates.begin(), rates.end());
  return rates[2];
}

// Small enough that the disk does not get to write it: dirty pages go with their file.
constexpr uint64_t kRoundBytes = 128 * kMiB;

void MeasureWrites(Bench& bench) {
  const uint64_t total = kRoundBytes;
  for (const size_t size : {size_t{1} << 10, size_t{16} << 10, size_t{256} << 10, size_t{1} << 20}) {
    std::string batch = BatchOfSize(size);
    const uint64_t count = total / batch.size();
    uint32_t sink = 0;
    const double bare = MedianRate(count * batch.size(), [&] {
      const std::string path = bench.Fresh("bare") + "/file";
      const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
      uint64_t position = 0;
      for (uint64_t i = 0; i < count; ++i) {
        sink ^= base::Crc32c(batch);
        if (pwrite(fd, batch.data(), batch.size(), static_cast<off_t>(position)) < 0) std::abort();
        position += batch.size();
      }
      close(fd);
    });
    std::unique_ptr<logs::Log> log;
    int round = 0;
    std::shared_ptr<logs::Partition> partition;
    log = bench.Open(bench.Fresh("log"), logs::FlushPolicy::kNever);
    const double ours = MedianRate(count * batch.size(), [&] {
      const std::string name = "t" + std::to_string(round++);
      partition = log->CreateTopic({.name = name}).value()->partitions[0];
      for (uint64_t i = 0; i < count; ++i) {
        if (partition->Append({.batches = batch}).error != logs::ErrorCode::kNone) std::abort();
      }
      log->DeleteTopic(name).value();
      log->KeepHouse().value();
    });
    std::printf("write batch_bytes=%zu bare_mb_cpu_s=%.0f log_mb_cpu_s=%.0f ratio=%.2f\n", batch.size(),
                bare, ours, ours / bare);
    std::fflush(stdout);
    partition.reset();
    log.reset();
    if (sink == 1) std::printf(" ");
  }
}

void MeasureReads(Bench& bench) {
  const uint64_t total = kRoundBytes;
  for (const size_t size : {size_t{1} << 10, size_t{16} << 10, size_t{256} << 10}) {
    std::string batch = BatchOfSize(size);
    const uint64_t count = total / batch.size();
    const std::string path = bench.Fresh("log");
    auto log = bench.Open(path, logs::FlushPolicy::kNever);
    const auto partition = log->CreateTopic({.name = "t"}).value()->partitions[0];
    for (uint64_t i = 0; i < count; ++i) {
      if (partition->Append({.batches = batch}).error != logs::ErrorCode::kNone) std::abort();
    }
    const std::string file = path + "/topics/t/0/00000000000000000000.log";
    for (const size_t piece : {size_t{64} << 10, size_t{1} << 20}) {
      uint32_t sink = 0;
      const double bare = MedianRate(count * batch.size(), [&] {
        const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
        std::string buffer(piece, '\0');
        for (off_t position = 0;;) {
          const ssize_t got = pread(fd, buffer.data(), buffer.size(), position);
          if (got <= 0) break;
          sink ^= base::Crc32c(std::string_view(buffer.data(), static_cast<size_t>(got)));
          position += got;
        }
        close(fd);
      });
      const double ours = MedianRate(count * batch.size(), [&] {
        logs::Offset next{0};
        const logs::Offset end = partition->Ends().high_watermark;
        while (next < end) {
          const logs::ReadResult read = partition->Read({.offset = next, .bytes_max = piece});
          sink ^= base::Crc32c(read.batches);
          logs::BatchWalk walk(read.batches);
          while (const auto view = walk.Next()) next = view->next_offset();
        }
      });
      std::printf("read batch_bytes=%zu piece_bytes=%zu bare_mb_cpu_s=%.0f log_mb_cpu_s=%.0f ratio=%.2f\n",
                  batch.size(), piece, bare, ours, ours / bare);
      std::fflush(stdout);
      if (sink == 1) std::printf(" ");
    }
  }
}

struct Latencies {
  std::vector<double> micros;
  void Print(const std::string& what) {
    std::sort(micros.begin(), micros.end());
    const auto at = [&](double share) {
      return micros[static_cast<size_t>(share * static_cast<double>(micros.size() - 1))];
    };
    std::printf("sync %s count=%zu p50_us=%.0f p99_us=%.0f p999_us=%.0f max_us=%.0f\n",
                what.c_str(), micros.size(), at(0.5), at(0.99), at(0.999), micros.back());
    std::fflush(stdout);
  }
};

class Waiter final : public logs::Watcher {
 public:
  void Notify() override {
    const std::lock_guard lock(mutex_);
    told_ = true;
    condition_.notify_one();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    condition_.wait(lock, [&] { return told_; });
    told_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool told_ = false;
};

// fdatasync after each write of `size` bytes into a file that is written already.
Latencies DeviceLatencies(Bench& bench, size_t size, double seconds) {
  const std::string path = bench.Fresh("device") + "/file";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  const std::string zeros(kMiB, '\0');
  for (uint64_t i = 0; i < 64; ++i) {
    if (pwrite(fd, zeros.data(), zeros.size(), static_cast<off_t>(i * kMiB)) < 0) std::abort();
  }
  fsync(fd);
  const std::string bytes(size, 'x');
  Latencies latencies;
  const auto begin = steady_clock::now();
  uint64_t position = 0;
  while (SecondsSince(begin) < seconds) {
    const auto start = steady_clock::now();
    if (pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(position)) < 0) std::abort();
    if (fdatasync(fd) != 0) std::abort();
    latencies.micros.push_back(SecondsSince(start) * 1e6);
    position = (position + size) % (63 * kMiB);
  }
  close(fd);
  return latencies;
}

// `num_threads` append batches of `size` to partitions in turn, each waiting until it is durable.
Latencies LogLatencies(Bench& bench, size_t size, int num_threads, int num_partitions,
                       double seconds, double rate) {
  auto log = bench.Open(bench.Fresh("log"), logs::FlushPolicy::kAlways);
  const auto topic =
      log->CreateTopic({.name = "t", .num_partitions = num_partitions}).value();
  // Partitions in use have their files.
  for (const auto& partition : topic->partitions) {
    std::string batch = BatchOfSize(size);
    if (partition->Append({.batches = batch}).error != logs::ErrorCode::kNone) std::abort();
  }
  log->Sync().value();
  std::mutex mutex;
  Latencies all;
  std::vector<std::thread> threads;
  const auto begin = steady_clock::now();
  for (int t = 0; t < num_threads; ++t) {
    threads.emplace_back([&, t] {
      std::string batch = BatchOfSize(size);
      const auto waiter = std::make_shared<Waiter>();
      Latencies mine;
      size_t next = static_cast<size_t>(t * 37);
      const auto gap = std::chrono::duration<double>(rate > 0 ? num_threads / rate : 0);
      auto due = steady_clock::now();
      while (SecondsSince(begin) < seconds) {
        auto start = steady_clock::now();
        if (rate > 0) {
          due += std::chrono::duration_cast<steady_clock::duration>(gap);
          std::this_thread::sleep_until(due);
          start = due;  // an append that begins late counts from when it should have begun
        }
        const auto& partition = topic->partitions[next++ % topic->partitions.size()];
        const auto appended = partition->Append({.batches = batch});
        if (appended.error != logs::ErrorCode::kNone) std::abort();
        while (log->IsDurable(appended.ticket) == logs::Durable::kNotYet) {
          log->WatchDurable(appended.ticket, waiter);
          waiter->Wait();
        }
        mine.micros.push_back(SecondsSince(start) * 1e6);
      }
      const std::lock_guard lock(mutex);
      all.micros.insert(all.micros.end(), mine.micros.begin(), mine.micros.end());
    });
  }
  for (auto& thread : threads) thread.join();
  return all;
}

void MeasureSyncs(Bench& bench) {
  const size_t size = 1'024;
  DeviceLatencies(bench, size, 5).Print("device_fdatasync threads=1");
  LogLatencies(bench, size, 1, 1, 5, 0).Print("log threads=1 partitions=1");
  LogLatencies(bench, size, 8, 1, 5, 0).Print("log threads=8 partitions=1");
  LogLatencies(bench, size, 8, 1'000, 10, 0).Print("log threads=8 partitions=1000");
  LogLatencies(bench, size, 8, 1'000, 10, 2'000).Print("log rate=2000 partitions=1000");
  LogLatencies(bench, 64 << 10, 4, 4, 5, 0).Print("log batch_bytes=65536 threads=4 partitions=4");
  DeviceLatencies(bench, size, 5).Print("device_fdatasync threads=1");
}

void MeasureRecovery(Bench& bench) {
  const std::string path = bench.Fresh("log");
  for (const auto flush : {logs::FlushPolicy::kInterval, logs::FlushPolicy::kAlways}) {
    // A child fills it and is killed in the middle of appending.
    int channel[2];
    if (pipe(channel) != 0) std::abort();
    const pid_t child = fork();
    if (child == 0) {
      auto log = bench.Open(path, flush);
      auto topic = log->Find("t");
      if (topic == nullptr) topic = log->CreateTopic({.name = "t", .num_partitions = 10}).value();
      std::string batch = BatchOfSize(64 << 10);
      const bool filling = flush == logs::FlushPolicy::kInterval;
      const uint64_t count = filling ? bench.gigabytes * 1'000'000'000 / batch.size() : 2'000;
      for (uint64_t i = 0;; ++i) {
        if (topic->partitions[i % 10]->Append({.batches = batch}).error !=
            logs::ErrorCode::kNone) {
          std::abort();
        }
        if (i == count && write(channel[1], "x", 1) != 1) std::abort();
      }
    }
    char byte = 0;
    if (read(channel[0], &byte, 1) != 1) std::abort();
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    for (const char* how : {"killed", "closed"}) {
      const auto begin = steady_clock::now();
      auto log = bench.Open(path, flush);
      const double seconds = SecondsSince(begin);
      uint64_t bytes = 0;
      for (const auto& partition : log->Find("t")->partitions) bytes += partition->SizeBytes();
      std::printf("recover after=%s flush=%s gb=%.1f seconds=%.3f\n", how,
                  flush == logs::FlushPolicy::kAlways ? "always" : "interval",
                  static_cast<double>(bytes) / 1e9, seconds);
      std::fflush(stdout);
    }
  }
  bench.files->RemoveTree(path).value();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: log_bench FOLDER GIGABYTES [write|read|sync|recover]...\n");
    return 2;
  }
  Bench bench{.folder = argv[1], .gigabytes = std::strtoull(argv[2], nullptr, 10)};
  const auto wanted = [&](const char* what) {
    for (int i = 3; i < argc; ++i) {
      if (std::strcmp(argv[i], what) == 0) return true;
    }
    return argc == 3;
  };
  if (wanted("write")) MeasureWrites(bench);
  if (wanted("read")) MeasureReads(bench);
  if (wanted("sync")) MeasureSyncs(bench);
  if (wanted("recover")) MeasureRecovery(bench);
  return 0;
}
