#include "lib/config/config.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/message.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/config/message_reader.h"
#include "lib/config/overlay.h"
#include "lib/config/printer.h"
#include "lib/config/yaml_tree.h"

namespace postern::config {
namespace {

using ::google::protobuf::Message;

absl::Status Replace(const YamlNode& root, absl::string_view file_name,
                     Message& config) {
  const std::unique_ptr<Message> fresh(config.New());
  const MessageReader reader(file_name);
  RETURN_IF_ERROR(reader.Read(root, "", *fresh));
  RETURN_IF_ERROR(ReadOverlays(root, reader, *fresh));
  config.GetReflection()->Swap(&config, fresh.get());
  return absl::OkStatus();
}

}  // namespace

absl::Status Load(absl::string_view yaml, absl::string_view file_name,
                  Message& config) {
  const auto root = ParseYaml(yaml);
  if (!root.ok()) {
    return absl::Status(root.status().code(),
                        absl::StrCat(file_name, ":", root.status().message()));
  }
  return Replace(*root, file_name, config);
}

absl::Status LoadFile(const std::string& path, Message& config) {
  ASSIGN_OR_RETURN(const std::string yaml, ReadFile(path, kMaxYamlBytes));
  return Load(yaml, path, config);
}

absl::Status ApplyDefaults(Message& config) {
  return Replace(YamlNode(), "", config);
}

std::string Print(const Message& config) { return PrintFields(config, 0); }

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) +
         absl::Nanoseconds(duration.nanos());
}

}  // namespace postern::config
