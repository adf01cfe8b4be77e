#include "lake/action_parser.h"

#include <utility>

#include "lake/simdjson_values.h"
#include "lake/uri.h"

namespace lake {
namespace {

namespace ondemand = simdjson::ondemand;

// Takes values out of JSON and remembers the first thing that was not as it must be, so that the
// readers below state the format only.
class Reader {
 public:
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] base::Error error() const {
    if (unsupported_) return base::Unsupported(why_, hint_);
    return base::Corruption(why_);
  }

  void Fail(std::string_view what) {
    if (!failed_) why_ = "an action of the log cannot be read: " + std::string(what);
    failed_ = true;
  }
  void Refuse(std::string message, std::string hint) {
    if (!failed_) {
      why_ = std::move(message);
      hint_ = std::move(hint);
    }
    failed_ = true;
    unsupported_ = true;
  }

  // Calls `member(key, value)` for every member that is not null.
  template <typename Member>
  void Object(ondemand::value value, std::string_view what, Member member) {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return Fail(what);
    for (auto result : object) {
      ondemand::field field;
      std::string_view key;
      if (std::move(result).get(field) != simdjson::SUCCESS ||
          field.unescaped_key().get(key) != simdjson::SUCCESS) {
        return Fail(what);
      }
      // The key lives in the parser's buffer, which the value's strings may overwrite.
      const std::string name(key);
      bool is_null = false;
      if (field.value().is_null().get(is_null) != simdjson::SUCCESS) return Fail(what);
      if (!is_null) member(name, field.value());
      if (failed_) return;
    }
  }

  std::string Text(ondemand::value value, std::string_view what) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) Fail(what);
    return std::string(text);
  }
  int64_t Int(ondemand::value value, std::string_view what) {
    int64_t number = 0;
    if (value.get_int64().get(number) != simdjson::SUCCESS) Fail(what);
    return number;
  }
  bool Bool(ondemand::value value, std::string_view what) {
    bool truth = false;
    if (value.get_bool().get(truth) != simdjson::SUCCESS) Fail(what);
    return truth;
  }
  std::vector<std::string> Texts(ondemand::value value, std::string_view what) {
    std::vector<std::string> texts;
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) {
      Fail(what);
      return texts;
    }
    for (auto result : array) {
      ondemand::value element;
      if (std::move(result).get(element) != simdjson::SUCCESS) {
        Fail(what);
        return texts;
      }
      texts.push_back(Text(element, what));
      if (failed_) return texts;
    }
    return texts;
  }
  std::map<std::string, std::string> TextMap(ondemand::value value, std::string_view what) {
    std::map<std::string, std::string> members;
    Object(value, what, [&](const std::string& key, ondemand::value member) {
      members[key] = Text(member, what);
    });
    return members;
  }
  // The JSON text of a value as it stands.
  std::string Raw(ondemand::value value, std::string_view what) {
    std::string_view text;
    if (simdjson::to_json_string(value).get(text) != simdjson::SUCCESS) Fail(what);
    return std::string(text.substr(0, text.find_last_not_of(" \t\r\n") + 1));
  }
  PartitionValues Partitions(ondemand::value value) {
    PartitionValues values;
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) {
      Fail("partitionValues");
      return values;
    }
    for (auto result : object) {
      ondemand::field field;
      std::string_view key;
      if (std::move(result).get(field) != simdjson::SUCCESS ||
          field.unescaped_key().get(key) != simdjson::SUCCESS) {
        Fail("partitionValues");
        return values;
      }
      std::optional<std::string>& stored = values[std::string(key)];
      bool is_null = false;
      if (field.value().is_null().get(is_null) != simdjson::SUCCESS) Fail("partitionValues");
      if (!is_null) stored = Text(field.value(), "partitionValues");
      // "An empty string for any type translates to a null partition value."
      if (stored.has_value() && stored->empty()) stored.reset();
      if (failed_) return values;
    }
    return values;
  }
  std::string Path(ondemand::value value, std::string_view what) {
    const std::string uri = Text(value, what);
    if (failed_) return uri;
    if (IsAbsoluteUri(uri)) {
      Refuse("the table holds a file outside of its folder: " + uri,
             "Tables that share files with others, such as shallow clones, are not read.");
    }
    return DecodePath(uri);
  }
  void DeletionVector() {
    Refuse("the table needs the reader feature 'deletionVectors', which is not supported",
           "Have the engine that wrote it purge its deletion vectors, in Spark REORG TABLE ... "
           "APPLY (PURGE), and drop the feature.");
  }

 private:
  bool failed_ = false;
  bool unsupported_ = false;
  std::string why_;
  std::string hint_;
};

Protocol ReadProtocol(Reader& reader, ondemand::value value) {
  Protocol protocol{.min_reader_version = 0, .min_writer_version = 0};
  reader.Object(value, "protocol", [&](const std::string& key, ondemand::value member) {
    if (key == "minReaderVersion") {
      protocol.min_reader_version = static_cast<int>(reader.Int(member, key));
    } else if (key == "minWriterVersion") {
      protocol.min_writer_version = static_cast<int>(reader.Int(member, key));
    } else if (key == "readerFeatures") {
      protocol.reader_features = reader.Texts(member, key);
    } else if (key == "writerFeatures") {
      protocol.writer_features = reader.Texts(member, key);
    }
  });
  if (protocol.min_reader_version < 1 || protocol.min_writer_version < 1) {
    reader.Fail("protocol without its versions");
  }
  return protocol;
}

Metadata ReadMetadata(Reader& reader, ondemand::value value) {
  Metadata metadata;
  bool has_schema = false;
  reader.Object(value, "metaData", [&](const std::string& key, ondemand::value member) {
    if (key == "id") {
      metadata.id = reader.Text(member, key);
    } else if (key == "name") {
      metadata.name = reader.Text(member, key);
    } else if (key == "description") {
      metadata.description = reader.Text(member, key);
    } else if (key == "schemaString") {
      metadata.schema_json = reader.Text(member, key);
      has_schema = true;
    } else if (key == "partitionColumns") {
      metadata.partition_columns = reader.Texts(member, key);
    } else if (key == "configuration") {
      metadata.configuration = reader.TextMap(member, key);
    } else if (key == "createdTime") {
      metadata.created_unix_ms = reader.Int(member, key);
    } else if (key == "format") {
      reader.Object(member, key, [&](const std::string& name, ondemand::value option) {
        if (name != "provider") return;
        const std::string provider = reader.Text(option, name);
        if (provider != "parquet") {
          reader.Refuse("the table's data files are of format '" + provider + "', not parquet", "");
        }
      });
    }
  });
  if (!has_schema) reader.Fail("metaData without schemaString");
  return metadata;
}

AddFile ReadAdd(Reader& reader, ondemand::value value) {
  AddFile add;
  reader.Object(value, "add", [&](const std::string& key, ondemand::value member) {
    if (key == "path") {
      add.path = reader.Path(member, key);
    } else if (key == "partitionValues") {
      add.partition_values = reader.Partitions(member);
    } else if (key == "size") {
      add.size_bytes = reader.Int(member, key);
    } else if (key == "modificationTime") {
      add.modified_unix_ms = reader.Int(member, key);
    } else if (key == "dataChange") {
      add.data_change = reader.Bool(member, key);
    } else if (key == "stats") {
      add.stats_json = reader.Text(member, key);
    } else if (key == "tags") {
      add.tags = reader.TextMap(member, key);
    } else if (key == "deletionVector") {
      reader.DeletionVector();
    }
  });
  if (add.path.empty()) reader.Fail("add without a path");
  return add;
}

RemoveFile ReadRemove(Reader& reader, ondemand::value value) {
  RemoveFile remove;
  reader.Object(value, "remove", [&](const std::string& key, ondemand::value member) {
    if (key == "path") {
      remove.path = reader.Path(member, key);
    } else if (key == "deletionTimestamp") {
      remove.deletion_unix_ms = reader.Int(member, key);
    } else if (key == "dataChange") {
      remove.data_change = reader.Bool(member, key);
    } else if (key == "partitionValues") {
      remove.partition_values = reader.Partitions(member);
    } else if (key == "size") {
      remove.size_bytes = reader.Int(member, key);
    } else if (key == "deletionVector") {
      reader.DeletionVector();
    }
  });
  if (remove.path.empty()) reader.Fail("remove without a path");
  return remove;
}

Txn ReadTxn(Reader& reader, ondemand::value value) {
  Txn txn;
  bool has_version = false;
  reader.Object(value, "txn", [&](const std::string& key, ondemand::value member) {
    if (key == "appId") {
      txn.app_id = reader.Text(member, key);
    } else if (key == "version") {
      txn.version = reader.Int(member, key);
      has_version = true;
    } else if (key == "lastUpdated") {
      txn.last_updated_unix_ms = reader.Int(member, key);
    }
  });
  if (!has_version) reader.Fail("txn without a version");
  return txn;
}

// Everything here is free-form by the protocol, so what is not of the usual shape is kept as JSON.
CommitInfo ReadCommitInfo(Reader& reader, ondemand::value value) {
  CommitInfo info;
  reader.Object(value, "commitInfo", [&](const std::string& key, ondemand::value member) {
    ondemand::json_type type{};
    if (member.type().get(type) != simdjson::SUCCESS) return reader.Fail(key);
    const bool is_text = type == ondemand::json_type::string;
    const bool is_object = type == ondemand::json_type::object;
    if (key == "timestamp" && type == ondemand::json_type::number) {
      info.timestamp_unix_ms = reader.Int(member, key);
    } else if (key == "operation" && is_text) {
      info.operation = reader.Text(member, key);
    } else if (key == "engineInfo" && is_text) {
      info.engine = reader.Text(member, key);
    } else if (key == "operationParameters" && is_object) {
      reader.Object(member, key, [&](const std::string& name, ondemand::value parameter) {
        info.parameters[name] = reader.Raw(parameter, name);
      });
    } else if (key == "operationMetrics" && is_object) {
      reader.Object(member, key, [&](const std::string& name, ondemand::value metric) {
        ondemand::json_type kind{};
        if (metric.type().get(kind) != simdjson::SUCCESS) return reader.Fail(name);
        info.metrics[name] = kind == ondemand::json_type::string ? reader.Text(metric, name)
                                                                 : reader.Raw(metric, name);
      });
    } else {
      info.extra[key] = reader.Raw(member, key);
    }
  });
  return info;
}

}  // namespace

struct ActionParser::Buffers {
  ondemand::parser parser;
};

ActionParser::ActionParser() : buffers_(std::make_unique<Buffers>()) {}
ActionParser::~ActionParser() = default;

base::Result<std::optional<Action>> ActionParser::ParsePadded(std::string_view json,
                                                              size_t capacity) {
  Reader reader;
  std::optional<Action> action;
  ondemand::document document;
  ondemand::value root;
  if (buffers_->parser.iterate(json.data(), json.size(), capacity).get(document) !=
          simdjson::SUCCESS ||
      document.get_value().get(root) != simdjson::SUCCESS) {
    return base::Corruption("an action of the log is no JSON object");
  }
  reader.Object(root, "not a JSON object", [&](const std::string& key, ondemand::value value) {
    std::optional<Action> found;
    if (key == "add") {
      found = ReadAdd(reader, value);
    } else if (key == "remove") {
      found = ReadRemove(reader, value);
    } else if (key == "commitInfo") {
      found = ReadCommitInfo(reader, value);
    } else if (key == "txn") {
      found = ReadTxn(reader, value);
    } else if (key == "metaData") {
      found = ReadMetadata(reader, value);
    } else if (key == "protocol") {
      found = ReadProtocol(reader, value);
    } else {
      return;  // the protocol asks readers to pass over what they do not know
    }
    if (action.has_value()) return reader.Fail("two actions in one line");
    action = std::move(found);
  });
  // Past the last token there is no location: anything else is text that belongs to no action.
  if (!reader.failed() && document.current_location().error() == simdjson::SUCCESS) {
    reader.Fail("text after its end");
  }
  if (reader.failed()) return reader.error();
  return action;
}

base::Result<std::optional<Action>> ActionParser::Parse(std::string_view json) {
  std::string padded(json);
  padded.resize(json.size() + simdjson::SIMDJSON_PADDING);
  return ParsePadded({padded.data(), json.size()}, padded.size());
}

base::Result<std::vector<Action>> ActionParser::ParseLines(std::string text) {
  std::vector<Action> actions;
  const size_t size = text.size();
  text.resize(size + simdjson::SIMDJSON_PADDING);
  for (size_t start = 0, line_number = 1; start < size; ++line_number) {
    size_t end = text.find('\n', start);
    if (end == std::string::npos || end > size) end = size;
    const std::string_view line(text.data() + start, end - start);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
      auto action = ParsePadded(line, text.size() - start);
      if (!action.ok()) {
        return std::move(action).error().With("line " + std::to_string(line_number));
      }
      if (action->has_value()) actions.push_back(*std::move(*action));
    }
    start = end + 1;
  }
  return actions;
}

base::Result<std::optional<Action>> ParseAction(std::string_view json) {
  return ActionParser().Parse(json);
}

}  // namespace lake
