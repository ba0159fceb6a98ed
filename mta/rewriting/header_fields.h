// The header of a message from a client of ours: addresses rewritten, and what
// every message must have added when it is missing.
//
//   HeaderFields header(canonical, facts);           // one a message
//   CO_ASSIGN_OR_RETURN(field, co_await header.Rewrite(std::move(field)));
//   out += header.Missing();                         // where the header ends
//
// For messages of others there is no such object: a relay leaves the header as
// it is (RFC 5321 section 6.4; RFC 6409 section 8 for submission).
//
// Source:  Postfix: cleanup(8), postconf(5) local_header_rewrite_clients,
//          always_add_missing_headers, undisclosed_recipients_header. A message
//          with a Resent- field gets the Resent- forms of what it lacks.
// Errors:  Rewrite(): as Canonical; the message must not be accepted then.
// Threads: one at a time.
// Limits:  a field is given as a whole; of one that is too long for that only
//          the name counts (NoteField).

#ifndef POSTERN_MTA_REWRITING_HEADER_FIELDS_H_
#define POSTERN_MTA_REWRITING_HEADER_FIELDS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/net/task.h"
#include "mta/rewriting/canonical.h"

namespace postern::mta::rewriting {

class HeaderFields {
 public:
  // What a field that is added is made of.
  struct Facts {
    std::string queue_id;
    std::string myhostname;
    std::string sender;  // Without brackets; empty: the null sender.
    std::string undisclosed_recipients;  // A whole field; empty: none is added.
    absl::Time now;
    bool rewrites = true;  // local_header_rewrite_clients has the client.
    bool adds_missing = true;
  };

  // `canonical` must outlive it.
  HeaderFields(const Canonical& canonical, Facts facts)
      : canonical_(canonical), facts_(std::move(facts)) {}

  // Returns a field, with its CR LF, as it shall be.
  net::Task<absl::StatusOr<std::string>> Rewrite(std::string field);

  // Takes notice of a field that stays as it is.
  void NoteField(absl::string_view field);

  // Returns the fields that were missing, each with CR LF.
  std::string Missing() const;

 private:
  bool Has(int field) const { return (seen_ & (1u << field)) != 0; }

  const Canonical& canonical_;
  const Facts facts_;
  uint32_t seen_ = 0;  // Fields, as bits.
};

}  // namespace postern::mta::rewriting

#endif  // POSTERN_MTA_REWRITING_HEADER_FIELDS_H_
