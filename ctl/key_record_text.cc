#include "ctl/key_record_text.h"

#include <cstddef>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "ctl/zone_file.h"

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

std::vector<std::string> RecordStrings(const dkim::PrivateKey& key,
                                       const KeyRecordOptions& options) {
  std::string tags = "v=DKIM1;";
  if (!options.note.empty()) {
    absl::StrAppend(&tags, " n=\"", options.note, "\";");
  }
  absl::StrAppend(&tags, " h=", options.hashes,
                  "; k=", dkim::KeyTypeName(key.type()), "; ", Flags(options));
  std::vector<std::string> strings = {std::move(tags)};
  const std::string bytes = absl::Base64Escape(key.PublicBytes());
  for (size_t at = 0; at <= bytes.size(); at += kPieceBytes) {
    strings.push_back(
        absl::StrCat(at == 0 ? "p=" : "", bytes.substr(at, kPieceBytes)));
  }
  return strings;
}

std::string ZoneText(const dkim::PrivateKey& key,
                     const KeyRecordOptions& options) {
  std::string name = absl::StrCat(options.selector, "._domainkey");
  if (options.appends_domain) absl::StrAppend(&name, ".", options.domain, ".");
  return TxtRecordText(
      name, RecordStrings(key, options),
      absl::StrCat("DKIM key ", options.selector, " for ", options.domain));
}

}  // namespace postern::ctl
