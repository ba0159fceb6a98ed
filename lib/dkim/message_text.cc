#include "lib/dkim/message_text.h"

#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "lib/mail/header.h"
#include "lib/mail/header_splitter.h"

namespace postern::dkim {
namespace {

constexpr size_t kMaxFieldBytes = 1 << 20;

}  // namespace

absl::string_view AddHeader(absl::string_view text, Message& message) {
  using Found = mail::HeaderSplitter::Found;
  mail::HeaderSplitter splitter(kMaxFieldBytes);
  while (splitter.found() != Found::kEnd) {
    if (text.empty()) {
      splitter.Finish();
    } else {
      text.remove_prefix(splitter.Consume(text));
    }
    if (splitter.found() == Found::kField) {
      message.AddField(*mail::HeaderField::Parse(splitter.text()));
    }
  }
  return text;
}

std::string WithCrlf(absl::string_view text) {
  if (absl::StrContains(text, "\r\n")) return std::string(text);
  return absl::StrReplaceAll(text, {{"\n", "\r\n"}});
}

}  // namespace postern::dkim
