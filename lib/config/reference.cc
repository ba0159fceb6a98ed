#include "lib/config/reference.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "lib/base/status_macros.h"

namespace postern::config {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Values = absl::flat_hash_map<std::string, std::string>;
using Texts = std::vector<std::string>;

constexpr int kMaxDepth = 20;

struct Reference {
  std::string name;
  size_t bytes = 0;  // From the dollar sign to the end.
};

bool IsNameCharacter(char c) { return absl::ascii_isalnum(c) || c == '_'; }

// Reads the reference at the beginning of `text`, which starts with "$".
std::optional<Reference> ReferenceAt(absl::string_view text) {
  size_t begin = 1;
  char close = '\0';
  if (text.size() > 1 && (text[1] == '{' || text[1] == '(')) {
    close = text[1] == '{' ? '}' : ')';
    begin = 2;
  }
  size_t end = begin;
  while (end < text.size() && IsNameCharacter(text[end])) ++end;
  if (end == begin || !absl::ascii_isalpha(text[begin])) return std::nullopt;
  const std::string name(text.substr(begin, end - begin));
  if (close == '\0') return Reference{name, end};
  if (end == text.size() || text[end] != close) return std::nullopt;
  return Reference{name, end + 1};
}

class Expander {
 public:
  Expander(const Values& values, const Message& config)
      : values_(values), config_(config) {}

  // Returns the value of one text, or of each of a list.
  absl::StatusOr<Texts> FieldValue(const FieldDescriptor& field, int depth) {
    if (depth > kMaxDepth) {
      return absl::InvalidArgumentError(
          absl::StrCat(field.name(), ": refers to itself"));
    }
    Texts all;
    for (const std::string& text : RawTexts(field)) {
      ASSIGN_OR_RETURN(const Texts texts,
                       ItemValue(text, field.is_repeated(), depth));
      all.insert(all.end(), texts.begin(), texts.end());
    }
    return all;
  }

 private:
  Texts RawTexts(const FieldDescriptor& field) const {
    const auto& access = *config_.GetReflection();
    if (!field.is_repeated()) return {access.GetString(config_, &field)};
    Texts texts;
    for (int i = 0; i < access.FieldSize(config_, &field); ++i) {
      texts.push_back(access.GetRepeatedString(config_, &field, i));
    }
    return texts;
  }

  absl::StatusOr<Texts> ItemValue(absl::string_view text, bool is_in_list,
                                  int depth) {
    if (is_in_list && !text.empty() && text[0] == '$') {
      const std::optional<Reference> whole = ReferenceAt(text);
      if (whole && whole->bytes == text.size()) {
        ASSIGN_OR_RETURN(const std::optional<Texts> value,
                         ValueOf(whole->name, depth));
        return value.value_or(Texts{std::string(text)});
      }
    }
    ASSIGN_OR_RETURN(std::string value, TextValue(text, depth));
    return Texts{std::move(value)};
  }

  absl::StatusOr<std::string> TextValue(absl::string_view text, int depth) {
    std::string out;
    while (!text.empty()) {
      const size_t dollar = text.find('$');
      absl::StrAppend(&out, text.substr(0, dollar));
      if (dollar == text.npos) break;
      text.remove_prefix(dollar);
      if (text.substr(1, 1) == "$") {
        out += '$';
        text.remove_prefix(2);
        continue;
      }
      const std::optional<Reference> reference = ReferenceAt(text);
      std::optional<Texts> value;
      if (reference) {
        ASSIGN_OR_RETURN(value, ValueOf(reference->name, depth));
      }
      const size_t bytes = reference ? reference->bytes : 1;
      absl::StrAppend(&out, value ? absl::StrJoin(*value, ", ")
                                  : std::string(text.substr(0, bytes)));
      text.remove_prefix(bytes);
    }
    return out;
  }

  // Returns nothing when `name` is not one that has texts.
  absl::StatusOr<std::optional<Texts>> ValueOf(const std::string& name,
                                               int depth) {
    if (const auto it = values_.find(name); it != values_.end()) {
      return Texts{it->second};
    }
    const FieldDescriptor* field =
        config_.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->type() != FieldDescriptor::TYPE_STRING) {
      return std::nullopt;
    }
    ASSIGN_OR_RETURN(Texts texts, FieldValue(*field, depth + 1));
    return texts;
  }

  const Values& values_;
  const Message& config_;
};

}  // namespace

absl::Status ExpandReferences(const Values& values, Message& config) {
  const std::unique_ptr<Message> written(config.New());
  written->CopyFrom(config);
  Expander expander(values, *written);
  const auto& access = *config.GetReflection();
  for (int i = 0; i < config.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *config.GetDescriptor()->field(i);
    if (field.type() != FieldDescriptor::TYPE_STRING) continue;
    if (!field.is_repeated() && !access.HasField(config, &field)) continue;
    ASSIGN_OR_RETURN(const Texts texts, expander.FieldValue(field, 0));
    access.ClearField(&config, &field);
    for (const std::string& text : texts) {
      if (field.is_repeated()) {
        access.AddString(&config, &field, text);
      } else {
        access.SetString(&config, &field, text);
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace postern::config
