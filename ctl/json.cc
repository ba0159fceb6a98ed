#include "ctl/json.h"

#include <ostream>
#include <string>

#include "google/protobuf/util/json_util.h"

namespace postern::ctl {

absl::Status PrintJson(const google::protobuf::Message& message,
                       std::ostream& out) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status =
      google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) {
    return absl::InternalError(std::string(status.message()));
  }
  out << json;
  return absl::OkStatus();
}

}  // namespace postern::ctl
