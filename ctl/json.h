// Answers as JSON, for --json.

#ifndef POSTERN_CTL_JSON_H_
#define POSTERN_CTL_JSON_H_

#include <iosfwd>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace postern::ctl {

// Prints `message` as one JSON object, with every field under its name in the
// .proto file, also those that are empty.
absl::Status PrintJson(const google::protobuf::Message& message,
                       std::ostream& out);

}  // namespace postern::ctl

#endif  // POSTERN_CTL_JSON_H_
