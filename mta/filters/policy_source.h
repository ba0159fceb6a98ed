// Who can be asked what to do with a client, a message or a recipient.
//
// The restriction lists ask through this interface; policy_client.h asks a
// service over the network, a test answers by itself (fake_policy_source.h).

#ifndef POSTERN_MTA_FILTERS_POLICY_SOURCE_H_
#define POSTERN_MTA_FILTERS_POLICY_SOURCE_H_

#include "lib/net/task.h"
#include "lib/policy/reply.h"
#include "mta/filters/policy_question.h"

namespace postern::mta::filters {

class PolicySource {
 public:
  virtual ~PolicySource() = default;

  // Returns the answer, or what counts as one when there is none: never fails.
  // `question` must outlive the task.
  virtual net::Task<policy::Verdict> Ask(const PolicyQuestion& question) = 0;
};

}  // namespace postern::mta::filters

#endif  // POSTERN_MTA_FILTERS_POLICY_SOURCE_H_
