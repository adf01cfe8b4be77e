// The tables a parsed SELECT names. Parser's tree only; nothing is bound. THREAD: any.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <duckdb/parser/query_node.hpp>
#include <duckdb/parser/sql_statement.hpp>

#include "sql/analyze.h"

namespace sql {

// Tables that macros name, by the macro's name in lower case: a call reads them too.
using MacroReferences = std::map<std::string, std::vector<TableReference>>;

// In order of first appearance, each once. Names of common table expressions are left out where
// they are in scope. A call of lake_scan('schema.name') counts as that table.
std::vector<TableReference> FindReferences(duckdb::QueryNode& query, const MacroReferences& macros);
std::vector<TableReference> FindReferences(duckdb::ParsedExpression& expression,
                                           const MacroReferences& macros);

}  // namespace sql
