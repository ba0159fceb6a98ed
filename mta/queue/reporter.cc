#include "mta/queue/reporter.h"

#include <cstdint>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mta/queue/envelope.h"
#include "mta/queue/stored_content.h"

namespace postern::mta::queue {
namespace {

constexpr int64_t kHeaderBytes = 64 << 10;

// A list has an owner, who hears of its members instead of the sender.
const std::string& ReaderOf(const spool::v1::Envelope& envelope,
                            const ReportedRecipient& reported) {
  const std::string& owner = reported.recipient.owner();
  return owner.empty() ? envelope.sender() : owner;
}

// The first word of a field with this name, or nothing.
absl::string_view WordOf(absl::string_view line, absl::string_view name) {
  if (!absl::StartsWithIgnoreCase(line, name)) return "";
  line.remove_prefix(name.size());
  line = absl::StripLeadingAsciiWhitespace(line);
  if (!absl::ConsumePrefix(&line, ":")) return "";
  line = absl::StripLeadingAsciiWhitespace(line);
  return line.substr(0, line.find_first_of(" \t;("));
}

// Tells whether a program sent the message, by its header.
bool IsAutomatic(absl::string_view head) {
  for (absl::string_view line : absl::StrSplit(head, '\n')) {
    absl::ConsumeSuffix(&line, "\r");
    if (line.empty()) return false;
    const absl::string_view submitted = WordOf(line, "Auto-Submitted");
    if (!submitted.empty() && !absl::EqualsIgnoreCase(submitted, "no")) {
      return true;
    }
    const absl::string_view precedence = WordOf(line, "Precedence");
    for (const char* word : {"bulk", "junk", "list"}) {
      if (absl::EqualsIgnoreCase(precedence, word)) return true;
    }
  }
  return false;
}

}  // namespace

absl::string_view NameOf(Reporter::Reason reason) {
  switch (reason) {
    case Reporter::Reason::kNone:
      return "";
    case Reporter::Reason::kNullSender:
      return "null_sender";
    case Reporter::Reason::kUnwanted:
      return "not_wanted";
    case Reporter::Reason::kAutomatic:
      return "automatic_mail";
    case Reporter::Reason::kTooMany:
      return "too_many";
  }
  return "";
}

std::vector<Reporter::Letter> Reporter::ReportsOn(const Settled& settled,
                                                  Reason& reason) {
  reason = Reason::kNone;
  if (HasNullSender(settled.tried)) return ReportToPostmaster(settled, reason);
  if (settled.settlement.reported.empty()) {
    reason = Reason::kUnwanted;
    return {};
  }
  if (!options_.reports_on_automatic_mail &&
      IsAutomatic(HeadOf(settled.content, kHeaderBytes))) {
    reason = Reason::kAutomatic;
    return {};
  }
  std::map<std::string, std::vector<ReportedRecipient>> by_reader;
  for (const ReportedRecipient& reported : settled.settlement.reported) {
    by_reader[ReaderOf(settled.tried, reported)].push_back(reported);
  }
  std::vector<Letter> letters;
  for (auto& [reader, recipients] : by_reader) {
    if (budget_.Spend(reader, settled.now)) {
      letters.push_back(Write(settled, reader, std::move(recipients),
                              /*is_double_bounce=*/false));
    } else {
      reason = Reason::kTooMany;
    }
  }
  return letters;
}

std::vector<Reporter::Letter> Reporter::ReportToPostmaster(
    const Settled& settled, Reason& reason) {
  const std::string& reader = options_.double_bounce_recipient;
  // Of a report to the postmaster nobody is told, so it ends here.
  if (reader.empty() || settled.tried.is_double_bounce() ||
      settled.settlement.failed.empty()) {
    reason = Reason::kNullSender;
    return {};
  }
  if (!budget_.Spend(reader, settled.now)) {
    reason = Reason::kTooMany;
    return {};
  }
  std::vector<Letter> letters;
  letters.push_back(Write(settled, reader, settled.settlement.failed,
                          /*is_double_bounce=*/true));
  return letters;
}

Reporter::Letter Reporter::Write(const Settled& settled,
                                 const std::string& reader,
                                 std::vector<ReportedRecipient> recipients,
                                 bool is_double_bounce) const {
  const int64_t limit = options_.report.size_limit_bytes;
  spool::v1::Envelope sent = settled.tried;
  // What a sender calls his message is nothing to anybody else.
  if (reader != settled.tried.sender()) sent.clear_dsn_envelope_id();
  sent.set_sender(reader);
  const ReportedMessage reported = {
      .id = settled.id,
      .envelope = sent,
      .recipients = std::move(recipients),
      .content = ReturnsAll(settled.tried, limit)
                     ? WholeOf(settled.content)
                     : HeadOf(settled.content, limit),
      .retry_until = settled.retry_until,
      .is_double_bounce = is_double_bounce};
  const QueueId id = new_id_();
  return {id, *MakeReport(id, reported, options_.report, settled.now)};
}

}  // namespace postern::mta::queue
