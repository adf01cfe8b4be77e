#include "kafka/client/library.h"

#include <string>

#include <dlfcn.h>

namespace kafka::client {

Symbol LoadedLibrary::Find(const char* name) {
  void* const address = dlsym(library_, name);
  if (address == nullptr) missing_ = name;
  return Symbol(address);
}

base::Result<const Library*> Library::Load() {
  // One table for the process, made by whoever comes first and never destroyed.
  static const auto* const loaded = [] {
    void* const library = dlopen("librdkafka.so.1", RTLD_NOW | RTLD_LOCAL);
    return library == nullptr ? nullptr : new Library(library);
  }();
  if (loaded == nullptr) {
    return base::Unsupported("a real Kafka cluster needs librdkafka.so.1, which is not installed",
                             "Install it, for example with: apt-get install librdkafka1.");
  }
  if (loaded->missing_ != nullptr) {
    return base::Unsupported("the librdkafka.so.1 of this machine is too old: it has no " +
                                 std::string(loaded->missing_),
                             "Install librdkafka 2.0 or later.");
  }
  return loaded;
}

}  // namespace kafka::client
