// simdjson with errors as values only: without this its results turn into values by throwing where
// a conversion is implicit, and the compiler would not say so. The one way this room includes it.
#pragma once

#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>
