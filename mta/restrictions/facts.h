// What the rules look at: all that is known of a client and its transaction
// when a list is evaluated.
//
// Unknown and "could not find out" are told apart, so that a rule can refuse
// the one and defer the other.
//
// Threads: a value; its views must outlive it.

#ifndef POSTERN_MTA_RESTRICTIONS_FACTS_H_
#define POSTERN_MTA_RESTRICTIONS_FACTS_H_

#include <optional>

#include "lib/mail/address.h"
#include "lib/net/ip.h"
#include "mta/filters/policy_question.h"
#include "mta/restrictions/stage.h"
#include "mta/rewriting/address_class.h"
#include "mta/smtp/reply.h"

namespace postern::mta::restrictions {

using rewriting::AddressClass;

// What became of looking a name of the client up.
enum class NameStatus {
  kOk,
  kTemporaryFailure,  // A name may be there: nobody knows now.
  kNone,
  kForged,  // There is a name, which does not resolve to the address.
};

struct Facts {
  Stage stage = Stage::kRecipient;  // Which command is being answered.

  net::IpAddress client;
  // question.client_name is "unknown" unless this is kOk.
  NameStatus client_name_status = NameStatus::kNone;
  // The same for question.reverse_client_name.
  NameStatus reverse_client_name_status = NameStatus::kNone;
  bool is_in_mynetworks = false;
  bool is_this_host = false;  // The client's address is one of ours.

  // Before MAIL there is no sender; the null sender is one.
  std::optional<mail::Address> sender;
  AddressClass sender_class = AddressClass::kElsewhere;
  // Set: a domain of ours, but nobody of that name.
  std::optional<rewriting::Unlisted> sender_unlisted;
  // There is none before RCPT, nor at DATA when there are several.
  std::optional<mail::Address> recipient;
  AddressClass recipient_class = AddressClass::kElsewhere;
  std::optional<rewriting::Unlisted> recipient_unlisted;

  // The client has sent more than this command allows (RFC 2920).
  bool has_improper_pipelining = false;
  bool is_encrypted = false;
  bool has_trusted_ccert = false;  // A client certificate that was verified.

  // An earlier command of this transaction ended in DISCARD: nothing is asked
  // any more.
  bool is_discarded = false;
  // What an earlier command left behind with DEFER_IF_PERMIT; may be null.
  const smtp::Reply* deferral = nullptr;

  // Also what a policy service is asked; it has the words for the replies. An
  // empty helo_name: there was no HELO. recipient_count is always set.
  filters::PolicyQuestion question;
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_FACTS_H_
