// Shows mail that the relay has written itself (bounces, reports) to the
// filters of non_smtpd_milters.
//
// What they change is changed. There is nobody to refuse it to, so a refusal
// is a line in the log, and the mail goes as it is; so does a filter that
// fails, but for its on_failure of quarantine.
//
//   const bool is_kept = co_await FilterOwnMail(plan, host, id, envelope,
//                                               content);
//
// Source:  postconf(5), non_smtpd_milters and internal_mail_filter_classes.
// Threads: any reactor; the arguments must outlive the task.
// Limits:  kOwnMailTime, if milter_message_timeout is not shorter.

#ifndef POSTERN_MTA_FILTERS_OWN_MAIL_H_
#define POSTERN_MTA_FILTERS_OWN_MAIL_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "lib/net/drain.h"
#include "lib/net/task.h"
#include "mta/filters/milters.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::filters {

inline constexpr absl::Duration kOwnMailTime = absl::Seconds(30);

// Who writes it.
struct OwnHost {
  net::Drain& drain;
  std::string name;  // Myhostname.
};

// Returns false if the message is to be dropped. `content` is the whole of it,
// with CR LF line ends.
net::Task<bool> FilterOwnMail(std::shared_ptr<const Milters> milters,
                              const OwnHost& host, std::string queue_id,
                              spool::v1::Envelope& envelope,
                              std::string& content);

}  // namespace postern::mta::filters

#endif  // POSTERN_MTA_FILTERS_OWN_MAIL_H_
