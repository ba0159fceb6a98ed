#include "mta/queue/shown.h"

#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/mail/utf8.h"

namespace postern::mta::queue {
namespace {

constexpr size_t kLongestLine = 998;  // RFC 5322 section 2.1.1.

}  // namespace

std::string Shown(absl::string_view text, ShownCharset charset,
                  size_t max_bytes) {
  return charset == ShownCharset::kUtf8 ? mail::PrintableUtf8(text, max_bytes)
                                        : Printable(text, max_bytes);
}

std::string ShownHeader(absl::string_view content, int64_t limit_bytes,
                        ShownCharset charset) {
  std::string shown;
  while (!content.empty()) {
    const size_t end = content.find("\r\n");
    if (end == content.npos || end == 0) break;  // A line was cut, or the end.
    std::string line = Shown(content.substr(0, end), charset, kLongestLine);
    // A tab is shown as '?', but here it is an ordinary fold.
    if (content[0] == '\t') line[0] = '\t';
    if (shown.size() + line.size() + 2 > static_cast<size_t>(limit_bytes)) {
      break;
    }
    absl::StrAppend(&shown, line, "\r\n");
    content.remove_prefix(end + 2);
  }
  return shown;
}

std::string MailDate(absl::Time time) {
  return absl::FormatTime(absl::RFC1123_full, time, absl::UTCTimeZone());
}

}  // namespace postern::mta::queue
