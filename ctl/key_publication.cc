#include "ctl/key_publication.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ctl/file_error.h"
#include "ctl/key_source.h"
#include "ctl/name_servers.h"
#include "ctl/rewritten_file.h"
#include "ctl/zone_file.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/config/duration.h"
#include "lib/dkim/key_source.h"
#include "lib/dns/tsig_key_file.h"
#include "lib/dns/update.h"

namespace postern::ctl {
namespace {

absl::Status At(const std::string& place, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(place, ": ", status.message()));
}

// Whoever can read the key can change the zone.
absl::StatusOr<dns::TsigKey> ReadUpdateKey(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text,
                   dkim::ReadKeyText({.path = path, .text = "", .below = ""},
                                     /*safe=*/true));
  absl::StatusOr<dns::TsigKey> key = dns::ParseTsigKeyFile(text);
  if (!key.ok()) return FileError(path, key.status());
  return key;
}

}  // namespace

std::string KeyRecordChange::name() const {
  return absl::StrCat(selector, "._domainkey.", domain);
}

Syntax KeyPublication::syntax() {
  return Joined(NameServerSyntax(), {.options = {"--records", "--update-key",
                                                 "--update-server", "--ttl"},
                                     .switches = {}});
}

absl::StatusOr<KeyPublication> KeyPublication::Create(
    const Arguments& arguments) {
  RETURN_IF_ERROR(CheckNameServerOptions(arguments));
  KeyPublication publication(arguments);
  ASSIGN_OR_RETURN(publication.ttl_,
                   config::ParseDuration(arguments.Value("--ttl", "1h")));
  if (publication.ttl_ > absl::Hours(24 * 7)) {
    return absl::InvalidArgumentError("--ttl: 7 days at most");
  }
  if (arguments.Has("--update-key")) {
    ASSIGN_OR_RETURN(publication.key_,
                     ReadUpdateKey(arguments.Value("--update-key")));
  } else if (arguments.Has("--update-server")) {
    return absl::InvalidArgumentError(
        "--update-server needs --update-key: updates are signed");
  }
  return publication;
}

absl::Status KeyPublication::ChangeFile(const KeyRecordChange& change,
                                        const std::string& record,
                                        std::ostream& out) const {
  const std::string path = arguments_.Value("--records");
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const bool is_there = HasTxtRecord(text, change.name());
  if (change.is_new && is_there) return absl::OkStatus();
  if (!change.is_new && !is_there) {
    out << "; " << path << ": has no record of " << change.name()
        << "., change it where it is\n";
    return absl::OkStatus();
  }
  return RewriteFile(path, WithTxtRecord(text, change.name(), record));
}

absl::Status KeyPublication::ChangeZone(const KeyRecordChange& change) const {
  ASSIGN_OR_RETURN(const Primary primary,
                   FindPrimary(arguments_, change.name()));
  ASSIGN_OR_RETURN(const std::unique_ptr<KeySource> source,
                   KeySource::Create(arguments_, Clock::System()));
  absl::Status status;
  for (const net::Endpoint& endpoint : primary.endpoints) {
    const dns::TxtUpdate update = {.zone = primary.zone,
                                   .name = change.name(),
                                   .texts = change.strings,
                                   .ttl = ttl_,
                                   .must_be_new = change.is_new};
    status = source->BlockOn(dns::SendUpdate(
        endpoint, update, *key_, Clock::System(), source->deadline()));
    // It may have been ours, in an earlier run: the look-up tells.
    if (status.ok() || absl::IsAlreadyExists(status)) return absl::OkStatus();
    status = At(absl::StrCat("the update of ", primary.zone, " at ",
                             endpoint.ToString()),
                status);
    if (!absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status)) {
      return status;
    }
  }
  return status;
}

absl::Status KeyPublication::Publish(const KeyRecordChange& change,
                                     std::ostream& out) const {
  const std::string record =
      change.strings.empty()
          ? ""
          : TxtRecordText(change.name() + ".", change.strings, change.comment);
  out << (record.empty() ? absl::StrCat("; ", change.name(),
                                        ".: the record is to be removed\n")
                         : record);
  out.flush();
  if (arguments_.Has("--records")) {
    RETURN_IF_ERROR(ChangeFile(change, record, out));
  }
  return key_ ? ChangeZone(change) : absl::OkStatus();
}

}  // namespace postern::ctl
