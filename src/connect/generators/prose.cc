// The word lists, and sentences from them; see prose.h.
#include "connect/generators/prose.h"

#include <array>
#include <iterator>

namespace connect::generators {
namespace {

// Listed thrice, twice, once in the draw: frequent words make text compress as real text does.
constexpr std::string_view kCommon[] = {
    "the",   "a",    "and",  "it",    "is",   "I",     "to",   "this", "for",  "my",
    "was",   "of",   "in",   "that",  "with", "but",   "on",   "not",  "they", "so",
    "very",  "have", "are",  "as",    "you",  "these", "them", "be",   "just", "like",
    "great", "love", "good", "would", "one",  "at",    "we",   "had",  "from", "all",
};
constexpr std::string_view kUsual[] = {
    "product", "really",  "when",    "out",     "up",    "get",   "well",   "use",
    "bought",  "because", "little",  "than",    "can",   "does",  "time",   "than",
    "what",    "after",   "has",     "size",    "were",  "also",  "only",   "back",
    "will",    "color",   "quality", "nice",    "fit",   "more",  "been",   "too",
    "your",    "perfect", "then",    "work",    "easy",  "about", "better", "price",
    "don't",   "it's",    "didn’t",  "I’ve",    "can't", "made",  "small",  "still",
    "first",   "even",    "two",     "ordered", "wear",  "other", "her",    "got",
    "put",     "some",    "look",    "looks",   "feel",  "if",    "am",     "much",
};
constexpr std::string_view kRare[] = {
    "comfortable",   "recommend",  "expected",     "daughter",   "husband",   "birthday",
    "received",      "package",    "shipping",     "arrived",    "broken",    "returned",
    "refund",        "seller",     "material",     "fabric",     "zipper",    "stitching",
    "plastic",       "metal",      "cotton",       "leather",    "cheap",     "sturdy",
    "durable",       "flimsy",     "lightweight",  "heavy",      "beautiful", "gorgeous",
    "ugly",          "awful",      "terrible",     "amazing",    "awesome",   "disappointed",
    "satisfied",     "surprised",  "happy",        "annoying",   "useless",   "helpful",
    "kitchen",       "garden",     "bathroom",     "bedroom",    "office",    "garage",
    "car",           "battery",    "charger",      "cable",      "screen",    "button",
    "handle",        "lid",        "bottle",       "cup",        "bag",       "box",
    "strap",         "belt",       "watch",        "smell",      "taste",     "flavor",
    "sound",         "volume",     "light",        "bright",     "dark",      "soft",
    "hard",          "thick",      "thin",         "long",       "short",     "wide",
    "narrow",        "tight",      "loose",        "large",      "medium",    "extra",
    "washed",        "dryer",      "shrunk",       "faded",      "stained",   "scratched",
    "cracked",       "leaks",      "works",        "stopped",    "lasted",    "weeks",
    "months",        "years",      "instructions", "assembly",   "screws",    "tools",
    "minutes",       "hours",      "customer",     "service",    "contacted", "replacement",
    "warranty",      "company",    "brand",        "store",      "compared",  "similar",
    "different",     "exactly",    "described",    "picture",    "photos",    "description",
    "worth",         "money",      "expensive",    "bargain",    "value",     "deal",
    "gift",          "Christmas",  "friends",      "family",     "kids",      "toddler",
    "son",           "dog",        "cat",          "skin",       "hair",      "face",
    "hands",         "feet",       "magazine",     "book",       "story",     "recipes",
    "pages",         "reading",    "author",       "definitely", "probably",  "honestly",
    "unfortunately", "absolutely", "literally",    "maybe",      "summer",    "winter",
    "outdoors",      "camping",    "hiking",       "running",    "gym",       "purchase",
    "purchased",     "delivery",   "quickly",      "slowly",     "carefully", "barely",
    "café",          "naïve",      "crème",        "jalapeño",   "façade",    "piñata",
    "über",
};
constexpr std::string_view kPhrases[] = {
    "Love it!",
    "Great",
    "Good product.",
    "Five stars",
    "Works well",
    "Nice",
    "Too small.",
    "Ok",
    "Perfect fit!",
    "Loved it",
    "As expected",
    "Cute",
    "Meh.",
    "Not as shown.",
    "A+",
    "👍",
    "❤️❤️❤️",
    "Muy bueno",
    "とても良い",
    "Très bien.",
    "Gut",
    "Broke.",
    "So so",
    "Yes",
};
constexpr std::string_view kAsides[] = {
    "<br /><br />",
    "<br />",
    " &#34;as seen on TV&#34; ",
    " &amp; more ",
    " &lt;3 ",
    " 😀 ",
    " 😍😍 ",
    " 👎🏽 ",
    " \"really\" ",
    " C:\\>ok ",
    " (see photo) ",
    " — ",
    " … ",
    " Excelente producto, llegó a tiempo. ",
    " 品質がとても良いです。 ",
    " Отличный товар. ",
    "\n",
    "\t",
    " 100% ",
    " $9.99 ",
};
constexpr std::string_view kGoodTitles[] = {"Five Stars", "Love",  "Great",   "Perfect",
                                            "Beautiful",  "Happy", "Amazing", "Very nice"};
constexpr std::string_view kBadTitles[] = {"One Star",     "Disappointed", "Not worth it",
                                           "Broke",        "Wrong size",   "Cheap",
                                           "Poor quality", "Returned"};
constexpr std::string_view kAdjectives[] = {
    "Soft",    "Premium",  "Classic", "Vintage", "Portable", "Durable", "Handmade", "Organic",
    "Compact", "Wireless", "Elegant", "Kids'",   "Women's",  "Men's",   "Deluxe",   "Mini"};
constexpr std::string_view kThings[] = {
    "Dress",   "Socks",      "Watch",    "Earrings", "Backpack",  "Water Bottle",   "Headphones",
    "T-Shirt", "Boots",      "Sandals",  "Necklace", "Wallet",    "Sunglasses",     "Phone Case",
    "Blanket", "Cookbook",   "Shampoo",  "Lamp",     "Puzzle",    "Guitar Strings", "Dog Leash",
    "Pillow",  "Tea Kettle", "Notebook", "Magazine", "Drill Bit", "Garden Hose",    "Yoga Mat",
    "Ring",    "Hat",        "Gloves",   "Charger"};
constexpr std::string_view kUses[] = {"for Women",   "for Men",   "for Kids",   "for Travel",
                                      "for Kitchen", "for Gifts", "for Office", "for Pets"};
constexpr std::string_view kCategories[] = {
    "AMAZON FASHION",
    "All Beauty",
    "Appliances",
    "Arts, Crafts & Sewing",
    "Automotive",
    "Baby",
    "Books",
    "Camera & Photo",
    "Cell Phones & Accessories",
    "Collectibles & Fine Art",
    "Computers",
    "Digital Music",
    "Gift Cards",
    "Grocery",
    "Handmade",
    "Health & Personal Care",
    "Amazon Home",
    "Industrial & Scientific",
    "Magazine Subscriptions",
    "Movies & TV",
    "Musical Instruments",
    "Office Products",
    "Pet Supplies",
    "Premium Beauty",
    "Software",
    "Sports & Outdoors",
    "Tools & Home Improvement",
    "Toys & Games",
    "Video Games",
    "Sports Collectibles",
    "Buy a Kindle",
    "Car Electronics",
    "All Electronics",
};
constexpr std::string_view kColors[] = {"Black", "White",  "Navy Blue", "Red",   "Multicolor",
                                        "Gold",  "Silver", "Rosé",      "Green", "Crème"};
constexpr std::string_view kMaterials[] = {
    "Cotton",          "Leather", "Stainless Steel", "Polyester",      "Wood", "Plastic",
    "Sterling Silver", "Wool",    "Glass",           "Faux Fur & Silk"};
constexpr std::string_view kStyles[] = {"Modern", "Classic", "Boho",       "Casual",
                                        "Sport",  "Retro",   "Minimalist", "Farmhouse"};
constexpr std::string_view kSizes[] = {
    "Small",    "Medium",    "Large",       "X-Large",
    "One Size", "8.5 FL Oz", "12\" x 18\"", "10 Count (Pack of 2)"};
constexpr std::string_view kOnsets[] = {"Ba", "Co", "Du", "El", "Fa", "Gri", "Ha",  "Jo",
                                        "Ka", "Lu", "Mo", "Ne", "Or", "Pa",  "Ri",  "Sa",
                                        "Ta", "Ur", "Vi", "Wo", "Ya", "Ze",  "Chi", "Ste"};
constexpr std::string_view kCodas[] = {"la",  "ndo", "rra", "x",   "bel", "tic", "sso", "ven",
                                       "mar", "dia", "ko",  "lin", "nor", "pha", "ris", "zu"};
constexpr std::string_view kEndings[] = {"",        "",         " Co.",     " Jewelry", " Home",
                                         " & Sons", " Fashion", " Studio",  " USA",     " Direct",
                                         " Café",   " Books",   " Outdoor", " Kids"};

template <size_t N>
std::string_view Pick(const std::string_view (&list)[N], base::Random& random) {
  return list[random.Below(N)];
}

template <size_t N>
std::string_view At(const std::string_view (&list)[N], uint64_t index) {
  return list[index % N];
}

// Sentences open with a capital; words that begin with another script stay as they are.
void AppendCapitalised(std::string_view word, std::string& out) {
  const size_t at = out.size();
  out += word;
  if (out[at] >= 'a' && out[at] <= 'z') out[at] = static_cast<char>(out[at] - 'a' + 'A');
}

}  // namespace

Prose::Prose() {
  for (int i = 0; i < 12; ++i) words_.insert(words_.end(), std::begin(kCommon), std::end(kCommon));
  for (int i = 0; i < 4; ++i) words_.insert(words_.end(), std::begin(kUsual), std::end(kUsual));
  words_.insert(words_.end(), std::begin(kRare), std::end(kRare));
}

void Prose::AppendSentence(base::Random& random, std::string& out) const {
  const uint64_t num_words = 4 + random.Below(12);
  for (uint64_t i = 0; i < num_words; ++i) {
    const std::string_view word = words_[random.Below(words_.size())];
    if (i == 0) {
      AppendCapitalised(word, out);
    } else {
      out += ' ';
      out += word;
    }
  }
  const uint64_t end = random.Below(8);
  out += end == 0 ? '!' : end == 1 ? '?' : '.';
}

void Prose::AppendText(int64_t bytes, base::Random& random, std::string& out) const {
  const size_t until = out.size() + static_cast<size_t>(bytes);
  if (bytes < 16) {
    out += Pick(kPhrases, random);
    return;
  }
  while (true) {
    AppendSentence(random, out);
    if (random.Below(12) == 0) out += Pick(kAsides, random);
    if (out.size() >= until) return;
    out += ' ';
  }
}

void Prose::AppendTitle(int rating, base::Random& random, std::string& out) const {
  out += rating >= 4 ? Pick(kGoodTitles, random) : Pick(kBadTitles, random);
  const uint64_t more = random.Below(5);
  for (uint64_t i = 0; i < more; ++i) {
    out += ' ';
    out += words_[random.Below(words_.size())];
  }
  if (random.Below(40) == 0) out += " 😊";
  if (random.Below(60) == 0) out += " &#34;wow&#34;";
}

void Prose::AppendProduct(base::Random& random, std::string& out) const {
  out += Pick(kAdjectives, random);
  out += ' ';
  out += Pick(kMaterials, random);
  out += ' ';
  out += Pick(kThings, random);
  if (random.Below(2) == 0) (out += ' ') += Pick(kUses, random);
  if (random.Below(3) == 0) out += ", " + std::to_string(2 + random.Below(11)) + " Pack";
  if (random.Below(3) == 0) (out += ", ") += Pick(kColors, random);
  if (random.Below(50) == 0) out += " – 5\" \\ 12 cm";
}

std::string StoreName(int64_t index) {
  // Syllables are the digits of the index, so that two stores never share a name.
  const auto value = static_cast<uint64_t>(index);
  std::string name(At(kOnsets, value));
  uint64_t rest = value / std::size(kOnsets);
  do {
    name += At(kCodas, rest);
    rest /= std::size(kCodas);
  } while (rest > 0);
  const std::string_view ending = At(kEndings, value * 31 / 7);
  if (index % 7 == 3) {
    for (char& c : name) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
  }
  return name.append(ending);
}

std::string_view CategoryName(uint64_t index) { return At(kCategories, index); }
uint64_t NumCategories() { return std::size(kCategories); }
std::string_view ColorName(uint64_t index) { return At(kColors, index); }
std::string_view MaterialName(uint64_t index) { return At(kMaterials, index); }
std::string_view StyleName(uint64_t index) { return At(kStyles, index); }
std::string_view SizeName(uint64_t index) { return At(kSizes, index); }

}  // namespace connect::generators
