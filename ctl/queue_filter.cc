#include "ctl/queue_filter.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/util/time_util.h"
#include "lib/base/status_macros.h"
#include "lib/config/duration.h"

namespace postern::ctl {
namespace {

using ::google::protobuf::util::TimeUtil;
using ::postern::admin::v1::QueuedMessage;

constexpr std::pair<QueuedMessage::State, const char*> kStates[] = {
    {QueuedMessage::STATE_WAITING, "waiting"},
    {QueuedMessage::STATE_ACTIVE, "active"},
    {QueuedMessage::STATE_DEFERRED, "deferred"},
    {QueuedMessage::STATE_DAMAGED, "damaged"},
    {QueuedMessage::STATE_HELD, "held"},
};

absl::Status AddState(absl::string_view word, admin::v1::QueueFilter& filter) {
  for (const auto& [state, name] : kStates) {
    if (word != name) continue;
    filter.add_states(state);
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--state: \"", word,
                   "\" is none of waiting, active, deferred, held, damaged"));
}

absl::StatusOr<google::protobuf::Timestamp> Ago(const Arguments& arguments,
                                                const char* option,
                                                absl::Time now) {
  const auto age = config::ParseDuration(arguments.Value(option));
  if (!age.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(option, ": ", age.status().message()));
  }
  return TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(now - *age));
}

}  // namespace

std::set<std::string> FilterOptions() {
  return {"--sender",     "--recipient",  "--domain", "--reason",
          "--older-than", "--newer-than", "--state"};
}

absl::StatusOr<admin::v1::QueueFilter> FilterFrom(const Arguments& arguments,
                                                  absl::Time now) {
  for (const std::string& option : FilterOptions()) {
    // An empty shell variable must not mean everything.
    if (arguments.Has(option) && arguments.Value(option).empty()) {
      return absl::InvalidArgumentError(absl::StrCat(option, ": no value"));
    }
  }
  admin::v1::QueueFilter filter;
  filter.set_sender(arguments.Value("--sender"));
  filter.set_recipient(arguments.Value("--recipient"));
  filter.set_domain(arguments.Value("--domain"));
  filter.set_reason(arguments.Value("--reason"));
  if (arguments.Has("--older-than")) {
    ASSIGN_OR_RETURN(*filter.mutable_queued_before(),
                     Ago(arguments, "--older-than", now));
  }
  if (arguments.Has("--newer-than")) {
    ASSIGN_OR_RETURN(*filter.mutable_queued_after(),
                     Ago(arguments, "--newer-than", now));
  }
  if (arguments.Has("--state")) {
    for (const auto word : absl::StrSplit(arguments.Value("--state"), ',')) {
      RETURN_IF_ERROR(AddState(word, filter));
    }
  }
  return filter;
}

bool IsFilter(const admin::v1::QueueFilter& filter) {
  return filter.ByteSizeLong() > 0;
}

std::string ShownState(QueuedMessage::State state) {
  for (const auto& [known, name] : kStates) {
    if (known == state) return name;
  }
  return "unknown";
}

}  // namespace postern::ctl
