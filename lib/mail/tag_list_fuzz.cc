// Tag lists: what is read is read again from what it was written of, names are
// names, and each stands once.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/mail/tag_list.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::mail::TagList;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  postern::mail::ColonSeparated(text);
  postern::mail::Base64Value(text);
  const auto list = TagList::Parse(text);
  if (!list.ok()) return 0;
  std::string again;
  for (const TagList::Tag& tag : list->tags()) {
    assert(!tag.name.empty());
    assert(list->Find(tag.name) == &tag);
    assert(tag.raw.find(';') == absl::string_view::npos);
    absl::StrAppend(&again, tag.name, "=", tag.value, ";");
  }
  const auto reparsed = TagList::Parse(again);
  assert(reparsed.ok() && reparsed->tags().size() == list->tags().size());
  for (size_t i = 0; i < list->tags().size(); ++i) {
    assert(reparsed->tags()[i].value == list->tags()[i].value);
  }
  return 0;
}
