// The names of enum values as they stand in a file: MODE_ENFORCE of the enum
// Mode is "enforce".
//
// Threads: pure.

#ifndef POSTERN_LIB_CONFIG_ENUM_NAME_H_
#define POSTERN_LIB_CONFIG_ENUM_NAME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace postern::config {

// Returns the value's name without the name of its enum, lower-case.
std::string EnumName(const google::protobuf::EnumValueDescriptor& value);

// Returns all names: "enforce, monitor".
std::string EnumNames(const google::protobuf::EnumDescriptor& type);

// Returns the number of the value called `name`; InvalidArgument lists the
// names there are.
absl::StatusOr<int> EnumValue(const google::protobuf::EnumDescriptor& type,
                              absl::string_view name);

}  // namespace postern::config

#endif  // POSTERN_LIB_CONFIG_ENUM_NAME_H_
