#include "app/record_text.h"

#include <array>
#include <charconv>
#include <ctime>

#include "base/clock.h"
#include "base/json_writer.h"

namespace app {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

void AppendHex(std::string_view bytes, std::string& text) {
  for (const char c : bytes) {
    text += kHexDigits[static_cast<uint8_t>(c) >> 4];
    text += kHexDigits[static_cast<uint8_t>(c) & 15];
  }
}

// RFC 4648, with padding.
void AppendBase64(std::string_view bytes, std::string& text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view three = bytes.substr(i, 3);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (k < three.size() ? static_cast<uint8_t>(three[k]) : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      text += k <= three.size() ? kDigits[bits >> (18 - 6 * k) & 63] : '=';
    }
  }
}

void AppendTime(int64_t timestamp_ms, const std::string& format, std::string& text) {
  if (format.empty()) {
    text += std::to_string(timestamp_ms);
    return;
  }
  const auto seconds = static_cast<time_t>(timestamp_ms / 1'000);
  tm parts{};
  (void)gmtime_r(&seconds, &parts);
  std::array<char, 256> buffer{};
  text.append(buffer.data(), std::strftime(buffer.data(), buffer.size(), format.c_str(), &parts));
}

// Where the brace that `text` begins with is closed; braces inside are in pairs.
std::optional<size_t> ClosingBrace(std::string_view text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i;
  }
  return std::nullopt;
}

base::Error WrongFormat(const std::string& what) {
  return base::InvalidArgument(
      "the format " + what,
      "Letters: %t %p %o %d %k %v %h{%k=%v } %T %K %V %H %i %%; as in '%k\\t%v\\n'.");
}

size_t SizeOf(const std::optional<std::string_view>& bytes) { return bytes ? bytes->size() : 0; }

}  // namespace

base::Result<std::string> Unescaped(std::string_view text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    const char next = ++i < text.size() ? text[i] : ' ';
    constexpr std::string_view kLetters = "ntr0\\";
    constexpr std::string_view kMeanings("\n\t\r\0\\", 5);
    if (const size_t at = kLetters.find(next); at != std::string_view::npos) {
      bytes += kMeanings[at];
      continue;
    }
    uint8_t value = 0;
    const std::string_view digits = next == 'x' ? text.substr(i + 1, 2) : "";
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) {
      return base::InvalidArgument("'" + std::string(text) + "' has a backslash that means nothing",
                                   "There are \\n, \\t, \\r, \\0, \\\\ and \\xNN.");
    }
    bytes += static_cast<char>(value);
    i += 2;
  }
  return bytes;
}

base::Result<RecordFormat> RecordFormat::Parse(std::string_view text, std::string null_text) {
  RecordFormat format;
  format.parts_ = TRY(ParseParts(TRY(Unescaped(text)), false));
  format.null_text_ = std::move(null_text);
  return format;
}

base::Result<std::vector<RecordFormat::Part>> RecordFormat::ParseParts(std::string_view text,
                                                                       bool in_header) {
  const std::string_view letters = in_header ? "kvKV" : "tpodkvhTKVHi";
  std::vector<Part> parts;
  const auto add_text = [&parts](char c) {
    if (parts.empty() || parts.back().letter != 0) parts.emplace_back();
    parts.back().text += c;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      add_text(text[i]);
      continue;
    }
    const char letter = ++i < text.size() ? text[i] : ' ';
    if (letter == '%') {
      add_text('%');
      continue;
    }
    if (letters.find(letter) == std::string_view::npos) {
      return WrongFormat(std::string("has an unknown letter '%") + letter + "'");
    }
    Part part{.letter = letter};
    if (i + 1 < text.size() && text[i + 1] == '{') {
      const auto end = ClosingBrace(text.substr(i + 1));
      if (!end) return WrongFormat(std::string("does not close the brace of '%") + letter + "'");
      TRY(ParseBraces(text.substr(i + 2, *end - 1), part));
      i += 1 + *end;
    } else if (letter == 'h') {
      return WrongFormat("says nothing of what to print for a header");
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

base::Result<void> RecordFormat::ParseBraces(std::string_view braces, Part& part) {
  constexpr std::string_view kStrftime = "strftime[";
  if (part.letter == 'h') {
    part.inner = TRY(ParseParts(braces, true));
    return {};
  }
  const bool bytes = part.letter == 'k' || part.letter == 'v';
  if (bytes && braces == "hex") {
    part.encoding = Encoding::kHex;
  } else if (bytes && braces == "base64") {
    part.encoding = Encoding::kBase64;
  } else if (part.letter == 'd' && braces.substr(0, kStrftime.size()) == kStrftime &&
             braces.back() == ']') {
    part.text = braces.substr(kStrftime.size(), braces.size() - kStrftime.size() - 1);
  } else {
    return WrongFormat("has an unknown '{" + std::string(braces) + "}' for '%" + part.letter + "'");
  }
  return {};
}

void RecordFormat::AppendBytes(const std::optional<std::string_view>& bytes, Encoding encoding,
                               std::string& text) const {
  if (!bytes) {
    text += null_text_;
    return;
  }
  switch (encoding) {
    case Encoding::kRaw:
      text += *bytes;
      return;
    case Encoding::kHex:
      return AppendHex(*bytes, text);
    case Encoding::kBase64:
      return AppendBase64(*bytes, text);
  }
}

void RecordFormat::AppendHeaders(const Part& part, const logs::RecordView& record,
                                 std::string& text) const {
  for (const logs::HeaderView& header : record.Headers()) {
    for (const Part& inner : part.inner) {
      switch (inner.letter) {
        case 'k':
          AppendBytes(header.key, inner.encoding, text);
          break;
        case 'v':
          AppendBytes(header.value, inner.encoding, text);
          break;
        case 'K':
          text += std::to_string(header.key.size());
          break;
        case 'V':
          text += std::to_string(SizeOf(header.value));
          break;
        default:
          text += inner.text;
      }
    }
  }
}

void RecordFormat::Append(const PrintedRecord& printed, std::string& text) const {
  const logs::RecordView& record = printed.record;
  for (const Part& part : parts_) {
    switch (part.letter) {
      case 't':
        text += printed.partition.topic;
        break;
      case 'T':
        text += std::to_string(printed.partition.topic.size());
        break;
      case 'p':
        text += std::to_string(printed.partition.partition);
        break;
      case 'o':
        text += std::to_string(record.offset.get());
        break;
      case 'd':
        AppendTime(record.timestamp_ms, part.text, text);
        break;
      case 'k':
        AppendBytes(record.key, part.encoding, text);
        break;
      case 'v':
        AppendBytes(record.value, part.encoding, text);
        break;
      case 'K':
        text += std::to_string(SizeOf(record.key));
        break;
      case 'V':
        text += std::to_string(SizeOf(record.value));
        break;
      case 'H':
        text += std::to_string(record.num_headers);
        break;
      case 'h':
        AppendHeaders(part, record, text);
        break;
      case 'i':
        text += std::to_string(printed.number);
        break;
      default:
        text += part.text;
    }
  }
}

namespace {

void AddBytes(base::JsonWriter& json, std::string_view key,
              const std::optional<std::string_view>& bytes) {
  json.Key(key);
  if (bytes) {
    json.String(*bytes);
  } else {
    json.Null();
  }
}

void AddHeaders(base::JsonWriter& json, const logs::RecordView& record) {
  json.BeginArray();
  for (const logs::HeaderView& header : record.Headers()) {
    json.BeginObject().Key("key").String(header.key);
    AddBytes(json, "value", header.value);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace

std::string HeadersJson(const logs::RecordView& record) {
  if (record.num_headers == 0) return "";
  base::JsonWriter json;
  AddHeaders(json, record);
  return std::move(json).Take();
}

std::string RecordJson(const PrintedRecord& printed) {
  const logs::RecordView& record = printed.record;
  base::JsonWriter json;
  json.BeginObject().Key("topic").String(printed.partition.topic);
  json.Key("partition").Int(printed.partition.partition);
  json.Key("offset").Int(record.offset.get());
  json.Key("timestamp").String(base::FormatUtc(record.timestamp_ms));
  AddBytes(json, "key", record.key);
  AddBytes(json, "value", record.value);
  if (record.num_headers > 0) {
    json.Key("headers");
    AddHeaders(json, record);
  }
  json.EndObject();
  return std::move(json).Take();
}

std::vector<logs::Record> ParseRecords(std::string_view text, const InputShape& shape) {
  std::vector<logs::Record> records;
  const auto bytes = [&shape](std::string_view part) -> std::optional<std::string_view> {
    if (part.empty() && shape.empty_is_null) return std::nullopt;
    return part;
  };
  while (!text.empty()) {
    const size_t end = text.find(shape.record_delimiter);
    std::string_view one = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size()
                                                     : end + shape.record_delimiter.size());
    logs::Record record{.headers = shape.headers};
    if (shape.key) record.key = *shape.key;
    const size_t key_end =
        shape.key_delimiter.empty() ? std::string_view::npos : one.find(shape.key_delimiter);
    if (key_end != std::string_view::npos) {
      record.key = bytes(one.substr(0, key_end));
      one.remove_prefix(key_end + shape.key_delimiter.size());
    }
    record.value = bytes(one);
    records.push_back(record);
  }
  return records;
}

}  // namespace app
