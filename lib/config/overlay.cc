#include "lib/config/overlay.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/config/scalar.h"
#include "proto/config/v1/options.pb.h"

namespace postern::config {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;

const YamlEntry* FindEntry(const std::vector<YamlEntry>& entries,
                           absl::string_view key) {
  const auto found =
      std::find_if(entries.begin(), entries.end(),
                   [key](const YamlEntry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

// The field of `type` that is an overlay; nullptr: there is none.
const FieldDescriptor* OverlayOf(const Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    if (IsOverlay(*type.field(i))) return type.field(i);
  }
  return nullptr;
}

// What the enum values of `item` stand for.
absl::StatusOr<std::vector<YamlEntry>> PresetOf(const Message& item) {
  std::vector<YamlEntry> entries;
  const Descriptor& type = *item.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.is_repeated() || field.enum_type() == nullptr) continue;
    const auto* value = item.GetReflection()->GetEnum(item, &field);
    ASSIGN_OR_RETURN(
        const YamlNode preset,
        ParseYaml(value->options().GetExtension(v1::enum_value).preset()));
    entries.insert(entries.end(), preset.entries.begin(), preset.entries.end());
  }
  return entries;
}

// The file as one item of the list `list` sees it: `root`, then `preset`, then
// `own`, each of which hides what it sets in those before.
YamlNode Merge(const YamlNode& root, const FieldDescriptor& list,
               const std::vector<YamlEntry>& preset, const YamlNode& own) {
  YamlNode merged;
  merged.kind = YamlNode::Kind::kMap;
  merged.position = own.position;
  for (const YamlEntry& entry : root.entries) {
    if (entry.key == list.name()) continue;
    if (FindEntry(preset, entry.key) != nullptr) continue;
    if (FindEntry(own.entries, entry.key) != nullptr) continue;
    merged.entries.push_back(entry);
  }
  for (const YamlEntry& entry : preset) {
    if (FindEntry(own.entries, entry.key) != nullptr) continue;
    merged.entries.push_back(entry);
    merged.entries.back().position = own.position;
    merged.entries.back().value.position = own.position;
  }
  merged.entries.insert(merged.entries.end(), own.entries.begin(),
                        own.entries.end());
  return merged;
}

absl::Status CheckOwn(const YamlNode& own, const std::string& name,
                      const Descriptor& type, const MessageReader& reader) {
  for (const YamlEntry& entry : own.entries) {
    const FieldDescriptor* field = type.FindFieldByName(entry.key);
    if (field == nullptr ||
        !field->options().GetExtension(v1::field).whole_program()) {
      continue;  // The reader knows what is wrong with an unknown one.
    }
    return reader.Error(
        entry.position, absl::StrCat(name, ".", entry.key),
        "is one for the whole program: it belongs at the top of the file");
  }
  return absl::OkStatus();
}

}  // namespace

bool IsOverlay(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::field).overlay();
}

bool IsPreset(const Message& item, absl::string_view name) {
  const auto preset = PresetOf(item);
  return preset.ok() && FindEntry(*preset, name) != nullptr;
}

absl::Status ReadOverlays(const YamlNode& root, const MessageReader& reader,
                          Message& config) {
  const Descriptor& type = *config.GetDescriptor();
  const auto& access = *config.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& list = *type.field(i);
    if (!list.is_repeated() || list.is_map() || IsScalar(list)) continue;
    const FieldDescriptor* overlay = OverlayOf(*list.message_type());
    if (overlay == nullptr) continue;
    assert(overlay->message_type() == &type);
    const YamlEntry* written = FindEntry(root.entries, list.name());
    for (int n = 0; n < access.FieldSize(config, &list); ++n) {
      Message& item = *access.MutableRepeatedMessage(&config, &list, n);
      const std::string name =
          absl::StrCat(list.name(), "[", n, "].", overlay->name());
      const YamlEntry* entry = nullptr;
      if (written != nullptr && n < std::ssize(written->value.items)) {
        entry = FindEntry(written->value.items[n].entries, overlay->name());
      }
      const YamlNode own = entry == nullptr ? YamlNode() : entry->value;
      if (own.kind != YamlNode::Kind::kMap &&
          own.kind != YamlNode::Kind::kNull) {
        return reader.Error(own.position, name,
                            "a block of fields is wanted here");
      }
      RETURN_IF_ERROR(CheckOwn(own, name, type, reader));
      ASSIGN_OR_RETURN(const std::vector<YamlEntry> preset, PresetOf(item));
      RETURN_IF_ERROR(
          reader.Read(Merge(root, list, preset, own), name,
                      *item.GetReflection()->MutableMessage(&item, overlay)));
    }
  }
  return absl::OkStatus();
}

}  // namespace postern::config
