#include "mta/admin/queue_filter.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/util/time_util.h"

namespace postern::mta::admin {
namespace {

namespace api = ::postern::admin::v1;

using ::google::protobuf::util::TimeUtil;

absl::Status CheckTime(const google::protobuf::Timestamp& time) {
  if (time.seconds() >= TimeUtil::kTimestampMinSeconds &&
      time.seconds() <= TimeUtil::kTimestampMaxSeconds) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("not a time");
}

bool Contains(absl::string_view text, const std::string& lower_part) {
  return absl::StrContains(absl::AsciiStrToLower(text), lower_part);
}

}  // namespace

absl::StatusOr<QueueFilter> QueueFilter::Create(
    const api::QueueFilter& filter) {
  QueueFilter made;
  made.sender_ = absl::AsciiStrToLower(filter.sender());
  made.recipient_ = absl::AsciiStrToLower(filter.recipient());
  made.domain_ = absl::AsciiStrToLower(filter.domain());
  made.reason_ = absl::AsciiStrToLower(filter.reason());
  for (const auto* time : {&filter.queued_before(), &filter.queued_after()}) {
    if (absl::Status status = CheckTime(*time); !status.ok()) return status;
  }
  if (filter.has_queued_before()) {
    made.before_us_ = TimeUtil::TimestampToMicroseconds(filter.queued_before());
  }
  if (filter.has_queued_after()) {
    made.after_us_ = TimeUtil::TimestampToMicroseconds(filter.queued_after());
  }
  for (const int state : filter.states()) made.states_.insert(state);
  made.needs_envelope_ =
      !filter.sender().empty() || !filter.recipient().empty() ||
      !filter.domain().empty() || !filter.reason().empty() ||
      filter.has_queued_before() || filter.has_queued_after();
  return made;
}

bool QueueFilter::Admits(queue::QueueIndex::State state) const {
  return states_.empty() || states_.count(ShownState(state)) > 0;
}

bool QueueFilter::AdmitsDamaged() const {
  return !needs_envelope_ &&
         (states_.empty() ||
          states_.count(api::QueuedMessage::STATE_DAMAGED) > 0);
}

bool QueueFilter::Matches(const spool::v1::Envelope& envelope) const {
  if (envelope.queued_us() >= before_us_ || envelope.queued_us() <= after_us_) {
    return false;
  }
  const bool has_sender = sender_ == "<>"
                              ? envelope.sender().empty()
                              : Contains(envelope.sender(), sender_);
  return has_sender && MatchesRecipients(envelope);
}

bool QueueFilter::MatchesRecipients(const spool::v1::Envelope& envelope) const {
  if (recipient_.empty() && domain_.empty() && reason_.empty()) return true;
  return std::any_of(
      envelope.recipients().begin(), envelope.recipients().end(),
      [this](const auto& recipient) { return MatchesRecipient(recipient); });
}

bool QueueFilter::MatchesRecipient(
    const spool::v1::Recipient& recipient) const {
  const absl::string_view address = recipient.address();
  const size_t at = address.rfind('@');
  const absl::string_view domain =
      at == address.npos ? absl::string_view() : address.substr(at + 1);
  return Contains(address, recipient_) &&
         (domain_.empty() || absl::EqualsIgnoreCase(domain, domain_)) &&
         Contains(
             absl::StrCat(recipient.last_status(), " ", recipient.last_reply()),
             reason_);
}

api::QueuedMessage::State ShownState(queue::QueueIndex::State state) {
  switch (state) {
    case queue::QueueIndex::State::kWaiting:
      return api::QueuedMessage::STATE_WAITING;
    case queue::QueueIndex::State::kActive:
      return api::QueuedMessage::STATE_ACTIVE;
    case queue::QueueIndex::State::kHeld:
      return api::QueuedMessage::STATE_HELD;
    case queue::QueueIndex::State::kDeferred:
      break;
  }
  return api::QueuedMessage::STATE_DEFERRED;
}

}  // namespace postern::mta::admin
