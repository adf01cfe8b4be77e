// Prose: made-up sentences and names in the manner of shop reviews, from a word list of our own.
// Value with tables; THREAD: any (the random generator is the caller's).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace connect::generators {

class Prose {
 public:
  Prose();

  // Appends sentences until at least `bytes` were added; what real reviews hold is among them:
  // `<br />`, HTML entities, quotation marks, curly apostrophes, other scripts, emoji.
  void AppendText(int64_t bytes, base::Random& random, std::string& out) const;
  // A heading of a few words.
  void AppendTitle(int rating, base::Random& random, std::string& out) const;
  // "Soft Cotton Dress Socks for Women, 3 Pack, Navy".
  void AppendProduct(base::Random& random, std::string& out) const;

 private:
  void AppendSentence(base::Random& random, std::string& out) const;

  std::vector<std::string_view> words_;  // common ones several times
};

// The name of store `index`: distinct for distinct indices.
std::string StoreName(int64_t index);

// One of a few dozen departments; index taken modulo their number.
std::string_view CategoryName(uint64_t index);
uint64_t NumCategories();

std::string_view ColorName(uint64_t index);
std::string_view MaterialName(uint64_t index);
std::string_view StyleName(uint64_t index);
std::string_view SizeName(uint64_t index);

}  // namespace connect::generators
