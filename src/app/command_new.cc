// `tributary new`: a project folder to begin with. The texts of the files are here.
#include <array>
#include <string_view>

#include "app/commands.h"

namespace app {
namespace {

struct TemplateFile {
  std::string_view path;
  std::string_view text;  // @NAME@ is the project's name
  bool starter_only;
};

constexpr std::array<TemplateFile, 6> kFiles = {{
    {"tributary.yaml", R"(# What comes in. Every key: docs/pipeline.md of tributary.
name: @NAME@
lake: lake

@SOURCES@)",
     false},
    {".gitignore", ".tributary/\nlake/\n.env\n", false},
    {"schemas/orders.avsc", R"({
  "type": "record",
  "name": "Order",
  "fields": [
    {"name": "order_id", "type": "string"},
    {"name": "customer", "type": "string"},
    {"name": "product", "type": "string"},
    {"name": "quantity", "type": "int"},
    {"name": "price", "type": ["null", "double"], "default": null},
    {"name": "ordered_at", "type": "string"}
  ]
}
)",
     true},
    {"data/orders.jsonl",
     R"({"order_id":"o-1001","customer":"ada","product":"lamp","quantity":1,"price":39.9,"ordered_at":"2026-11-01T09:12:00Z"}
{"order_id":"o-1002","customer":"ben","product":"chair","quantity":4,"price":59.0,"ordered_at":"2026-11-01T11:40:00Z"}
{"order_id":"o-1003","customer":"ada","product":"desk","quantity":1,"price":249.0,"ordered_at":"2026-11-01T16:05:00Z"}
{"order_id":"o-1004","customer":"chi","product":"lamp","quantity":2,"price":39.9,"ordered_at":"2026-11-02T08:31:00Z"}
{"order_id":"o-1005","customer":"dee","product":"shelf","quantity":"two","price":89.5,"ordered_at":"2026-11-02T10:02:00Z"}
{"order_id":"o-1006","customer":"ben","product":"desk","quantity":1,"price":249.0,"ordered_at":"2026-11-03T14:20:00Z"}
{"order_id":"o-1007","customer":"eva","product":"chair","quantity":2,"price":null,"ordered_at":"2026-11-03T15:45:00Z"}
{"order_id":"o-1008","customer":"chi","product":"shelf","quantity":1,"price":89.5,"ordered_at":"2026-11-03T18:09:00Z"}
)",
     true},
    {"models/silver/orders.sql", R"(/* ---
description: Every order with its value; an order without a price is worth nothing yet.
tests:
  not_null: [order_id, ordered_at]
  unique: [order_id]
--- */
SELECT
  order_id,
  customer,
  product,
  quantity,
  price,
  coalesce(quantity * price, 0) AS value,
  CAST(ordered_at AS TIMESTAMPTZ) AS ordered_at
FROM bronze.orders
)",
     true},
    {"models/gold/orders_by_day.sql", R"(/* ---
description: Orders and their value, a row a day.
tests:
  unique: [day]
  expression: [orders > 0]
--- */
SELECT
  CAST(ordered_at AS DATE) AS day,
  count(*) AS orders,
  count(DISTINCT customer) AS customers,
  round(sum(value), 2) AS value
FROM silver.orders
GROUP BY day
ORDER BY day
)",
     true},
}};

constexpr std::string_view kStarterSources = R"(sources:
  orders:
    connector: files
    path: data/orders*.jsonl        # new files are loaded by the next run, each exactly once
    schema: schemas/orders.avsc     # a line that does not fit goes to bronze.orders__rejected
    into: bronze.orders
)";

constexpr std::string_view kEmptySources = R"(# sources:
#   orders:
#     connector: files
#     path: data/orders*.jsonl
#     schema: schemas/orders.avsc   # inferred and written there when missing
#     into: bronze.orders
)";

constexpr std::array<std::string_view, 2> kEmptyFolders = {"models", "schemas"};

std::string Filled(std::string_view text, std::string_view name, std::string_view sources) {
  std::string filled(text);
  const auto replace = [&filled](std::string_view mark, std::string_view with) {
    const size_t at = filled.find(mark);
    if (at != std::string::npos) filled.replace(at, mark.size(), with);
  };
  replace("@SOURCES@", sources);
  replace("@NAME@", name);
  return filled;
}

// A name tributary.yaml takes: its letters, with '-' for the others.
std::string ProjectName(const std::string& folder) {
  std::string name;
  for (const char c : folder.substr(folder.rfind('/') + 1)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    name += plain ? c : '-';
  }
  return name;
}

base::Result<void> CheckFree(env::Files& files, const std::string& folder) {
  const auto info = files.Stat(folder);
  if (!info.ok()) {
    if (info.error().code() == base::Code::kNotFound) return {};
    return info.error();
  }
  if (!info->is_directory) return base::InvalidArgument(folder + " is a file");
  if (files.Stat(folder + "/tributary.yaml").ok()) {
    return base::InvalidArgument("there is a project in " + folder + " already",
                                 "Choose another folder, or remove it first.");
  }
  if (!TRY(files.List(folder)).empty()) {
    return base::InvalidArgument(folder + " is not empty",
                                 "Choose a folder that is empty or does not exist.");
  }
  return {};
}

base::Result<void> WriteFiles(env::Files& files, const std::string& folder, bool starter) {
  TRY(files.CreateDirectories(folder));
  const std::string name = ProjectName(folder);
  for (const TemplateFile& file : kFiles) {
    if (file.starter_only && !starter) continue;
    const std::string path = folder + "/" + std::string(file.path);
    TRY(files.CreateDirectories(path.substr(0, path.rfind('/'))));
    const std::string text = Filled(file.text, name, starter ? kStarterSources : kEmptySources);
    TRY(env::WriteWhole(files, path, text));
  }
  for (const std::string_view below : kEmptyFolders) {
    TRY(files.CreateDirectories(folder + "/" + std::string(below)));
  }
  return {};
}

}  // namespace

int RunNew(CommandContext& context) {
  std::string folder = context.Path(context.line.Text("FOLDER"));
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  const bool starter = context.line.Text("template", "starter") == "starter";
  const auto free = CheckFree(context.files, folder);
  if (!free.ok()) return context.Fail(free.error());
  const auto written = WriteFiles(context.files, folder, starter);
  if (!written.ok()) return context.Fail(written.error());
  context.Say("made " + folder);
  if (starter) {
    context.Say("next:\n  cd " + context.line.Text("FOLDER") +
                "\n  tributary run\n  tributary sql \"SELECT * FROM gold.orders_by_day\"\n  tributary up");
  } else {
    context.Say("next: `tributary up` serves its log to Kafka clients; or say in tributary.yaml "
                "what comes in, then `tributary check`");
  }
  return kExitDone;
}

}  // namespace app
