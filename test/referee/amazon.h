// The Amazon example under test: a copy of its project in a folder of the test, and the marts that
// plain DuckDB finds in the raw lines (amazon.sql) to hold it to. Owner; THREAD: one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "connect/generators/amazon_reviews.h"
#include "referee/lake_view.h"
#include "referee/process.h"

namespace referee {

class AmazonProject {
 public:
  // A fresh copy of examples/amazon-reviews in `folder`, which is emptied first.
  explicit AmazonProject(std::string folder);

  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] std::string data() const { return root_ + "/data"; }
  [[nodiscard]] std::string lake() const { return root_ + "/lake"; }
  [[nodiscard]] std::string table(const std::string& name) const;  // "gold.mart_users" -> folder

  // Generates into data(), under names of its own: reviews-<label>.jsonl and meta-<label>.jsonl.
  connect::generators::GenerateReport Generate(
      const std::string& label, connect::generators::AmazonReviewsOptions options) const;

  // Reads data from this folder instead of data().
  void UseData(const std::string& folder);
  // Input files as the pipeline's patterns find them.
  [[nodiscard]] std::vector<std::string> Files(const std::string& prefix) const;

  [[nodiscard]] std::vector<std::string> Command(const std::vector<std::string>& words) const;
  [[nodiscard]] const std::map<std::string, std::string>& environment() const { return variables_; }
  [[nodiscard]] Ended Tributary(const std::vector<std::string>& words) const;

 private:
  std::string root_;
  std::map<std::string, std::string> variables_;
};

// Computes the referee's marts from the project's input files into schema `referee` of `view`.
void Referee(LakeView& view, const AmazonProject& project);

// What the project's marts and balance say otherwise than the referee's tables in `view`.
std::vector<std::string> MartDifferences(LakeView& view, const AmazonProject& project);

// The five marts.
const std::vector<std::string>& Marts();

}  // namespace referee
