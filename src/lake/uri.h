// Paths of data files as the URIs a Delta log holds, and as the keys objects have. Pure.
#pragma once

#include <string>
#include <string_view>

namespace lake {

// Percent-encodes what RFC 2396 does not allow in a relative path, ':' too, so that a reader never
// takes "a:b" for a scheme.
[[nodiscard]] std::string EncodePath(std::string_view path);

// A '%' that starts no escape stands for itself: some writers do not encode.
[[nodiscard]] std::string DecodePath(std::string_view uri);

// "/x", "s3://b/x", "file:/x": a file that is not below the table's folder by its name.
[[nodiscard]] bool IsAbsoluteUri(std::string_view uri);

}  // namespace lake
