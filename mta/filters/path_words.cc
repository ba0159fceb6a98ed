#include "mta/filters/path_words.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/base/printable.h"
#include "lib/mail/xtext.h"

namespace postern::mta::filters {

std::vector<std::string> WordsOf(const smtp::MailParameters& mail) {
  using Return = smtp::MailParameters::Return;
  std::vector<std::string> words;
  if (mail.size_bytes > 0) {
    words.push_back(absl::StrCat("SIZE=", mail.size_bytes));
  }
  if (mail.body_8bitmime) words.emplace_back("BODY=8BITMIME");
  if (mail.smtputf8) words.emplace_back("SMTPUTF8");
  if (mail.requiretls) words.emplace_back("REQUIRETLS");
  if (mail.dsn_return != Return::kUnset) {
    words.push_back(absl::StrCat(
        "RET=", mail.dsn_return == Return::kFull ? "FULL" : "HDRS"));
  }
  if (!mail.envelope_id.empty()) {
    words.push_back(absl::StrCat("ENVID=", mail.envelope_id));
  }
  if (mail.auth) {
    words.push_back(absl::StrCat(
        "AUTH=", mail.auth->empty() ? "<>" : mail::EncodeXtext(*mail.auth)));
  }
  return words;
}

std::vector<std::string> WordsOf(const smtp::RcptParameters& rcpt) {
  std::vector<std::string> words;
  std::vector<absl::string_view> notify;
  if (rcpt.notify_never) notify.emplace_back("NEVER");
  if (rcpt.notify_success) notify.emplace_back("SUCCESS");
  if (rcpt.notify_failure) notify.emplace_back("FAILURE");
  if (rcpt.notify_delay) notify.emplace_back("DELAY");
  if (!notify.empty()) {
    words.push_back(absl::StrCat("NOTIFY=", absl::StrJoin(notify, ",")));
  }
  if (!rcpt.original_recipient.empty()) {
    words.push_back(absl::StrCat("ORCPT=", rcpt.original_recipient));
  }
  return words;
}

void SetAddressMacros(absl::string_view stage, absl::string_view address,
                      milter::Macros& macros) {
  macros.Set(absl::StrCat(stage, "_addr"), address);
  const size_t at = address.rfind('@');
  macros.Set(absl::StrCat(stage, "_host"),
             at == address.npos ? "" : address.substr(at + 1));
  macros.Set(absl::StrCat(stage, "_mailer"), "smtp");
}

void SetRejectionMacros(const smtp::Reply& reply, milter::Macros& macros) {
  macros.Set("rcpt_mailer", "error");
  macros.Set("rcpt_host", reply.status.empty()
                              ? absl::StrCat(reply.kind(), ".0.0")
                              : reply.status);
  // Without "<address>: ", which filters know.
  absl::string_view text = reply.text;
  const size_t end = text.find(">: ");
  if (absl::StartsWith(text, "<") && end != text.npos) {
    text.remove_prefix(end + 3);
  }
  macros.Set("rcpt_addr", Printable(text));
}

}  // namespace postern::mta::filters
