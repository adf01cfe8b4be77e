#include "pipeline/graph.h"

#include "base/text.h"

namespace pipeline {

const Node* Graph::Find(const RelationName& name) const {
  for (const Node& node : nodes) {
    if (base::EqualsIgnoreCase(node.name.schema, name.schema) &&
        base::EqualsIgnoreCase(node.name.name, name.name)) {
      return &node;
    }
  }
  return nullptr;
}

}  // namespace pipeline
