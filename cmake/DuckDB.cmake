# DuckDB as tools/deps installs it: headers of npm duckdb, library of npm @duckdb/node-bindings.
set(TRIBUTARY_DEPS "${CMAKE_SOURCE_DIR}/build/deps" CACHE PATH "Where ./dev put the npm dependencies")
set(DUCKDB_ROOT "${TRIBUTARY_DEPS}/duckdb")
if(NOT EXISTS "${DUCKDB_ROOT}/lib/libduckdb.so")
  message(FATAL_ERROR "DuckDB is not in ${DUCKDB_ROOT}: run ./dev build, which installs it")
endif()
add_library(duckdb SHARED IMPORTED)
set_target_properties(duckdb PROPERTIES
  IMPORTED_LOCATION "${DUCKDB_ROOT}/lib/libduckdb.so"
  IMPORTED_NO_SONAME OFF
  INTERFACE_INCLUDE_DIRECTORIES "${DUCKDB_ROOT}/include"
  INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${DUCKDB_ROOT}/include")
