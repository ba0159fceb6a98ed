// The last word on an envelope before it is queued: senders and recipients in
// their canonical form, copies to those who get one of everything, and
// recipients replaced by what they stand for.
//
//   CO_RETURN_IF_ERROR(co_await rewriter.Rewrite(envelope));
//
// Each recipient takes what the client asked for it along (NOTIFY, ORCPT); a
// recipient that was rewritten keeps its old address in given_address and, for
// bounces, in ORCPT. The same recipient comes out once for each recipient that
// it went in as; without enable_original_recipient, once at all.
//
// Who asked to be told of success (NOTIFY) gets one report for an alias of
// several recipients ("expanded") or for a list, which is an alias with an
// owner
// ("delivered"), in the place of one from each member. The members of a list
// are its owner's: nothing that the sender asked for goes along to them.
//
// Nobody gets a copy of a report of ours (Envelope.to_be_rewritten).
//
// Source:  Postfix: cleanup(8), always_bcc, sender_bcc_maps and
//          recipient_bcc_maps; RFC 3461 section 5.2.7.
// Errors:  Open(): the text starts with the config field at fault. Rewrite():
//          an error with a 4xx reply (canonical.h, expansion.h); the message
//          must not be accepted then.
// Threads: immutable once created; safe to share.

#ifndef POSTERN_MTA_REWRITING_REWRITER_H_
#define POSTERN_MTA_REWRITING_REWRITER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/mail/address.h"
#include "lib/net/task.h"
#include "mta/rewriting/address_book.h"
#include "mta/rewriting/address_map.h"
#include "mta/rewriting/canonical.h"
#include "mta/rewriting/expansion.h"
#include "proto/config/v1/mta.pb.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::rewriting {

class Rewriter {
 public:
  static absl::StatusOr<std::unique_ptr<Rewriter>> Open(
      const config::v1::Mta& config, std::shared_ptr<const AddressBook> book,
      const table::Environment& tables = table::Environment());

  // `envelope` must outlive the task; on an error it is as it was.
  net::Task<absl::Status> Rewrite(spool::v1::Envelope& envelope) const;

  const Canonical& canonical() const { return *canonical_; }

 private:
  struct Outgoing;

  Rewriter() = default;
  net::Task<absl::Status> AddRecipient(spool::v1::Recipient recipient,
                                       bool may_copy, Outgoing& outgoing) const;
  // Adds what `map` has for `address` to the copies.
  net::Task<absl::Status> AddCopies(const char* field, const AddressMap& map,
                                    mail::Address address,
                                    Outgoing& outgoing) const;

  std::shared_ptr<const AddressBook> book_;
  std::unique_ptr<Canonical> canonical_;
  std::unique_ptr<Expansion> expansion_;
  std::string always_bcc_;
  AddressMap sender_bcc_;
  AddressMap recipient_bcc_;
  bool keeps_original_ = true;
};

}  // namespace postern::mta::rewriting

#endif  // POSTERN_MTA_REWRITING_REWRITER_H_
