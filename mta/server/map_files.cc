#include "mta/server/map_files.h"

#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace postern::mta::server {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Files = absl::btree_set<std::string>;

constexpr absl::string_view kKinds[] = {"hash:/",   "texthash:/", "cidr:/",
                                        "regexp:/", "pcre:/",     "aliases:/"};
constexpr absl::string_view kBetween = " \t,{}";

// "unionmap:{hash:/a, inline:{b=c}}" -> "/a".
void AddFilesIn(absl::string_view text, Files& files) {
  for (const absl::string_view kind : kKinds) {
    for (size_t at = text.find(kind); at != text.npos;
         at = text.find(kind, at + 1)) {
      if (at > 0 && kBetween.find(text[at - 1]) == kBetween.npos) continue;
      const absl::string_view path = text.substr(at + kind.size() - 1);
      files.emplace(path.substr(0, path.find_first_of(kBetween)));
    }
  }
}

void AddFilesOf(const Message& config, Files& files) {
  const auto& access = *config.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  access.ListFields(config, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count =
        field->is_repeated() ? access.FieldSize(config, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        AddFilesOf(field->is_repeated()
                       ? access.GetRepeatedMessage(config, field, i)
                       : access.GetMessage(config, field),
                   files);
      } else if (field->type() == FieldDescriptor::TYPE_STRING) {
        AddFilesIn(field->is_repeated()
                       ? access.GetRepeatedString(config, field, i)
                       : access.GetString(config, field),
                   files);
      }
    }
  }
}

}  // namespace

std::vector<std::string> MapFiles(const config::v1::Mta& config) {
  Files files;
  AddFilesOf(config, files);
  for (const auto* domains :
       {&config.mydestination(), &config.virtual_alias_domains(),
        &config.virtual_mailbox_domains(), &config.relay_domains()}) {
    for (const std::string& item : *domains) {
      if (!item.empty() && item[0] == '/') files.insert(item);
    }
  }
  return {files.begin(), files.end()};
}

}  // namespace postern::mta::server
