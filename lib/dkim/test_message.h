// A message for tests, in one text, and the way it takes.
//
// Threads: one at a time.

#ifndef POSTERN_LIB_DKIM_TEST_MESSAGE_H_
#define POSTERN_LIB_DKIM_TEST_MESSAGE_H_

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "lib/dkim/message.h"
#include "lib/mail/header_splitter.h"

namespace postern::dkim {

// Returns `text`, whose lines end as they like, with CR LF.
inline std::string WithCrlf(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\r\n", "\r\n"}, {"\n", "\r\n"}});
}

// Gives the header of `text` to `message` and returns its body.
inline absl::string_view AddHeader(absl::string_view text, Message& message) {
  using Found = mail::HeaderSplitter::Found;
  mail::HeaderSplitter splitter(1 << 20);
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

inline void AddBody(absl::string_view body, Message& message,
                    size_t step = 1 << 16) {
  for (; !body.empty(); body.remove_prefix(std::min(step, body.size()))) {
    message.AddBody(body.substr(0, step));
  }
}

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_TEST_MESSAGE_H_
