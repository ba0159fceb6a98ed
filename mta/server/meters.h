// What the SMTP server counts (docs/metrics.md).
//
// Threads: safe from any thread.

#ifndef POSTERN_MTA_SERVER_METERS_H_
#define POSTERN_MTA_SERVER_METERS_H_

#include <array>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "lib/metrics/metrics.h"
#include "mta/content/meters.h"
#include "mta/restrictions/decision.h"
#include "mta/restrictions/stage.h"
#include "mta/server/auth_exchange.h"
#include "mta/server/handoff_meters.h"
#include "mta/smtp/command.h"
#include "mta/smtp/data_reader.h"

namespace postern::mta::server {

class Meters {
 public:
  explicit Meters(metrics::Registry& registry);

  metrics::Gauge& open_sessions;
  metrics::Counter& sessions;
  metrics::Counter& too_many_connections;
  metrics::Counter& early_talkers;
  metrics::Counter& tarpitted;  // Replies.
  metrics::Counter& timeouts;
  metrics::Counter& accepted_messages;
  metrics::Counter& discarded_messages;  // DISCARD: 250, and not stored.
  metrics::Counter& failed_messages;  // Our fault: the spool did not take it.
  metrics::Counter& accepted_bytes;
  metrics::Counter& rejected_messages;  // By the checks of content.
  metrics::Histogram& commit_seconds;
  metrics::Histogram& accept_seconds;
  content::Meters content;
  HandoffMeters handoff;

  void CountCommand(smtp::Verb verb);
  void CountReply(int kind);                         // 2 to 5.
  void CountRecipient(restrictions::Reason reason);  // kNone: accepted.
  // Something else than a recipient was refused.
  void CountRefusal(restrictions::Stage stage);
  void CountAuth(absl::string_view mechanism, AuthResult result);
  void CountBadMessage(smtp::DataReader::Problem problem);

 private:
  // Of an attempt to authenticate, as far as metrics tell them apart.
  static constexpr int kAuthOutcomeCount = 4;

  std::array<metrics::Counter*, smtp::kVerbCount> commands_;
  std::array<metrics::Counter*, 6> replies_;
  std::array<metrics::Counter*, restrictions::kReasonCount> recipients_;
  std::array<metrics::Counter*, restrictions::kStageCount> refusals_;
  std::array<metrics::Counter*, smtp::DataReader::kProblemCount> bad_messages_;
  // By mechanism.
  absl::flat_hash_map<std::string,
                      std::array<metrics::Counter*, kAuthOutcomeCount>>
      auth_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_METERS_H_
