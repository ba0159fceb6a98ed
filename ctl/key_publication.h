// Has the record of a key in the DNS: prints it, writes it to a file that a
// zone is made of, or has the zone's primary server change it, as the arguments
// say.
//
//   ASSIGN_OR_RETURN(const KeyPublication publication,
//                    KeyPublication::Create(arguments));
//   RETURN_IF_ERROR(publication.Publish({.domain = "example.org", …}, out));
//
// Publishing the same once more does no harm.
//
// Source:  RFC 2136 (lib/dns/update.h).
// Errors:  those of files and of SendUpdate(); the text says which file or
//          server. AlreadyExists is no error: what is there is looked at when
//          the name servers are asked.
// Threads: main.cc only; blocks.

#ifndef POSTERN_CTL_KEY_PUBLICATION_H_
#define POSTERN_CTL_KEY_PUBLICATION_H_

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ctl/arguments.h"
#include "lib/dns/tsig.h"

namespace postern::ctl {

// What there is to be at selector._domainkey.domain.
struct KeyRecordChange {
  std::string domain;
  std::string selector;
  std::vector<std::string> strings = {};  // Of its record; none: no record.
  std::string comment;
  bool is_new = false;  // Whoever has a record there keeps it.

  std::string name() const;
};

class KeyPublication {
 public:
  // What Create() reads: --records FILE, --update-key FILE, --update-server
  // HOST, --zone NAME, --ttl TIME, and what name_servers.h reads.
  static Syntax syntax();

  static absl::StatusOr<KeyPublication> Create(const Arguments& arguments);

  absl::Status Publish(const KeyRecordChange& change, std::ostream& out) const;

 private:
  explicit KeyPublication(Arguments arguments)
      : arguments_(std::move(arguments)) {}
  absl::Status ChangeFile(const KeyRecordChange& change,
                          const std::string& record, std::ostream& out) const;
  absl::Status ChangeZone(const KeyRecordChange& change) const;

  Arguments arguments_;
  std::optional<dns::TsigKey> key_;
  absl::Duration ttl_;
};

}  // namespace postern::ctl

#endif  // POSTERN_CTL_KEY_PUBLICATION_H_
