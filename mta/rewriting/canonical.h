// Rewrites one address to the form that it shall have: with its domain made
// complete, as the canonical maps want it, and without what is below a
// masqueraded domain.
//
//   CO_ASSIGN_OR_RETURN(address, co_await canonical.Rewrite(
//                                    Place::kEnvelopeSender, address));
//
// Source:  canonical(5), postconf(5): canonical_classes, append_at_myorigin,
//          append_dot_mydomain, masquerade_domains. The maps are asked again
//          for what they gave, until nothing changes.
// Errors:  Open(): the text starts with the config field at fault. Rewrite():
//          an error with the reply 451 4.3.0 when a table cannot be asked, 451
//          4.6.0 when there is no end.
// Threads: immutable once created; safe to share.
// Limits:  10 times in a row.

#ifndef POSTERN_MTA_REWRITING_CANONICAL_H_
#define POSTERN_MTA_REWRITING_CANONICAL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "lib/mail/address.h"
#include "lib/net/task.h"
#include "mta/rewriting/address_book.h"
#include "mta/rewriting/address_map.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::rewriting {

// Where an address stands: canonical_classes.
enum class Place {
  kEnvelopeSender,
  kEnvelopeRecipient,
  kHeaderSender,
  kHeaderRecipient,
};

// What an answer of a table stands for: the addresses in `value`, or the user
// of `asked` at "@domain". `extension` is put behind each.
std::vector<mail::Address> AddressesIn(const AddressMap::Match& match,
                                       const mail::Address& asked,
                                       bool propagates);

// Tells whether propagate_unmatched_extensions has `word`.
bool Propagates(const config::v1::Mta& config, absl::string_view word);

// Returns the error for a message that has to come back, and logs why.
absl::Status LookupError(absl::string_view table, const mail::Address& address,
                         absl::string_view why);
absl::Status ExpansionError(absl::string_view table,
                            const mail::Address& address,
                            absl::string_view why);

class Canonical {
 public:
  static absl::StatusOr<std::unique_ptr<Canonical>> Open(
      const config::v1::Mta& config, std::shared_ptr<const AddressBook> book,
      const table::Environment& tables = table::Environment());

  net::Task<absl::StatusOr<mail::Address>> Rewrite(Place place,
                                                   mail::Address address) const;

  // Makes the domain complete: myorigin, and mydomain behind a name without a
  // dot, if the settings want it.
  mail::Address Complete(mail::Address address) const;

 private:
  // A table with the places that it counts for, as bits.
  struct Step {
    const char* field;
    AddressMap map;
    uint32_t places = 0;
  };

  Canonical() = default;
  net::Task<absl::StatusOr<mail::Address>> Map(const Step& step,
                                               mail::Address address) const;
  mail::Address Masqueraded(mail::Address address) const;

  std::shared_ptr<const AddressBook> book_;
  std::string mydomain_;
  bool appends_origin_ = true;
  bool appends_domain_ = false;
  bool propagates_ = true;
  std::vector<Step> steps_;
  std::vector<std::string> masquerade_domains_;
  absl::flat_hash_set<std::string> masquerade_exceptions_;
  uint32_t masquerade_places_ = 0;
};

}  // namespace postern::mta::rewriting

#endif  // POSTERN_MTA_REWRITING_CANONICAL_H_
