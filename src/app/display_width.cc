#include "app/display_width.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"

namespace app {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Blocks of characters that stand over the one before or show nothing (Unicode 15, general
// categories Mn, Me, Cf), the common scripts.
constexpr std::array kZeroWidth = {
    Range{0x0300, 0x036F}, Range{0x0483, 0x0489}, Range{0x0591, 0x05BD},   Range{0x0610, 0x061A},
    Range{0x064B, 0x065F}, Range{0x06D6, 0x06DC}, Range{0x0900, 0x0902},   Range{0x093C, 0x093C},
    Range{0x0941, 0x0948}, Range{0x0E31, 0x0E31}, Range{0x0E34, 0x0E3A},   Range{0x0E47, 0x0E4E},
    Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF}, Range{0x200B, 0x200F},   Range{0x202A, 0x202E},
    Range{0x2060, 0x2064}, Range{0x20D0, 0x20F0}, Range{0x3099, 0x309A},   Range{0xFE00, 0xFE0F},
    Range{0xFE20, 0xFE2F}, Range{0xFEFF, 0xFEFF}, Range{0x1F3FB, 0x1F3FF}, Range{0xE0100, 0xE01EF},
};

// Characters of two columns (Unicode 15, East_Asian_Width W and F, emoji presentation).
constexpr std::array kWide = {
    Range{0x1100, 0x115F},   Range{0x231A, 0x231B},   Range{0x23E9, 0x23EC},
    Range{0x2614, 0x2615},   Range{0x2648, 0x2653},   Range{0x26A1, 0x26A1},
    Range{0x26BD, 0x26BE},   Range{0x26C4, 0x26C5},   Range{0x2705, 0x2705},
    Range{0x270A, 0x270B},   Range{0x2728, 0x2728},   Range{0x274C, 0x274C},
    Range{0x2753, 0x2755},   Range{0x2757, 0x2757},   Range{0x2795, 0x2797},
    Range{0x2B1B, 0x2B1C},   Range{0x2B50, 0x2B50},   Range{0x2B55, 0x2B55},
    Range{0x2E80, 0x303E},   Range{0x3041, 0x33FF},   Range{0x3400, 0x4DBF},
    Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},   Range{0xA960, 0xA97F},
    Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},
    Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},   Range{0x1F300, 0x1F64F},
    Range{0x1F680, 0x1F6FF}, Range{0x1F7E0, 0x1F7EB}, Range{0x1F900, 0x1F9FF},
    Range{0x1FA70, 0x1FAFF}, Range{0x20000, 0x3FFFD},
};

template <size_t kSize>
bool Contains(const std::array<Range, kSize>& ranges, char32_t code_point) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), code_point,
                       [](char32_t wanted, const Range& range) { return wanted < range.first; });
  return after != ranges.begin() && code_point <= std::prev(after)->last;
}

// The code point at the start of `text` and its length in bytes; a bad byte stands for itself.
struct Decoded {
  char32_t code_point;
  size_t size;
};
Decoded DecodeFirst(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  size_t size = 1;
  if (lead >= 0xF0) {
    size = 4;
  } else if (lead >= 0xE0) {
    size = 3;
  } else if (lead >= 0xC0) {
    size = 2;
  }
  if (size == 1 || base::ValidUtf8Prefix(text.substr(0, size)) < size) return {lead, 1};
  char32_t code_point = lead & (0xFF >> (size + 1));
  for (size_t i = 1; i < size; ++i) code_point = code_point << 6 | (text[i] & 0x3F);
  return {code_point, size};
}

size_t WidthOf(char32_t code_point) {
  if (Contains(kZeroWidth, code_point)) return 0;
  return Contains(kWide, code_point) ? 2 : 1;
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const Decoded first = DecodeFirst(text);
    width += WidthOf(first.code_point);
    text.remove_prefix(first.size);
  }
  return width;
}

std::string CutToWidth(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return "";
  std::string cut;
  size_t used = 0;
  while (!text.empty()) {
    const Decoded first = DecodeFirst(text);
    if (used + WidthOf(first.code_point) > width - 1) break;
    used += WidthOf(first.code_point);
    cut += text.substr(0, first.size);
    text.remove_prefix(first.size);
  }
  return cut + "…";
}

std::string Printable(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string printable;
  printable.reserve(text.size());
  while (!text.empty()) {
    const Decoded first = DecodeFirst(text);
    const char32_t code_point = first.code_point;
    if (first.size == 1 && code_point >= 0x80) {
      printable += "\xEF\xBF\xBD";
    } else if (code_point == '\n') {
      printable += "\\n";
    } else if (code_point == '\r') {
      printable += "\\r";
    } else if (code_point == '\t') {
      printable += "\\t";
    } else if (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0)) {
      printable += "\\x";
      printable += kDigits[code_point >> 4];
      printable += kDigits[code_point & 0xF];
    } else {
      printable += text.substr(0, first.size);
    }
    text.remove_prefix(first.size);
  }
  return printable;
}

}  // namespace app
