// How many columns a text takes on a terminal, and texts cut or made safe for one. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace app {

// Columns of UTF-8 `text`: wide East Asian characters and emoji count two, combining marks none.
[[nodiscard]] size_t DisplayWidth(std::string_view text);

// `text` in at most `width` columns, its end replaced by "…" when it is longer.
[[nodiscard]] std::string CutToWidth(std::string_view text, size_t width);

// Control characters written out ("\n", "\x1b"), so that data cannot move the cursor, change
// colours or break a row; invalid UTF-8 becomes U+FFFD.
[[nodiscard]] std::string Printable(std::string_view text);

}  // namespace app
