// One value of a field and its text, both ways.
//
// A scalar here is whatever stands in one word of a file: numbers, texts,
// enum values, and google.protobuf.Duration, although it is a message.
//
// Errors:  InvalidArgument; the text says what is wanted instead.
// Threads: pure.

#ifndef POSTERN_LIB_CONFIG_SCALAR_H_
#define POSTERN_LIB_CONFIG_SCALAR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "proto/config/v1/options.pb.h"

namespace postern::config {

// A field and what its option says; for the values of a map field, `options`
// are those of the map.
struct ScalarField {
  const google::protobuf::FieldDescriptor& field;
  const v1::Field& options;
};

// Tells whether values of `field` are scalars.
bool IsScalar(const google::protobuf::FieldDescriptor& field);

// Tells in words what a value of the field looks like: "a number".
std::string Wanted(const ScalarField& scalar);

// Checks `text` and sets the field of `message` to it, or adds it if the field
// is repeated.
absl::Status ReadScalar(absl::string_view text, const ScalarField& scalar,
                        google::protobuf::Message& message);

// Returns the text of the field's value, which ReadScalar() reads back;
// `index` counts the values of a repeated field and is -1 for others.
std::string ScalarText(const google::protobuf::Message& message,
                       const ScalarField& scalar, int index);

}  // namespace postern::config

#endif  // POSTERN_LIB_CONFIG_SCALAR_H_
