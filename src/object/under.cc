// Under: a view of a store below a prefix. Stateless over the store it shares; THREAD: any.
#include <utility>

#include "object/key.h"
#include "object/object_store.h"

namespace object {
namespace {

class UnderStore final : public ObjectStore {
 public:
  UnderStore(std::shared_ptr<ObjectStore> store, std::string prefix)
      : store_(std::move(store)), prefix_(std::move(prefix)) {}

  base::Result<std::string> Get(const std::string& key) override {
    return store_->Get(TRY(Whole(key)));
  }
  base::Result<std::string> GetRange(const std::string& key, uint64_t offset,
                                     uint64_t size) override {
    return store_->GetRange(TRY(Whole(key)), offset, size);
  }
  base::Result<ObjectInfo> Head(const std::string& key) override {
    ObjectInfo info = TRY(store_->Head(TRY(Whole(key))));
    info.key = key;
    return info;
  }
  base::Result<void> Put(const std::string& key, std::string_view bytes) override {
    return store_->Put(TRY(Whole(key)), bytes);
  }
  base::Result<PutOutcome> PutIfAbsent(const std::string& key, std::string_view bytes) override {
    return store_->PutIfAbsent(TRY(Whole(key)), bytes);
  }
  base::Result<std::unique_ptr<ObjectWriter>> OpenWriter(const std::string& key) override {
    return store_->OpenWriter(TRY(Whole(key)));
  }
  base::Result<std::vector<ObjectInfo>> List(const std::string& prefix,
                                             const std::string& start_after) override {
    auto found = TRY(store_->List(prefix_ + prefix,
                                  start_after.empty() ? std::string() : prefix_ + start_after));
    for (ObjectInfo& info : found) info.key.erase(0, prefix_.size());
    return found;
  }
  base::Result<void> Delete(const std::string& key) override {
    return store_->Delete(TRY(Whole(key)));
  }
  [[nodiscard]] std::string Describe() const override { return Below(store_->Describe()); }
  [[nodiscard]] std::string LocalRoot() const override {
    const std::string root = store_->LocalRoot();
    return root.empty() ? root : Below(root);
  }

 private:
  // The check comes first: an empty key would otherwise name the prefix itself.
  [[nodiscard]] base::Result<std::string> Whole(const std::string& key) const {
    TRY(CheckKey(key));
    return prefix_ + key;
  }
  [[nodiscard]] std::string Below(const std::string& root) const {
    const bool ends_open = root.ends_with('/') || root.ends_with(':');
    return root + (ends_open ? "" : "/") + prefix_.substr(0, prefix_.size() - 1);
  }

  std::shared_ptr<ObjectStore> store_;
  std::string prefix_;  // ends in '/'
};

}  // namespace

std::shared_ptr<ObjectStore> Under(std::shared_ptr<ObjectStore> store, const std::string& prefix) {
  CHECK(CheckKey(prefix).ok());
  return std::make_shared<UnderStore>(std::move(store), prefix + "/");
}

}  // namespace object
