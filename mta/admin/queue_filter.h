// Which messages of the queue the operator means.
//
//   ASSIGN_OR_RETURN(const QueueFilter filter,
//                    QueueFilter::Create(request.filter()));
//   if (filter.Admits(entry.state) && filter.Matches(*envelope)) …
//
// Texts match in any letters' case. An empty filter matches every message.
//
// Errors:  Create(): InvalidArgument: a time that is none.
// Threads: immutable.

#ifndef POSTERN_MTA_ADMIN_QUEUE_FILTER_H_
#define POSTERN_MTA_ADMIN_QUEUE_FILTER_H_

#include <cstdint>
#include <limits>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "mta/queue/queue_index.h"
#include "proto/admin/v1/queue.pb.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::admin {

class QueueFilter {
 public:
  static absl::StatusOr<QueueFilter> Create(
      const ::postern::admin::v1::QueueFilter& filter);

  // Tells whether messages in this state can match: no envelope is needed.
  bool Admits(queue::QueueIndex::State state) const;
  // The same for what was set aside, which has nothing else to look at.
  bool AdmitsDamaged() const;
  // Tells whether all but the state matches.
  bool Matches(const spool::v1::Envelope& envelope) const;
  // Tells whether Matches() is not simply true of every envelope.
  bool needs_envelope() const { return needs_envelope_; }

 private:
  bool MatchesRecipients(const spool::v1::Envelope& envelope) const;
  bool MatchesRecipient(const spool::v1::Recipient& recipient) const;

  // All in lower case.
  std::string sender_;
  std::string recipient_;
  std::string domain_;
  std::string reason_;
  int64_t before_us_ = std::numeric_limits<int64_t>::max();
  int64_t after_us_ = std::numeric_limits<int64_t>::min();
  bool needs_envelope_ = false;
  std::set<int> states_;  // Empty: any.
};

// The state as the operator sees it.
::postern::admin::v1::QueuedMessage::State ShownState(
    queue::QueueIndex::State state);

}  // namespace postern::mta::admin

#endif  // POSTERN_MTA_ADMIN_QUEUE_FILTER_H_
