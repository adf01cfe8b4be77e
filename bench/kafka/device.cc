// The device's own time for one durable write: overwrites a preallocated file in place and syncs it.
//   device FILE BYTES WRITES    prints p50_ms=, p99_ms=, p999_ms=
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

int main(int count, char** arguments) {
  if (count != 4) return fprintf(stderr, "usage: device FILE BYTES WRITES\n"), 2;
  const auto bytes = static_cast<size_t>(atoll(arguments[2]));
  const int writes = atoi(arguments[3]);
  const int file = open(arguments[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (file < 0) return perror(arguments[1]), 1;
  constexpr size_t kFileBytes = size_t{64} << 20;
  const std::string zeros(kFileBytes, '\0'), data(bytes, 'x');
  if (write(file, zeros.data(), zeros.size()) < 0 || fsync(file) != 0) return perror("prepare"), 1;
  std::vector<double> ms;
  size_t position = 0;
  for (int i = 0; i < writes; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    if (pwrite(file, data.data(), bytes, static_cast<off_t>(position)) < 0 || fdatasync(file) != 0) {
      return perror("write"), 1;
    }
    ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    position = position + 2 * bytes > kFileBytes ? 0 : position + bytes;
  }
  std::sort(ms.begin(), ms.end());
  const auto at = [&](double share) { return ms[static_cast<size_t>(share * static_cast<double>(ms.size() - 1))]; };
  printf("p50_ms=%.3f p99_ms=%.3f p999_ms=%.3f\n", at(0.5), at(0.99), at(0.999));
  close(file);
  unlink(arguments[1]);
  return 0;
}
