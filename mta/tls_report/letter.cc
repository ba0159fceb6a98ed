#include "mta/tls_report/letter.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "mta/queue/shown.h"

namespace postern::mta::tls_report {
namespace {

// RFC 2045 section 6.8.
constexpr size_t kBase64LineBytes = 76;

std::string Base64Lines(absl::string_view data) {
  const std::string encoded = absl::Base64Escape(data);
  std::string lines;
  for (size_t at = 0; at < encoded.size(); at += kBase64LineBytes) {
    absl::StrAppend(&lines, encoded.substr(at, kBase64LineBytes), "\r\n");
  }
  return lines;
}

std::string Header(queue::QueueId id, const Report& report,
                   const Author& author, const std::string& recipient,
                   const std::string& host, absl::Time now,
                   absl::string_view boundary) {
  return absl::StrCat(
      "Date: ", queue::MailDate(now), "\r\nFrom: <", author.from, ">\r\nTo: <",
      recipient, ">\r\nSubject: Report Domain: ", report.subject.domain,
      "\r\n\tSubmitter: ", author.domain, "\r\n\tReport-ID: <", report.id,
      ">\r\nMessage-ID: <", id.ToString(), "@", host,
      ">\r\nTLS-Report-Domain: ", report.subject.domain,
      "\r\nTLS-Report-Submitter: ", author.domain,
      "\r\nTLS-Required: No\r\nAuto-Submitted: auto-generated\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: multipart/report; report-type=\"tlsrpt\";\r\n"
      "\tboundary=\"",
      boundary, "\"\r\n\r\n");
}

std::string Body(const Report& report, const std::string& gzipped,
                 const Author& author, absl::string_view boundary) {
  return absl::StrCat("This is a multi-part message in MIME format.\r\n\r\n--",
                      boundary,
                      "\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
                      "This is a report on the TLS of connections from ",
                      author.domain, "\r\nto the mail exchangers of ",
                      report.subject.domain, " on ", NameOf(report.subject.day),
                      " (UTC),\r\nas RFC 8460 has it.\r\n\r\nQuestions go to ",
                      author.contact_info, ".\r\n\r\n--", boundary,
                      "\r\nContent-Type: application/tlsrpt+gzip\r\n"
                      "Content-Transfer-Encoding: base64\r\n"
                      "Content-Disposition: attachment;\r\n\tfilename=\"",
                      report.file_name, "\"\r\n\r\n", Base64Lines(gzipped),
                      "\r\n--", boundary, "--\r\n");
}

}  // namespace

queue::NewMessage MakeLetter(queue::QueueId id, const Report& report,
                             const std::string& gzipped, const Author& author,
                             const std::string& recipient,
                             const std::string& host, absl::Time now) {
  // Of characters that base64 and our text do not have together.
  const std::string boundary = absl::StrCat("=_", id.ToString());
  queue::NewMessage letter = {.id = id};
  spool::v1::Envelope& envelope = letter.envelope;
  envelope.set_sender(author.from);
  spool::v1::Recipient& to = *envelope.add_recipients();
  to.set_address(recipient);
  to.set_notify_never(true);
  envelope.set_to_be_rewritten(true);
  envelope.set_is_tls_report(true);
  envelope.set_queued_us(absl::ToUnixMicros(now));
  envelope.set_next_attempt_us(absl::ToUnixMicros(now));
  letter.content =
      absl::StrCat(Header(id, report, author, recipient, host, now, boundary),
                   Body(report, gzipped, author, boundary));
  return letter;
}

}  // namespace postern::mta::tls_report
