// Who can be asked what to do with a recipient, and what it is told.
//
// The restriction lists ask through this interface; policy_client.h asks a
// service over the network, a test answers by itself (fake_policy_source.h).

#ifndef POSTERN_MTA_FILTERS_POLICY_SOURCE_H_
#define POSTERN_MTA_FILTERS_POLICY_SOURCE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/net/task.h"
#include "lib/policy/reply.h"

namespace postern::mta::filters {

// What is known of the session and the transaction when the question is asked.
// The views must outlive it.
struct PolicyQuestion {
  absl::string_view protocol_name;  // "SMTP" or "ESMTP".
  absl::string_view client_address;
  uint16_t client_port = 0;
  absl::string_view client_name;          // "unknown" if it is not verified.
  absl::string_view reverse_client_name;  // "unknown" if there is none.
  absl::string_view server_address;
  uint16_t server_port = 0;
  absl::string_view helo_name;
  absl::string_view sender;
  absl::string_view recipient;
  // The same for all questions about one message, and for no other.
  absl::string_view instance;
  int64_t size_bytes = 0;  // What MAIL declared; 0: nothing.
  // For the log.
  absl::string_view session;
};

class PolicySource {
 public:
  virtual ~PolicySource() = default;

  // Returns the answer, or what counts as one when there is none: never fails.
  // `question` must outlive the task.
  virtual net::Task<policy::Verdict> Ask(const PolicyQuestion& question) = 0;
};

}  // namespace postern::mta::filters

#endif  // POSTERN_MTA_FILTERS_POLICY_SOURCE_H_
