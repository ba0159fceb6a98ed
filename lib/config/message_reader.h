// Fills a message from a YAML tree, field by field, by reflection.
//
// Errors:  InvalidArgument "<file>:<line>:<column>: <field>: <what>"; without
//          a file name it starts with the field.
// Threads: pure.

#ifndef POSTERN_LIB_CONFIG_MESSAGE_READER_H_
#define POSTERN_LIB_CONFIG_MESSAGE_READER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "lib/config/scalar.h"
#include "lib/config/yaml_tree.h"

namespace postern::config {

class MessageReader {
 public:
  // `file_name` must outlive the reader.
  explicit MessageReader(absl::string_view file_name) : file_name_(file_name) {}

  // Sets every field of `message`, which is empty: to what `node` says or to
  // its default. `name` is the message's own full name, "" at the top.
  // Overlays (overlay.h) stay empty.
  absl::Status Read(const YamlNode& node, const std::string& name,
                    google::protobuf::Message& message) const;

  // Returns the error that says `what` is wrong with the field `name`.
  absl::Status Error(Position position, const std::string& name,
                     absl::string_view what) const;

 private:
  // A field, with its full name for the errors.
  struct Target {
    ScalarField scalar;
    std::string name;
    google::protobuf::Message& message;

    const google::protobuf::FieldDescriptor& field() const {
      return scalar.field;
    }
  };

  absl::Status CheckKeys(const YamlNode& node, const std::string& name,
                         const google::protobuf::Descriptor& type) const;
  absl::Status ReadPresent(const YamlEntry& entry, const Target& target) const;
  absl::Status ReadAbsent(Position around, const Target& target) const;
  absl::Status ReadField(const YamlNode& node, const Target& target) const;
  absl::Status ReadList(const YamlNode& node, const Target& target) const;
  absl::Status ReadMap(const YamlNode& node, const Target& target) const;
  absl::Status ReadOne(const YamlNode& node, const Target& target) const;

  absl::string_view file_name_;
};

}  // namespace postern::config

#endif  // POSTERN_LIB_CONFIG_MESSAGE_READER_H_
