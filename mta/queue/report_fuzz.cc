// Whatever a sender and a next hop say, the report is plain text (with
// SMTPUTF8, UTF-8 text) in short lines with exactly its own boundaries.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "lib/mail/utf8.h"
#include "mta/queue/report.h"

namespace {

using postern::mail::IsUtf8Text;
using postern::mta::queue::Outcome;
using postern::mta::queue::Report;
using postern::mta::queue::ReportedMessage;
using postern::mta::queue::ReportedRecipient;

size_t Count(const std::string& text, const std::string& what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != text.npos;
       at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

bool IsPlain(unsigned char c) { return c == '\t' || (c >= ' ' && c <= '~'); }

// The line from `begin` to `end`, without its tabs.
bool IsUtf8Line(std::string line) {
  std::replace(line.begin(), line.end(), '\t', ' ');
  return IsUtf8Text(line);
}

void Check(const std::string& content, bool is_utf8) {
  size_t line_begin = 0;
  for (size_t i = 0; i < content.size(); ++i) {
    const unsigned char c = content[i];
    if (c == '\r') {
      if (i + 1 == content.size() || content[i + 1] != '\n') std::abort();
      if (i - line_begin > 998) std::abort();
      if (!IsUtf8Line(content.substr(line_begin, i - line_begin))) std::abort();
      line_begin = ++i + 1;
    } else if (!IsPlain(c) && (!is_utf8 || c < 0x80)) {
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
  // Senders are addresses that the relay has accepted.
  envelope.set_sender("alice@example.net");
  envelope.set_smtputf8(size % 3 == 0);
  envelope.set_dsn_envelope_id(input.substr(0, cut));
  ReportedRecipient reported = {
      {},
      {Outcome::Kind::kFailed, input.substr(0, cut), input, input.substr(cut)},
      static_cast<ReportedRecipient::Action>(size % 4),
      size % 2 == 0};
  reported.recipient.set_address(input.substr(cut));
  reported.recipient.set_original_recipient(input);
  const ReportedMessage message = {.id = {1},
                                   .envelope = envelope,
                                   .recipients = {reported},
                                   .content = input.substr(cut)};
  const std::optional<Report> report = postern::mta::queue::MakeReport(
      {2}, message, {.myhostname = input.substr(0, cut)}, absl::UnixEpoch());
  if (!report) std::abort();
  Check(report->content, envelope.smtputf8());
  return 0;
}
