// Whatever a sender and a next hop say, the bounce is plain text in short lines
// with exactly its own boundaries.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "mta/queue/bounce.h"

namespace {

using postern::mta::queue::Bounce;
using postern::mta::queue::FailedRecipient;
using postern::mta::queue::Outcome;

size_t Count(const std::string& text, const std::string& what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != text.npos;
       at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

void Check(const std::string& content) {
  size_t line_begin = 0;
  for (size_t i = 0; i < content.size(); ++i) {
    const unsigned char c = content[i];
    if (c == '\r') {
      if (i + 1 == content.size() || content[i + 1] != '\n') std::abort();
      if (i - line_begin > 998) std::abort();
      line_begin = ++i + 1;
    } else if (c != '\t' && (c < ' ' || c > '~')) {
      std::abort();
    }
  }
  const size_t begin = content.find("\r\n\tboundary=\"") + 13;
  const std::string boundary =
      content.substr(begin, content.find('"', begin) - begin);
  if (Count(content, absl::StrCat("\r\n--", boundary)) != 4) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const size_t cut = size == 0 ? 0 : data[0] % size;
  postern::spool::v1::Envelope envelope;
  envelope.set_sender(absl::StrCat("a", input.substr(0, cut)));
  FailedRecipient failed = {
      input.substr(cut),
      {Outcome::Kind::kFailed, input.substr(0, cut), input, input.substr(cut)},
      size % 2 == 0};
  const std::optional<Bounce> bounce = postern::mta::queue::MakeBounce(
      {2}, {{1}, envelope, {failed}, input.substr(cut)},
      {.myhostname = input.substr(0, cut)}, absl::UnixEpoch());
  if (!bounce) std::abort();
  Check(bounce->content);
  return 0;
}
