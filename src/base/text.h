// Small text functions that more than one room needs. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// The candidate closest to `word` by edit distance (insert, delete, replace, swap of neighbours),
// ignoring ASCII case, when it is close enough to be a plausible slip; nullopt otherwise.
std::optional<std::string> NearestMatch(std::string_view word,
                                        const std::vector<std::string>& candidates);

// "Did you mean 'x'?" or "" when nothing is near.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates);

[[nodiscard]] bool EqualsIgnoreCase(std::string_view a, std::string_view b);  // ASCII
[[nodiscard]] std::string ToLower(std::string_view text);                     // ASCII
[[nodiscard]] std::string_view Trim(std::string_view text);                   // ASCII white space
[[nodiscard]] std::vector<std::string_view> Split(std::string_view text, char separator);
[[nodiscard]] std::string Join(const std::vector<std::string>& parts, std::string_view separator);

// The number of leading bytes of `text` that are well-formed UTF-8 (RFC 3629: no surrogates, no
// overlong forms); text.size() when all of it is.
[[nodiscard]] size_t ValidUtf8Prefix(std::string_view text);

// `*` matches any run of characters, `?` one; nothing else is special.
[[nodiscard]] bool GlobMatch(std::string_view pattern, std::string_view text);

// 1234567 -> "1,234,567"; 1536 bytes -> "1.5 KiB"; 61500 ms -> "1m 1.5s".
[[nodiscard]] std::string FormatCount(int64_t count);
[[nodiscard]] std::string FormatBytes(uint64_t bytes);
[[nodiscard]] std::string FormatDurationMs(int64_t duration_ms);

// 'it''s': a SQL string literal; "a ""b""": a SQL identifier, always quoted.
[[nodiscard]] std::string QuoteLiteral(std::string_view text);
[[nodiscard]] std::string QuoteIdentifier(std::string_view name);

}  // namespace base
