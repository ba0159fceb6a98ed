// What shall happen to a whole message besides being accepted.
//
// Restrictions, policy services and header checks collect actions while a
// message comes in; the session applies them when it stores the message.
//
//   MessageActions actions;
//   actions.Merge(std::move(decision.actions));
//   if (actions.discard) say 250 and store nothing;
//   actions.ApplyTo(envelope);
//
// Source:  access(5), header_checks(5): DISCARD, HOLD, REDIRECT, BCC, PREPEND.
//          They concern all recipients of the message.
// Threads: a value.
// Limits:  kMaxHeaders headers, kMaxCopies addresses of BCC; more are dropped
//          with a line in the log.

#ifndef POSTERN_MTA_RESTRICTIONS_MESSAGE_ACTIONS_H_
#define POSTERN_MTA_RESTRICTIONS_MESSAGE_ACTIONS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::restrictions {

struct MessageActions {
  static constexpr size_t kMaxHeaders = 100;
  static constexpr size_t kMaxCopies = 50;

  bool discard = false;  // Say that it was accepted, and store nothing.
  bool hold = false;     // Queued, but not delivered until somebody says so.
  std::string redirect;  // Deliver to this address alone; empty: as addressed.
  std::vector<std::string> headers;  // To be put in front, in this order.
  std::vector<std::string> copies;   // More recipients.

  // Adds what came later: a later redirection replaces an earlier one.
  void Merge(MessageActions later);

  void AddHeader(std::string header);
  void AddCopy(std::string address);

  // Puts hold, redirect and copies into effect.
  void ApplyTo(spool::v1::Envelope& envelope) const;
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_MESSAGE_ACTIONS_H_
