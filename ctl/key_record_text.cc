#include "ctl/key_record_text.h"

#include <cstddef>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace postern::ctl {
namespace {

constexpr size_t kPieceBytes = 250;  // A string of a record holds 255.

std::string Flags(const KeyRecordOptions& options) {
  std::string flags;
  if (options.is_testing && options.is_strict) {
    flags = "t=y:s; ";
  } else if (options.is_testing) {
    flags = "t=y; ";
  } else if (options.is_strict) {
    flags = "t=s; ";
  }
  if (options.is_for_mail_only) flags += "s=email; ";
  return flags;
}

}  // namespace

std::string ZoneText(const dkim::PrivateKey& key,
                     const KeyRecordOptions& options) {
  std::string text = absl::StrCat(options.selector, "._domainkey");
  if (options.appends_domain) absl::StrAppend(&text, ".", options.domain, ".");
  absl::StrAppend(&text, "\tIN\tTXT\t( \"v=DKIM1;");
  if (!options.note.empty()) {
    absl::StrAppend(&text, " n=\\\"", options.note, "\\\";");
  }
  absl::StrAppend(&text, " h=sha256; k=", dkim::KeyTypeName(key.type()), "; ",
                  Flags(options), "\"\n\t  \"p=");
  const std::string bytes = absl::Base64Escape(key.PublicBytes());
  absl::string_view rest = bytes;
  for (; rest.size() >= kPieceBytes; rest.remove_prefix(kPieceBytes)) {
    absl::StrAppend(&text, rest.substr(0, kPieceBytes), "\"\n\t  \"");
  }
  absl::StrAppend(&text, rest, "\" )  ; ----- DKIM key ", options.selector,
                  " for ", options.domain, "\n");
  return text;
}

}  // namespace postern::ctl
