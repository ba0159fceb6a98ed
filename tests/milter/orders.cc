#include "tests/milter/orders.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace postern::testfilter {
namespace {

using milter::Verdict;

// Takes a word and the space behind it off the front.
std::string TakeWord(absl::string_view& rest) {
  const size_t end = rest.find(' ');
  const std::string word(rest.substr(0, end));
  rest.remove_prefix(end == absl::string_view::npos ? rest.size() : end + 1);
  return word;
}

int TakeNumber(absl::string_view& rest) {
  int number = 0;
  return absl::SimpleAtoi(TakeWord(rest), &number) ? number : 0;
}

std::string Shown(const milter::Envelope& envelope) {
  std::string shown = absl::StrCat(
      " client=", envelope.client_name, " address=",
      envelope.client_address.has_value() ? envelope.client_address->ToString()
                                          : "none",
      " helo=", envelope.helo, " sender=", envelope.sender.address,
      " queue_id=", envelope.queue_id());
  for (const milter::Path& recipient : envelope.recipients) {
    absl::StrAppend(&shown, " recipient=", recipient.address);
  }
  for (const milter::Path& recipient : envelope.rejected_recipients) {
    absl::StrAppend(&shown, "\n\trejected=", recipient.address,
                    " why=", recipient.macros.Get("rcpt_host"), " ",
                    recipient.macros.Get("rcpt_addr"));
  }
  for (const auto& [name, value] : envelope.macros.values()) {
    absl::StrAppend(&shown, "\n\t{", name, "}=", value);
  }
  return shown;
}

bool ObeyAboutHeader(const std::string& verb, absl::string_view rest,
                     milter::Changes& changes) {
  if (verb == "add") {
    const std::string name = TakeWord(rest);
    changes.AddHeader(name, absl::StrCat(" ", rest));
  } else if (verb == "insert") {
    const int index = TakeNumber(rest);
    const std::string name = TakeWord(rest);
    changes.InsertHeader(index, name, absl::StrCat(" ", rest));
  } else if (verb == "change") {
    const std::string name = TakeWord(rest);
    const int occurrence = TakeNumber(rest);
    changes.ChangeHeader(name, occurrence, absl::StrCat(" ", rest));
  } else if (verb == "delete") {
    const std::string name = TakeWord(rest);
    changes.DeleteHeader(name, TakeNumber(rest));
  } else {
    return false;
  }
  return true;
}

bool ObeyAboutEnvelope(const std::string& verb, absl::string_view rest,
                       milter::Changes& changes) {
  if (verb == "sender") {
    const std::string address = TakeWord(rest);
    changes.ChangeSender(address, rest);
  } else if (verb == "add-recipient") {
    const std::string address = TakeWord(rest);
    changes.AddRecipient(address, rest);
  } else if (verb == "delete-recipient") {
    changes.DeleteRecipient(rest);
  } else if (verb == "quarantine") {
    changes.Quarantine(rest);
  } else if (verb == "body") {
    changes.ReplaceBody(absl::StrCat(rest, "\r\n"));
  } else {
    return false;
  }
  return true;
}

bool ObeyAboutVerdict(const std::string& verb, absl::string_view rest,
                      milter::Changes& changes) {
  if (verb == "reply") {
    const int code = TakeNumber(rest);
    const std::string enhanced = TakeWord(rest);
    changes.verdict = Verdict::Reply(code, enhanced, rest);
  } else if (verb == "reject") {
    changes.verdict = Verdict::Of(Verdict::Kind::kReject);
  } else if (verb == "tempfail") {
    changes.verdict = Verdict::Of(Verdict::Kind::kTempfail);
  } else if (verb == "discard") {
    changes.verdict = Verdict::Of(Verdict::Kind::kDiscard);
  } else if (verb == "accept") {
    changes.verdict = Verdict::Of(Verdict::Kind::kAccept);
  } else {
    return false;
  }
  return true;
}

}  // namespace

absl::Status Obey(absl::string_view order, const milter::Envelope& envelope,
                  milter::Changes& changes) {
  absl::string_view rest = absl::StripPrefix(order, " ");
  const std::string verb = TakeWord(rest);
  if (verb == "show") {
    changes.AddHeader("X-Saw", Shown(envelope));
    return absl::OkStatus();
  }
  if (ObeyAboutHeader(verb, rest, changes) ||
      ObeyAboutEnvelope(verb, rest, changes) ||
      ObeyAboutVerdict(verb, rest, changes)) {
    return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat("told to ", verb));
}

}  // namespace postern::testfilter
