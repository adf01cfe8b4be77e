#include "referee/amazon.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/check.h"
#include "base/text.h"
#include "env/files.h"

namespace referee {
namespace {

namespace fs = std::filesystem;

std::string ListLiteral(std::vector<std::string> texts) {
  for (std::string& text : texts) text = base::QuoteLiteral(text);
  return "[" + base::Join(texts, ", ") + "]";
}

}  // namespace

AmazonProject::AmazonProject(std::string folder) : root_(std::move(folder)) {
  fs::remove_all(root_);
  fs::create_directories(root_);
  fs::copy(fs::path(TRIBUTARY_SOURCE) / "examples/amazon-reviews", root_,
           fs::copy_options::recursive);
  for (const char* made : {"data", "lake", ".tributary"}) fs::remove_all(fs::path(root_) / made);
  fs::create_directories(data());
  variables_ = {{"AMAZON_DATA", data()}, {"AMAZON_LAKE", lake()}};
}

std::string AmazonProject::table(const std::string& name) const {
  const size_t dot = name.find('.');
  return lake() + "/" + name.substr(0, dot) + "/" + name.substr(dot + 1);
}

connect::generators::GenerateReport AmazonProject::Generate(
    const std::string& label, connect::generators::AmazonReviewsOptions options) const {
  const auto files = env::NewRealFiles();
  options.out_dir = root_ + "/generated";
  auto report = connect::generators::GenerateAmazonReviews(*files, options);
  CHECK(report.ok());
  const std::string ending = options.gzip ? ".jsonl.gz" : ".jsonl";
  for (const char* kind : {"reviews", "meta"}) {
    fs::rename(options.out_dir + "/" + kind + ending, data() + "/" + kind + "-" + label + ending);
  }
  return *report;
}

void AmazonProject::UseData(const std::string& folder) { variables_["AMAZON_DATA"] = folder; }

std::vector<std::string> AmazonProject::Files(const std::string& prefix) const {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(variables_.at("AMAZON_DATA"))) {
    const std::string name = entry.path().filename().string();
    if (base::GlobMatch(prefix + "*.jsonl", name) || base::GlobMatch(prefix + "*.jsonl.gz", name)) {
      files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> AmazonProject::Command(const std::vector<std::string>& words) const {
  std::vector<std::string> command = {TRIBUTARY_PROGRAM, "-C", root_};
  command.insert(command.end(), words.begin(), words.end());
  return command;
}

Ended AmazonProject::Tributary(const std::vector<std::string>& words) const {
  return Process(Command(words), variables_).Wait();
}

void Referee(LakeView& view, const AmazonProject& project) {
  std::ifstream in(fs::path(TRIBUTARY_SOURCE) / "test/referee/amazon.sql");
  std::ostringstream script;
  script << in.rdbuf();
  view.Execute("SET VARIABLE review_files = " + ListLiteral(project.Files("reviews")) +
               "; SET VARIABLE item_files = " + ListLiteral(project.Files("meta")));
  view.Execute(script.str());
}

const std::vector<std::string>& Marts() {
  static const std::vector<std::string> marts = {"mart_users", "mart_parent_products",
                                                 "mart_categories", "mart_store_performance",
                                                 "mart_reviews"};
  return marts;
}

std::vector<std::string> MartDifferences(LakeView& view, const AmazonProject& project) {
  std::vector<std::string> all;
  view.Execute("CREATE SCHEMA IF NOT EXISTS lake");
  for (const std::string& mart : Marts()) {
    if (!view.Attach("lake." + mart, project.table("gold." + mart))) {
      if (view.Number("SELECT count(*) FROM referee." + mart) > 0)
        all.push_back(mart + " is empty");
      continue;
    }
    // The referee counts time in milliseconds.
    const std::string ours =
        mart != "mart_users"
            ? "lake." + mart
            : "(SELECT * EXCLUDE (first_review_date, last_review_date), "
              "epoch_ms(first_review_date), epoch_ms(last_review_date) FROM lake.mart_users)";
    for (const std::string& row : view.Differences(ours, "referee." + mart)) all.push_back(row);
  }
  if (!view.Attach("lake.balance", project.table("gold.balance"))) return {"no gold.balance"};
  for (const std::string& row :
       view.Differences("(SELECT * EXCLUDE (missing) FROM lake.balance)", "referee.balance")) {
    all.push_back(row);
  }
  if (view.Number("SELECT count(*) FROM lake.balance WHERE missing <> 0") > 0) {
    all.emplace_back("gold.balance misses rows");
  }
  return all;
}

}  // namespace referee
