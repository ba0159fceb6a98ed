// A YAML document as a tree of nodes that know where they stand.
//
// This is the one place that knows yaml-cpp. It refuses what a configuration
// does not need and what could hurt: aliases and anchors (a few lines of them
// are gigabytes), tags, several documents, keys that are not plain text.
// Duplicate keys are kept: who reads the tree knows their full name.
//
// Errors:  InvalidArgument "<line>:<column>: <what>", counted from 1.
// Threads: pure.
// Limits:  a text of 1 MiB, 32 levels.

#ifndef POSTERN_LIB_CONFIG_YAML_TREE_H_
#define POSTERN_LIB_CONFIG_YAML_TREE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::config {

constexpr size_t kMaxYamlBytes = 1 << 20;
constexpr int kMaxYamlDepth = 32;

struct Position {
  int line = 1;
  int column = 1;
};

struct YamlEntry;

struct YamlNode {
  enum class Kind {
    kNull,  // Nothing, "~" or "null".
    kScalar,
    kList,
    kMap,
  };
  Kind kind = Kind::kNull;
  Position position;
  std::string text;                // Of a scalar.
  std::vector<YamlNode> items;     // Of a list.
  std::vector<YamlEntry> entries;  // Of a map, as they stand in the text.
};

struct YamlEntry {
  std::string key;
  Position position;  // Of the key.
  YamlNode value;
};

// Returns the document in `text`; kNull if there is none.
absl::StatusOr<YamlNode> ParseYaml(absl::string_view text);

}  // namespace postern::config

#endif  // POSTERN_LIB_CONFIG_YAML_TREE_H_
