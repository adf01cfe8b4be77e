#include "object/faulty_store.h"

#include <type_traits>
#include <utility>

namespace object {

class FaultyStore::Plan {
 public:
  void FailRequest(int64_t request, StoreFault fault) {
    const std::lock_guard lock(mutex_);
    fail_at_ = request;
    fault_ = fault;
    requests_ = 0;
    failed_ = false;
  }
  int64_t requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  bool failed() const {
    const std::lock_guard lock(mutex_);
    return failed_;
  }

  template <typename Request>
  auto Run(std::string_view what, Request request) -> decltype(request()) {
    using Answer = decltype(request());
    switch (Next()) {
      case Turn::kWorks:
        return request();
      case Turn::kBefore:
        return base::Unavailable(std::string(what) + ": the server is away");
      case Turn::kDead:
        return base::Io(std::string(what) + ": the process was killed");
      case Turn::kAfter: {
        const Answer answer = request();
        if constexpr (std::is_same_v<Answer, base::Result<PutOutcome>>) {
          return PutOutcome::kUnknown;
        }
        return base::Unavailable(std::string(what) + ": the answer was lost");
      }
      case Turn::kLast: {
        const Answer answer = request();
        return base::Io(std::string(what) + ": the process was killed");
      }
    }
    return base::Internal("a turn without a name");
  }

 private:
  enum class Turn : uint8_t { kWorks, kBefore, kAfter, kDead, kLast };

  Turn Next() {
    const std::lock_guard lock(mutex_);
    ++requests_;
    const bool dies = fault_ == StoreFault::kDieBefore || fault_ == StoreFault::kDieAfter;
    if (fail_at_ == 0 || requests_ < fail_at_) return Turn::kWorks;
    if (requests_ > fail_at_) return dies ? Turn::kDead : Turn::kWorks;
    failed_ = true;
    switch (fault_) {
      case StoreFault::kBefore:
        return Turn::kBefore;
      case StoreFault::kAfter:
        return Turn::kAfter;
      case StoreFault::kDieBefore:
        return Turn::kDead;
      case StoreFault::kDieAfter:
        return Turn::kLast;
    }
    return Turn::kWorks;
  }

  mutable std::mutex mutex_;
  int64_t fail_at_ = 0;
  int64_t requests_ = 0;
  StoreFault fault_ = StoreFault::kBefore;
  bool failed_ = false;
};

class FaultyStore::Writer final : public ObjectWriter {
 public:
  Writer(std::unique_ptr<ObjectWriter> writer, std::shared_ptr<Plan> plan)
      : writer_(std::move(writer)), plan_(std::move(plan)) {}
  base::Result<void> Append(std::string_view bytes) override {
    return plan_->Run("append", [&] { return writer_->Append(bytes); });
  }
  base::Result<void> Finish() override {
    return plan_->Run("finish", [&] { return writer_->Finish(); });
  }

 private:
  std::unique_ptr<ObjectWriter> writer_;
  std::shared_ptr<Plan> plan_;
};

FaultyStore::FaultyStore(std::shared_ptr<ObjectStore> store)
    : store_(std::move(store)), plan_(std::make_shared<Plan>()) {}

void FaultyStore::FailRequest(int64_t request, StoreFault fault) {
  plan_->FailRequest(request, fault);
}
int64_t FaultyStore::requests() const { return plan_->requests(); }
bool FaultyStore::failed() const { return plan_->failed(); }

base::Result<std::string> FaultyStore::Get(const std::string& key) {
  return plan_->Run("get " + key, [&] { return store_->Get(key); });
}

base::Result<std::string> FaultyStore::GetRange(const std::string& key, uint64_t offset,
                                                uint64_t size) {
  return plan_->Run("get " + key, [&] { return store_->GetRange(key, offset, size); });
}

base::Result<ObjectInfo> FaultyStore::Head(const std::string& key) {
  return plan_->Run("head " + key, [&] { return store_->Head(key); });
}

base::Result<void> FaultyStore::Put(const std::string& key, std::string_view bytes) {
  return plan_->Run("put " + key, [&] { return store_->Put(key, bytes); });
}

base::Result<PutOutcome> FaultyStore::PutIfAbsent(const std::string& key, std::string_view bytes) {
  return plan_->Run("put " + key, [&] { return store_->PutIfAbsent(key, bytes); });
}

base::Result<std::unique_ptr<ObjectWriter>> FaultyStore::OpenWriter(const std::string& key) {
  return plan_->Run("open " + key, [&]() -> base::Result<std::unique_ptr<ObjectWriter>> {
    return std::make_unique<Writer>(TRY(store_->OpenWriter(key)), plan_);
  });
}

base::Result<std::vector<ObjectInfo>> FaultyStore::List(const std::string& prefix,
                                                        const std::string& start_after) {
  return plan_->Run("list " + prefix, [&] { return store_->List(prefix, start_after); });
}

base::Result<void> FaultyStore::Delete(const std::string& key) {
  return plan_->Run("delete " + key, [&] { return store_->Delete(key); });
}

}  // namespace object
