#include "lib/config/message_reader.h"

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/config/nearest_name.h"

namespace postern::config {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;

const v1::Field& OptionsOf(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::field);
}

// "rules" and "delay" -> "rules.delay".
std::string FullName(const std::string& around, absl::string_view name) {
  if (around.empty()) return std::string(name);
  return absl::StrCat(around, ".", name);
}

const YamlEntry* FindEntry(const YamlNode& node, const std::string& key) {
  for (const YamlEntry& entry : node.entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

std::string DidYouMean(absl::string_view written, const Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) {
    names.push_back(type.field(i)->name());
  }
  const std::string nearest = NearestName(written, names);
  if (nearest.empty()) return "";
  return absl::StrCat("; did you mean \"", nearest, "\"?");
}

}  // namespace

absl::Status MessageReader::Read(const YamlNode& node, const std::string& name,
                                 Message& message) const {
  const bool is_block =
      node.kind == YamlNode::Kind::kMap || node.kind == YamlNode::Kind::kNull;
  if (!is_block) {
    return Error(node.position, name, "a block of fields is wanted here");
  }
  const Descriptor& type = *message.GetDescriptor();
  RETURN_IF_ERROR(CheckKeys(node, name, type));
  const auto target = [&](const FieldDescriptor& field) {
    return Target{
        {field, OptionsOf(field)}, FullName(name, field.name()), message};
  };
  for (const YamlEntry& entry : node.entries) {
    const FieldDescriptor& field = *type.FindFieldByName(entry.key);
    if (OptionsOf(field).overlay()) continue;
    RETURN_IF_ERROR(ReadPresent(entry, target(field)));
  }
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (OptionsOf(field).overlay()) continue;
    if (FindEntry(node, field.name()) != nullptr) continue;
    RETURN_IF_ERROR(ReadAbsent(node.position, target(field)));
  }
  return absl::OkStatus();
}

absl::Status MessageReader::CheckKeys(const YamlNode& node,
                                      const std::string& name,
                                      const Descriptor& type) const {
  absl::flat_hash_map<absl::string_view, int> lines;
  for (const YamlEntry& entry : node.entries) {
    const std::string full_name = FullName(name, Printable(entry.key));
    if (type.FindFieldByName(entry.key) == nullptr) {
      return Error(entry.position, full_name,
                   absl::StrCat("unknown field", DidYouMean(entry.key, type)));
    }
    const auto [first, is_new] = lines.emplace(entry.key, entry.position.line);
    if (!is_new) {
      return Error(entry.position, full_name,
                   absl::StrCat("is set twice, first on line ", first->second));
    }
  }
  return absl::OkStatus();
}

absl::Status MessageReader::ReadPresent(const YamlEntry& entry,
                                        const Target& target) const {
  const auto* oneof = target.field().real_containing_oneof();
  if (oneof != nullptr) {
    const FieldDescriptor* other =
        target.message.GetReflection()->GetOneofFieldDescriptor(target.message,
                                                                oneof);
    if (other != nullptr) {
      return Error(entry.position, target.name,
                   absl::StrCat("cannot be set together with ", other->name()));
    }
  }
  return ReadField(entry.value, target);
}

absl::Status MessageReader::ReadAbsent(Position around,
                                       const Target& target) const {
  const v1::Field& options = target.scalar.options;
  const FieldDescriptor& field = target.field();
  if (options.required()) {
    return Error(around, target.name, "must be set, and is not");
  }
  if (!options.default_().empty()) {
    ASSIGN_OR_RETURN(YamlNode node, ParseYaml(options.default_()));
    node.position = around;
    return ReadField(node, target);
  }
  const bool is_block = !IsScalar(field) && !field.is_repeated();
  if (!is_block || options.optional_block() ||
      field.real_containing_oneof() != nullptr) {
    return absl::OkStatus();
  }
  YamlNode nothing;
  nothing.position = around;
  return ReadField(nothing, target);
}

absl::Status MessageReader::ReadField(const YamlNode& node,
                                      const Target& target) const {
  if (target.field().is_map()) return ReadMap(node, target);
  if (target.field().is_repeated()) return ReadList(node, target);
  return ReadOne(node, target);
}

absl::Status MessageReader::ReadList(const YamlNode& node,
                                     const Target& target) const {
  if (node.kind == YamlNode::Kind::kScalar) return ReadOne(node, target);
  if (node.kind != YamlNode::Kind::kList) {
    return Error(node.position, target.name,
                 "a list is wanted here; [] is an empty one");
  }
  for (size_t i = 0; i < node.items.size(); ++i) {
    const Target item = {target.scalar, absl::StrCat(target.name, "[", i, "]"),
                         target.message};
    RETURN_IF_ERROR(ReadOne(node.items[i], item));
  }
  return absl::OkStatus();
}

absl::Status MessageReader::ReadMap(const YamlNode& node,
                                    const Target& target) const {
  if (node.kind != YamlNode::Kind::kMap) {
    return Error(node.position, target.name,
                 "a mapping is wanted here; {} is an empty one");
  }
  const Descriptor& type = *target.field().message_type();
  absl::flat_hash_map<absl::string_view, int> lines;
  for (const YamlEntry& entry : node.entries) {
    const std::string name = FullName(target.name, Printable(entry.key));
    const auto [first, is_new] = lines.emplace(entry.key, entry.position.line);
    if (!is_new) {
      return Error(entry.position, name,
                   absl::StrCat("is set twice, first on line ", first->second));
    }
    Message& pair = *target.message.GetReflection()->AddMessage(
        &target.message, &target.field());
    const absl::Status key = ReadScalar(
        entry.key, {*type.map_key(), OptionsOf(*type.map_key())}, pair);
    if (!key.ok()) return Error(entry.position, name, key.message());
    const Target value = {
        {*type.map_value(), target.scalar.options}, name, pair};
    RETURN_IF_ERROR(ReadOne(entry.value, value));
  }
  return absl::OkStatus();
}

absl::Status MessageReader::ReadOne(const YamlNode& node,
                                    const Target& target) const {
  const FieldDescriptor& field = target.field();
  if (!IsScalar(field)) {
    const auto& access = *target.message.GetReflection();
    Message& block = field.is_repeated()
                         ? *access.AddMessage(&target.message, &field)
                         : *access.MutableMessage(&target.message, &field);
    return Read(node, target.name, block);
  }
  if (node.kind == YamlNode::Kind::kNull) {
    return Error(node.position, target.name,
                 absl::StrCat("has no value; ", Wanted(target.scalar),
                              " is wanted here"));
  }
  if (node.kind != YamlNode::Kind::kScalar) {
    return Error(node.position, target.name,
                 absl::StrCat(Wanted(target.scalar), " is wanted here"));
  }
  const absl::Status status =
      ReadScalar(node.text, target.scalar, target.message);
  if (status.ok()) return status;
  return Error(node.position, target.name, status.message());
}

absl::Status MessageReader::Error(Position position, const std::string& name,
                                  absl::string_view what) const {
  std::string text;
  if (!file_name_.empty()) {
    absl::StrAppend(&text, file_name_, ":", position.line, ":", position.column,
                    ": ");
  }
  if (!name.empty()) absl::StrAppend(&text, name, ": ");
  return absl::InvalidArgumentError(absl::StrCat(text, what));
}

}  // namespace postern::config
