#include "app/sql_text.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace app {
namespace {

enum class TokenKind { kWord, kString, kQuotedName, kOther, kSemicolon };

struct Token {
  TokenKind kind;
  std::string_view text;
  size_t offset;
  int depth;  // of parentheses
};

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Cuts a text into tokens, one after the other. White space and comments are skipped.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::optional<Token> Next() {
    SkipSpace();
    if (at_ >= text_.size()) return std::nullopt;
    const size_t begin = at_;
    const TokenKind kind = Scan();
    const std::string_view token = text_.substr(begin, at_ - begin);
    if (token == "(") ++depth_;
    const Token made{.kind = kind, .text = token, .offset = begin, .depth = depth_};
    if (token == ")") depth_ = std::max(0, depth_ - 1);
    return made;
  }

  // A quote or a comment was not closed.
  [[nodiscard]] bool open() const { return open_; }

 private:
  void SkipSpace() {
    while (at_ < text_.size()) {
      if (Starts("--")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (Starts("/*")) {
        SkipComment();
      } else if (text_[at_] == ' ' || (text_[at_] >= '\t' && text_[at_] <= '\r')) {
        ++at_;
      } else {
        return;
      }
    }
  }

  void SkipComment() {
    int level = 0;  // they nest
    do {
      if (Starts("/*")) {
        ++level;
        at_ += 2;
      } else if (Starts("*/")) {
        --level;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (level > 0 && at_ < text_.size());
    if (level > 0) open_ = true;
  }

  TokenKind Scan() {
    const char first = text_[at_];
    const bool escapes =
        (first == 'e' || first == 'E') && at_ + 1 < text_.size() && text_[at_ + 1] == '\'';
    if (escapes) ++at_;
    if (first == '\'' || escapes) return ScanQuoted('\'', escapes), TokenKind::kString;
    if (first == '"') return ScanQuoted('"', false), TokenKind::kQuotedName;
    if (first == '$' && ScanDollarQuoted()) return TokenKind::kString;
    if (IsWordByte(first)) {
      while (at_ < text_.size() && IsWordByte(text_[at_])) ++at_;
      return TokenKind::kWord;
    }
    ++at_;
    return first == ';' ? TokenKind::kSemicolon : TokenKind::kOther;
  }

  void ScanQuoted(char quote, bool escapes) {
    for (++at_; at_ < text_.size(); ++at_) {
      if (escapes && text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == quote) {
        if (at_ + 1 < text_.size() && text_[at_ + 1] == quote) {
          ++at_;
        } else {
          ++at_;
          return;
        }
      }
    }
    at_ = text_.size();
    open_ = true;
  }

  // $$text$$ or $tag$text$tag$; false for a parameter such as $1.
  bool ScanDollarQuoted() {
    size_t end = at_ + 1;
    while (end < text_.size() && IsWordByte(text_[end])) ++end;
    const bool digit = at_ + 1 < end && text_[at_ + 1] >= '0' && text_[at_ + 1] <= '9';
    if (digit || end >= text_.size() || text_[end] != '$') return false;
    const std::string_view tag = text_.substr(at_, end + 1 - at_);
    const size_t close = text_.find(tag, end + 1);
    open_ = open_ || close == std::string_view::npos;
    at_ = close == std::string_view::npos ? text_.size() : close + tag.size();
    return true;
  }

  [[nodiscard]] bool Starts(std::string_view with) const {
    return text_.substr(at_, with.size()) == with;
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  bool open_ = false;
};

bool IsWord(const Token& token, std::string_view word) {
  return token.kind == TokenKind::kWord && base::EqualsIgnoreCase(token.text, word);
}

template <size_t kSize>
bool IsOneOf(const Token& token, const std::array<std::string_view, kSize>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return IsWord(token, word); });
}

// The string after TO at the top level of a COPY, when there is one.
std::optional<Token> CopyTarget(std::string_view statement) {
  Lexer lexer(statement);
  const auto first = lexer.Next();
  if (!first || !IsWord(*first, "copy")) return std::nullopt;
  while (const auto token = lexer.Next()) {
    if (token->depth == 0 && IsWord(*token, "to")) {
      const auto target = lexer.Next();
      return target && target->kind == TokenKind::kString ? target : std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<base::Error> RefuseFirstWord(const Token& word) {
  static constexpr std::array<std::string_view, 9> kChanges = {
      "create", "insert", "update", "delete", "drop", "alter", "truncate", "merge", "replace"};
  const std::string shown(word.text);
  if (IsOneOf(word, kChanges)) {
    return base::InvalidArgument(
        "'" + shown + "' would change something, and `tributary sql` only reads",
        "Tables are made by models: put the SELECT into models/<schema>/<name>.sql, then "
        "`tributary run`.");
  }
  return base::InvalidArgument("`tributary sql` does not run '" + shown + "'",
                               "It takes SELECT, FROM, WITH, VALUES, TABLE, PIVOT, DESCRIBE, "
                               "SUMMARIZE, SHOW, EXPLAIN and COPY ... TO.");
}

}  // namespace

std::vector<Statement> SplitStatements(std::string_view text) {
  std::vector<Statement> statements;
  Lexer lexer(text);
  std::optional<size_t> begin;
  size_t end = 0;
  const auto finish = [&] {
    if (begin) {
      statements.push_back(
          {.text = std::string(text.substr(*begin, end - *begin)), .offset = *begin});
    }
    begin.reset();
  };
  while (const auto token = lexer.Next()) {
    if (token->kind == TokenKind::kSemicolon) {
      finish();
      continue;
    }
    if (!begin) begin = token->offset;
    end = token->offset + token->text.size();
  }
  finish();
  return statements;
}

bool EndsStatement(std::string_view text) {
  Lexer lexer(text);
  bool ended = true;
  while (const auto token = lexer.Next()) ended = token->kind == TokenKind::kSemicolon;
  return ended && !lexer.open();
}

std::optional<base::Error> RefuseStatement(std::string_view statement) {
  static constexpr std::array<std::string_view, 12> kReads = {
      "select",  "from",        "with",     "values", "table",     "pivot",
      "unpivot", "pivot_wider", "describe", "desc",   "summarize", "show"};
  Lexer lexer(statement);
  auto token = lexer.Next();
  // EXPLAIN shows a plan, EXPLAIN ANALYZE runs it: what follows decides.
  if (token && IsWord(*token, "explain")) {
    token = lexer.Next();
    if (token && IsWord(*token, "analyze")) token = lexer.Next();
    if (token && token->text == "(") {  // EXPLAIN (FORMAT json) SELECT, or a SELECT in brackets
      const size_t offset = token->offset;
      while (token && !(token->depth == 1 && token->text == ")")) token = lexer.Next();
      token = lexer.Next();
      if (!token) return RefuseStatement(statement.substr(offset));
    }
  }
  while (token && token->text == "(") token = lexer.Next();
  if (!token) return base::InvalidArgument("the statement says nothing");
  if (IsOneOf(*token, kReads)) return std::nullopt;
  if (!IsWord(*token, "copy")) return RefuseFirstWord(*token);
  if (CopyTarget(statement.substr(token->offset))) return std::nullopt;
  return base::InvalidArgument("`tributary sql` copies to files only: COPY ... TO 'file'",
                               "Files come in as sources of tributary.yaml.");
}

bool IsExplain(std::string_view statement) {
  const auto first = Lexer(statement).Next();
  return first && IsWord(*first, "explain");
}

std::string WithAbsoluteTarget(const std::string& statement, const std::string& folder) {
  const auto target = CopyTarget(statement);
  if (!target || target->text.size() < 2 || target->text[0] != '\'') return statement;
  const std::string_view file = target->text.substr(1);
  const bool elsewhere = file[0] == '/' || file.find("://") != std::string_view::npos;
  if (elsewhere) return statement;
  std::string absolute = statement;
  const std::string quoted = base::QuoteLiteral(folder + "/");
  absolute.insert(target->offset + 1, quoted.substr(1, quoted.size() - 2));
  return absolute;
}

}  // namespace app
