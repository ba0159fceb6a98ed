#include "greylistd/decision_log.h"

#include "lib/base/log.h"

namespace postern::greylistd {

using policy::Attribute;

void DecisionLog::Write(const policy::Request& request, Reason reason,
                        int64_t seconds, bool waits, int64_t now) {
  const bool is_routine =
      !waits && reason != Reason::kFirstPass && reason != Reason::kStoreFailure;
  const log::Level level = is_routine ? log::Level::kDebug : log::Level::kInfo;
  if (!log::IsOn(level)) return;
  uint64_t left_out = 0;
  if (!budget_.Take(now, left_out)) return;
  if (left_out != 0) {
    log::Info("decisions_not_logged", {{"count", left_out}});
  }
  log::Write(level, "decision",
             {{"action", waits ? "greylist" : "pass"},
              {"reason", ReasonName(reason)},
              {"seconds", seconds},
              {"client_name", request.Get(Attribute::kClientName)},
              {"client_address", request.Get(Attribute::kClientAddress)},
              {"sender", request.Get(Attribute::kSender)},
              {"recipient", request.Get(Attribute::kRecipient)},
              {"session", request.Get(Attribute::kInstance)},
              {"queue_id", request.Get(Attribute::kQueueId)}});
}

}  // namespace postern::greylistd
