// How reviews and items are written; see raw_records.h.
#include "connect/generators/raw_records.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <vector>

#include "base/check.h"
#include "connect/generators/skew.h"

namespace connect::generators {
namespace {

// Real files come both ways: text as it is, and everything beyond ASCII as \u escapes.
enum class Escapes { kPlain, kAscii };

// Escapes in one line of `one_in`; never where broken bytes are to stay as they are.
Escapes DrawEscapes(uint64_t one_in, Flaw flaw, base::Random& random) {
  const bool ascii = random.Below(one_in) == 0;
  return ascii && flaw != Flaw::kInvalidUtf8 ? Escapes::kAscii : Escapes::kPlain;
}

void AppendUnicodeEscape(uint32_t code_unit, std::string& out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[(code_unit >> shift) & 0xF];
}

// Decodes the sequence of `text` at `at` (valid: the word lists are ours) and moves past it.
uint32_t NextCodePoint(std::string_view text, size_t& at) {
  const auto lead = static_cast<uint8_t>(text[at++]);
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  uint32_t code_point = lead & (0x3Fu >> more);
  for (int i = 0; i < more; ++i) {
    code_point = code_point << 6 | (static_cast<uint8_t>(text[at++]) & 0x3Fu);
  }
  return code_point;
}

void AppendJsonString(std::string_view text, Escapes escapes, std::string& out) {
  out += '"';
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (static_cast<uint8_t>(c) >= 0x80 && escapes == Escapes::kAscii) {
      const uint32_t code_point = NextCodePoint(text, i);
      if (code_point >= 0x10000) {
        AppendUnicodeEscape(0xD800 + ((code_point - 0x10000) >> 10), out);
        AppendUnicodeEscape(0xDC00 + ((code_point - 0x10000) & 0x3FF), out);
      } else {
        AppendUnicodeEscape(code_point, out);
      }
      continue;
    }
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += c;
    }
    ++i;
  }
  out += '"';
}

// Writes `{"key": value, ...}` with the spaces that the raw files have.
class ObjectText {
 public:
  ObjectText(std::string& out, Escapes escapes) : out_(out), escapes_(escapes) { out_ += '{'; }
  ObjectText& Raw(std::string_view key, std::string_view json) {
    Key(key);
    out_ += json;
    return *this;
  }
  ObjectText& Text(std::string_view key, std::string_view text) {
    Key(key);
    AppendJsonString(text, escapes_, out_);
    return *this;
  }
  // For a value that the caller appends itself.
  std::string& Key(std::string_view key) {
    if (!first_) out_ += ", ";
    first_ = false;
    AppendJsonString(key, escapes_, out_);
    out_ += ": ";
    return out_;
  }
  void End() { out_ += '}'; }

 private:
  std::string& out_;
  Escapes escapes_;
  bool first_ = true;
};

// Which of the places where a flaw can be has it; the others are as they should be.
struct Shown {
  Flaw flaw;
  uint64_t which;
  [[nodiscard]] bool At(Flaw one, uint64_t place) const { return flaw == one && which == place; }
};

// Lengths of texts: half are below 165 bytes and the tail is long, as in most departments.
constexpr Quantile kTextBytes[] = {{0, 2},           {60'000, 15},      {150'000, 40},
                                   {300'000, 90},    {500'000, 165},    {700'000, 290},
                                   {850'000, 480},   {950'000, 900},    {990'000, 1'900},
                                   {999'000, 4'000}, {1'000'000, 9'000}};
constexpr Quantile kVotes[] = {{0, 0},       {720'000, 0},  {880'000, 2},
                               {970'000, 8}, {999'000, 90}, {1'000'000, 2'500}};

// Stars 1 to 5 of a hundred reviews: of a good product, a fair one and a bad one.
constexpr std::array<std::array<uint64_t, 5>, 3> kStars = {
    {{5, 4, 7, 16, 68}, {12, 8, 14, 24, 42}, {38, 18, 16, 12, 16}}};

int DrawRating(size_t quality, base::Random& random) {
  uint64_t draw = random.Below(100);
  int rating = 1;
  for (const uint64_t share : kStars.at(quality)) {
    if (draw < share) break;
    draw -= share;
    ++rating;
  }
  return rating;
}

std::string ImageUrl(base::Random& random, std::string_view ending) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456";
  std::string url = "https://m.media-amazon.com/images/I/";
  for (int i = 0; i < 11; ++i) url += kAlphabet[random.Below(sizeof(kAlphabet) - 1)];
  return url.append(ending);
}

void AppendReviewImages(base::Random& random, std::string& out) {
  const uint64_t count = random.Below(8) == 0 ? 1 + random.Below(3) : 0;
  out += '[';
  for (uint64_t i = 0; i < count; ++i) {
    if (i > 0) out += ", ";
    const std::string stem = ImageUrl(random, "");
    ObjectText(out, Escapes::kPlain)
        .Text("small_image_url", stem + "._SL256_.jpg")
        .Text("medium_image_url", stem + "._SL800_.jpg")
        .Text("large_image_url", stem + "._SL1600_.jpg")
        .Text("attachment_type", "IMAGE")
        .End();
  }
  out += ']';
}

// Cuts the line that begins at `start` somewhere inside, never within a character, and never so
// that a whole object remains.
void Truncate(size_t start, base::Random& random, std::string& out) {
  const size_t length = out.size() - start;
  CHECK(length > 2);
  size_t end = start + 1 + random.Below(length - 2);
  while ((static_cast<uint8_t>(out[end]) & 0xC0) == 0x80) --end;
  out.resize(end);
}

void AppendNotAnObject(base::Random& random, std::string& out) {
  static constexpr std::string_view kLines[] = {"[1, 2, 3]", "\"rating\"", "null", "42", "true"};
  out += kLines[random.Below(5)];
  out += '\n';
}

// Text with a broken sequence in it: a lone continuation byte, an overlong form, half a character.
std::string BrokenText(base::Random& random) {
  static constexpr std::string_view kBroken[] = {"caf\xE9", "\xC0\xAF", "\xE2\x28\xA1",
                                                 "\xF0\x9F\x98 half", "\xED\xA0\x80"};
  return "Bad bytes " + std::string(kBroken[random.Below(5)]) + " here";
}

struct Details {
  std::string_view key;
  std::string value;
};

std::vector<Details> DrawDetails(int64_t store, base::Random& random) {
  static constexpr std::string_view kBrandKeys[] = {"Brand", "brand", "BRAND"};
  static constexpr std::string_view kColorKeys[] = {"Color", "color", "COLOR"};
  std::vector<Details> details;
  const std::string maker = store >= 0 ? StoreName(store) : StoreName(store + 2);
  if (Chance(500'000, random)) details.push_back({"Date First Available", "March 4, 2014"});
  if (Chance(400'000, random)) details.push_back({"Manufacturer", maker});
  if (Chance(700'000, random)) {
    // Most makers have one brand, named as the store; some have a second one.
    std::string brand = Chance(800'000, random) ? maker : maker + " Basics";
    const uint64_t odd = random.Below(40);
    details.push_back({kBrandKeys[odd < 2 ? odd + 1 : 0], std::move(brand)});
  }
  if (Chance(400'000, random)) {
    details.push_back({"Material", std::string(MaterialName(random.Next()))});
  }
  if (Chance(250'000, random)) {
    details.push_back({"Style", std::string(StyleName(random.Next()))});
  }
  if (Chance(450'000, random)) {
    const uint64_t odd = random.Below(40);
    details.push_back({kColorKeys[odd < 2 ? odd + 1 : 0], std::string(ColorName(random.Next()))});
  }
  if (Chance(300'000, random)) details.push_back({"Size", std::string(SizeName(random.Next()))});
  if (Chance(200'000, random)) {
    details.push_back({"Package Dimensions", "7.5 x 5.25 x 1.4 inches; 3.2 Ounces"});
  }
  if (Chance(100'000, random)) {
    details.push_back({"UPC", std::to_string(600'000'000'000 + random.Below(99'999'999'999))});
  }
  return details;
}

void AppendDetails(int64_t store, const Shown& shown, Escapes escapes, base::Random& random,
                   std::string& out) {
  const std::vector<Details> details = DrawDetails(store, random);
  ObjectText object(out, escapes);
  for (const Details& detail : details) object.Text(detail.key, detail.value);
  if (shown.At(Flaw::kDuplicateKey, 0)) object.Text("Fit", "Regular").Text("Fit", "Slim");
  if (random.Below(20) == 0) object.Raw("Best Sellers Rank", "{\"Everything\": 12345}");
  object.End();
}

void AppendItemImages(base::Random& random, std::string& out) {
  static constexpr std::string_view kVariants[] = {"MAIN", "PT01", "PT02", "PT03"};
  const uint64_t count = random.Below(5);
  out += '[';
  for (uint64_t i = 0; i < count; ++i) {
    if (i > 0) out += ", ";
    ObjectText image(out, Escapes::kPlain);
    image.Text("thumb", ImageUrl(random, "._AC_SR38,50_.jpg"))
        .Text("large", ImageUrl(random, "._AC_.jpg"))
        .Text("variant", kVariants[i]);
    if (random.Below(3) == 0) {
      image.Raw("hi_res", "null");
    } else {
      image.Text("hi_res", ImageUrl(random, "._AC_SL1500_.jpg"));
    }
    image.End();
  }
  out += ']';
}

void AppendVideos(Escapes escapes, const Prose& prose, base::Random& random, std::string& out) {
  out += '[';
  if (random.Below(25) == 0) {
    std::string title;
    prose.AppendTitle(5, random, title);
    ObjectText(out, escapes)
        .Text("title", title)
        .Text("url", "https://www.amazon.com/vdp/" + std::to_string(random.Next()))
        .Text("user_id", "")
        .End();
  }
  out += ']';
}

void AppendSentences(uint64_t count, Escapes escapes, const Prose& prose, base::Random& random,
                     std::string& out) {
  out += '[';
  std::string text;
  for (uint64_t i = 0; i < count; ++i) {
    if (i > 0) out += ", ";
    text.clear();
    prose.AppendText(16 + static_cast<int64_t>(random.Below(100)), random, text);
    AppendJsonString(text, escapes, out);
  }
  out += ']';
}

// A price as the files have it: null, 15, 12.99; or a string, which no number is.
void AppendPrice(Flaw flaw, Escapes escapes, base::Random& random, std::string& out) {
  // Low prices are common: the smallest of three draws.
  uint64_t dollars = random.Below(400);
  for (int i = 0; i < 2; ++i) dollars = std::min(dollars, random.Below(400));
  const std::string whole = std::to_string(dollars + 1);
  const uint64_t cents = random.Below(100);
  const std::string decimal = whole + (cents < 10 ? ".0" : ".") + std::to_string(cents);
  const uint64_t shape = random.Below(100);
  if (flaw == Flaw::kOddPrice) {
    AppendJsonString(shape < 50 ? "from " + decimal : "—", escapes, out);
  } else if (shape < 35) {
    out += "null";
  } else {
    out += shape < 40 ? whole : decimal;
  }
}

// Empty for one item in three, as for whole departments in the real files.
void AppendCategories(std::initializer_list<std::string_view> names, Escapes escapes,
                      base::Random& random, std::string& out) {
  out += '[';
  if (random.Below(3) > 0) {
    bool first = true;
    for (const std::string_view name : names) {
      if (!first) out += ", ";
      first = false;
      AppendJsonString(name, escapes, out);
    }
  }
  out += ']';
}

void AppendReviewWords(const Shown& shown, size_t quality, const Prose& prose, base::Random& random,
                       ObjectText& object) {
  const int rating = DrawRating(quality, random);
  std::string title;
  prose.AppendTitle(rating, random, title);
  std::string text;
  prose.AppendText(DrawFrom(kTextBytes, random), random, text);
  if (shown.flaw == Flaw::kInvalidUtf8) (shown.which < 2 ? title : text) = BrokenText(random);

  const std::string stars = std::to_string(rating) + ".0";
  if (!shown.At(Flaw::kMissingKey, 0)) {
    object.Raw("rating", shown.At(Flaw::kWrongType, 0) ? '"' + stars + '"' : stars);
  }
  if (shown.At(Flaw::kNull, 0)) {
    object.Raw("title", "null");
  } else if (shown.At(Flaw::kWrongType, 1)) {
    object.Raw("title", "5");
  } else if (!shown.At(Flaw::kMissingKey, 1)) {
    object.Text("title", title);
  }
  if (shown.At(Flaw::kNull, 1)) {
    object.Raw("text", "null");
  } else {
    object.Text("text", text);
  }
}

void AppendReviewKeys(const Review& review, const Shown& shown, ObjectText& object) {
  if (shown.At(Flaw::kNull, 2)) {
    object.Raw("asin", "null");
  } else if (!shown.At(Flaw::kMissingKey, 2)) {
    object.Text("asin", review.asin);
  }
  object.Text("parent_asin", review.parent_asin);
  if (shown.flaw == Flaw::kDuplicateKey) {
    object.Text("asin", Asin(static_cast<int64_t>(shown.which), 7));
  }
  if (shown.At(Flaw::kNull, 3)) {
    object.Raw("user_id", "null");
  } else if (!shown.At(Flaw::kMissingKey, 3)) {
    object.Text("user_id", review.user_id);
  }
  const std::string time = std::to_string(review.timestamp_ms);
  object.Raw("timestamp", shown.flaw == Flaw::kRounding && shown.which < 2 ? time + ".5" : time);
}

void AppendReviewVotes(const Shown& shown, base::Random& random, ObjectText& object) {
  const std::string votes = std::to_string(DrawFrom(kVotes, random));
  if (shown.flaw == Flaw::kRounding && shown.which >= 2) {
    object.Raw("helpful_vote", votes + ".5");
  } else {
    object.Raw("helpful_vote", shown.At(Flaw::kWrongType, 2) ? "\"many\"" : votes);
  }
  const bool verified = Chance(870'000, random);
  if (shown.At(Flaw::kWrongType, 3)) {
    object.Raw("verified_purchase", "\"yes\"");
  } else {
    object.Raw("verified_purchase", verified ? "true" : "false");
  }
}

void AppendItemWords(const Shown& shown, std::string_view category, Escapes escapes,
                     const Prose& prose, base::Random& random, ObjectText& object) {
  std::string title;
  prose.AppendProduct(random, title);
  if (shown.flaw == Flaw::kInvalidUtf8) title = BrokenText(random);
  if (shown.At(Flaw::kNull, 0)) {
    object.Raw("main_category", "null");
  } else if (shown.At(Flaw::kWrongType, 0)) {
    object.Raw("main_category", "[\"Books\"]");
  } else {
    object.Text("main_category", category);
  }
  if (shown.At(Flaw::kNull, 1)) {
    object.Raw("title", "null");
  } else if (!shown.At(Flaw::kMissingKey, 0)) {
    object.Text("title", title);
  }
  const uint64_t tenths = 10 + random.Below(41);
  object.Raw("average_rating", std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10));
  object.Raw("rating_number", std::to_string(1 + random.Below(2'000)));
  AppendSentences(random.Below(5), escapes, prose, random, object.Key("features"));
  AppendSentences(random.Below(3), escapes, prose, random, object.Key("description"));
}

}  // namespace

std::string_view FlawName(Flaw flaw) {
  switch (flaw) {
    case Flaw::kNone:
      return "good";
    case Flaw::kNull:
      return "null";
    case Flaw::kOddPrice:
      return "odd price";
    case Flaw::kTruncated:
      return "truncated";
    case Flaw::kWrongType:
      return "wrong type";
    case Flaw::kRounding:
      return "rounding";
    case Flaw::kInvalidUtf8:
      return "invalid UTF-8";
    case Flaw::kDuplicateKey:
      return "duplicate key";
    case Flaw::kMissingKey:
      return "missing key";
    case Flaw::kNotAnObject:
      return "not an object";
  }
  return "";
}

std::string Asin(int64_t index, int64_t variant) {
  static constexpr char kDigits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  static constexpr uint64_t kAll = 2'821'109'907'456;  // 36^8
  // Odd and no multiple of 3, so without a factor in common with 36^8: a one-to-one scramble.
  static constexpr unsigned __int128 kFactor = 1'181'783'497'277;
  const auto place = static_cast<uint64_t>(index) * 8 + static_cast<uint64_t>(variant);
  auto value = static_cast<uint64_t>((place * kFactor + 987'654'321'987) % kAll);
  std::string asin = "B000000000";
  for (size_t i = asin.size() - 1; i >= 2; --i) {
    asin[i] = kDigits[value % 36];
    value /= 36;
  }
  return asin;
}

std::string UserId(uint64_t seed, int64_t index) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string id = "AE";
  uint64_t bits = 0;
  for (uint64_t i = 0; i < 26; ++i) {
    if (i % 12 == 0) bits = Mix(seed + i, static_cast<uint64_t>(index));
    id += kDigits[bits & 31];
    bits >>= 5;
  }
  return id;
}

void AppendReviewLine(const Review& review, Flaw flaw, const Prose& prose, base::Random& random,
                      std::string& out) {
  if (flaw == Flaw::kNotAnObject) return AppendNotAnObject(random, out);
  const size_t start = out.size();
  const Escapes escapes = DrawEscapes(8, flaw, random);
  const Shown shown{flaw, random.Below(4)};
  ObjectText object(out, escapes);
  AppendReviewWords(shown, review.quality, prose, random, object);
  AppendReviewImages(random, object.Key("images"));
  AppendReviewKeys(review, shown, object);
  AppendReviewVotes(shown, random, object);
  object.End();
  if (flaw == Flaw::kTruncated) Truncate(start, random, out);
  out += '\n';
}

void AppendItemLine(std::string_view parent_asin, int64_t store, Flaw flaw, const Prose& prose,
                    base::Random& random, std::string& out) {
  CHECK(flaw != Flaw::kRounding);
  if (flaw == Flaw::kNotAnObject) return AppendNotAnObject(random, out);
  const size_t start = out.size();
  const Escapes escapes = DrawEscapes(2, flaw, random);
  const Shown shown{flaw, random.Below(2)};
  // A store sells in one department, with a few strays.
  const auto home = static_cast<uint64_t>(store + 1) * 7;
  const uint64_t category = random.Below(20) == 0 ? random.Below(NumCategories()) : home;
  ObjectText object(out, escapes);
  AppendItemWords(shown, CategoryName(category), escapes, prose, random, object);
  if (shown.At(Flaw::kWrongType, 1)) {
    object.Raw("price", "true");
  } else {
    AppendPrice(flaw, escapes, random, object.Key("price"));
  }
  AppendItemImages(random, object.Key("images"));
  AppendVideos(escapes, prose, random, object.Key("videos"));
  if (store < 0) {
    object.Raw("store", "null");
  } else {
    object.Text("store", StoreName(store));
  }
  AppendCategories({CategoryName(category), StyleName(home)}, escapes, random,
                   object.Key("categories"));
  AppendDetails(store, shown, escapes, random, object.Key("details"));
  if (!shown.At(Flaw::kMissingKey, 1)) object.Text("parent_asin", parent_asin);
  object.Raw("bought_together", "null");
  if (random.Below(200) == 0) object.Text("subtitle", "Paperback – Illustrated");
  if (shown.At(Flaw::kDuplicateKey, 1)) object.Text("parent_asin", Asin(0, 7));
  object.End();
  if (flaw == Flaw::kTruncated) Truncate(start, random, out);
  out += '\n';
}

}  // namespace connect::generators
