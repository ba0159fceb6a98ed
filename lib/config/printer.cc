#include "lib/config/printer.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "lib/config/overlay.h"
#include "lib/config/scalar.h"
#include "lib/config/yaml_scalar.h"

namespace postern::config {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;

constexpr int kStep = 2;

std::string BlockText(const Message& message, int indent, const Message& file);

std::string ValueText(const Message& message, const ScalarField& scalar,
                      int index) {
  const std::string text = ScalarText(message, scalar, index);
  const bool is_text =
      scalar.field.cpp_type() == FieldDescriptor::CPPTYPE_STRING ||
      scalar.field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
  return is_text ? YamlScalar(text) : text;
}

// What follows "key:": a value on the same line, or a block below it.
std::string AfterKey(const Message& message, const ScalarField& scalar,
                     int indent, const Message& file) {
  if (IsScalar(scalar.field)) {
    return absl::StrCat(" ", ValueText(message, scalar, -1), "\n");
  }
  const std::string block =
      BlockText(message.GetReflection()->GetMessage(message, &scalar.field),
                indent + kStep, file);
  return block.empty() ? " {}\n" : absl::StrCat("\n", block);
}

std::string ListText(const Message& message, const ScalarField& scalar,
                     int indent, const Message& file) {
  const Reflection& access = *message.GetReflection();
  const int size = access.FieldSize(message, &scalar.field);
  if (size == 0) return " []\n";
  const std::string dash(indent + kStep, ' ');
  std::string text = "\n";
  for (int i = 0; i < size; ++i) {
    absl::StrAppend(&text, dash, "- ");
    if (IsScalar(scalar.field)) {
      absl::StrAppend(&text, ValueText(message, scalar, i), "\n");
      continue;
    }
    const int inside = indent + 2 * kStep;
    const std::string block = BlockText(
        access.GetRepeatedMessage(message, &scalar.field, i), inside, file);
    // The first field stands on the line of the dash.
    absl::StrAppend(&text, block.empty() ? "{}\n" : block.substr(inside));
  }
  return text;
}

std::string MapText(const Message& message, const ScalarField& scalar,
                    int indent, const Message& file) {
  const Reflection& access = *message.GetReflection();
  const Descriptor& type = *scalar.field.message_type();
  std::map<std::string, std::string> lines;
  for (int i = 0; i < access.FieldSize(message, &scalar.field); ++i) {
    const Message& pair = access.GetRepeatedMessage(message, &scalar.field, i);
    const ScalarField key = {*type.map_key(), v1::Field::default_instance()};
    const ScalarField value = {*type.map_value(), scalar.options};
    lines[ValueText(pair, key, -1)] =
        AfterKey(pair, value, indent + kStep, file);
  }
  if (lines.empty()) return " {}\n";
  std::string text = "\n";
  for (const auto& [key, value] : lines) {
    absl::StrAppend(&text, std::string(indent + kStep, ' '), key, ":", value);
  }
  return text;
}

// One field with its key.
std::string FieldText(const Message& message, const FieldDescriptor& field,
                      int indent, const Message& file) {
  const ScalarField scalar = {field, field.options().GetExtension(v1::field)};
  const std::string key =
      absl::StrCat(std::string(indent, ' '), field.name(), ":");
  if (field.is_map()) return key + MapText(message, scalar, indent, file);
  if (field.is_repeated()) {
    return key + ListText(message, scalar, indent, file);
  }
  return key + AfterKey(message, scalar, indent, file);
}

bool IsThere(const Message& message, const FieldDescriptor& field) {
  return !field.has_presence() ||
         message.GetReflection()->HasField(message, &field);
}

// What `overlay` of `item` sets: where it is not as `file`, and where a preset
// would take the place of what it is.
std::string OverlayText(const Message& item, const FieldDescriptor& overlay,
                        int indent, const Message& file) {
  const Message& own = item.GetReflection()->GetMessage(item, &overlay);
  const Descriptor& type = *own.GetDescriptor();
  const int inside = indent + kStep;
  std::string text;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.options().GetExtension(v1::field).whole_program()) continue;
    if (!IsThere(own, field)) continue;
    const std::string line = FieldText(own, field, inside, file);
    const bool is_same =
        IsThere(file, field) && line == FieldText(file, field, inside, file);
    if (!is_same || IsPreset(item, field.name())) text += line;
  }
  return absl::StrCat(std::string(indent, ' '), overlay.name(), ":",
                      text.empty() ? " {}\n" : "\n", text);
}

std::string BlockText(const Message& message, int indent, const Message& file) {
  const Descriptor& type = *message.GetDescriptor();
  std::string text;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!IsThere(message, field)) continue;
    text += IsOverlay(field) ? OverlayText(message, field, indent, file)
                             : FieldText(message, field, indent, file);
  }
  return text;
}

}  // namespace

std::string PrintFields(const Message& message, int indent) {
  return BlockText(message, indent, message);
}

}  // namespace postern::config
