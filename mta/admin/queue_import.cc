#include "mta/admin/queue_import.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/base/log.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "mta/queue/envelope.h"

namespace postern::mta::admin {
namespace {

namespace api = ::postern::admin::v1;

using queue::QueueId;
using Result = api::ImportResponse;

constexpr size_t kLongestPath = 1000;
// Names that are later than that are not kept: new ones count on from them.
constexpr absl::Duration kClockSlack = absl::Hours(1);
// Longer than any retry waits.
constexpr absl::Duration kLongestWait = absl::Hours(24 * 7);

bool HasControls(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

bool IsPath(absl::string_view path) {
  return path.size() <= kLongestPath && !HasControls(path);
}

// Times that the clock here makes no sense of.
void PutTimesRight(absl::Time now, spool::v1::Envelope& envelope) {
  const int64_t now_us = absl::ToUnixMicros(now);
  const bool is_sane =
      envelope.queued_us() > 0 && envelope.queued_us() <= now_us;
  if (!is_sane) envelope.set_queued_us(now_us);
  if (queue::NextAttemptTime(envelope) > now + kLongestWait) {
    envelope.set_next_attempt_us(now_us);
  }
}

}  // namespace

absl::Status CheckEnvelope(const spool::v1::Envelope& envelope) {
  if (envelope.recipients().empty()) {
    return absl::InvalidArgumentError("it has no recipients");
  }
  if (!IsPath(envelope.sender()) || HasControls(envelope.dsn_envelope_id())) {
    return absl::InvalidArgumentError("its sender is not one");
  }
  for (const spool::v1::Recipient& recipient : envelope.recipients()) {
    if (recipient.address().empty() || !IsPath(recipient.address()) ||
        !IsPath(recipient.given_address()) || !IsPath(recipient.owner()) ||
        HasControls(recipient.original_recipient())) {
      return absl::InvalidArgumentError("a recipient is not one");
    }
  }
  return absl::OkStatus();
}

QueueImport::QueueImport(queue::Spool& spool, const queue::Scheduler& scheduler,
                         const Clock& clock, Answer answer)
    : spool_(spool),
      scheduler_(scheduler),
      clock_(clock),
      answer_(std::move(answer)) {}

QueueImport::~QueueImport() {
  for (Message& message : finished_) {
    message.incoming->Applied(absl::ResourceExhaustedError("not applied"));
  }
}

absl::Status QueueImport::Take(const api::ImportRequest& request) {
  holds_ |= request.hold();
  const bool begins = request.part_case() == api::ImportRequest::kHead;
  if (begins == is_open_ &&
      request.part_case() != api::ImportRequest::PART_NOT_SET) {
    return absl::InvalidArgumentError("messages overlap");
  }
  switch (request.part_case()) {
    case api::ImportRequest::kHead:
      return Begin(request.head());
    case api::ImportRequest::kContent:
      if (!current_) return absl::OkStatus();
      return current_->incoming->AppendBlocking(request.content());
    case api::ImportRequest::kComplete:
      is_open_ = false;
      return current_ ? End() : absl::OkStatus();
    case api::ImportRequest::kDropped:
      is_open_ = false;
      current_.reset();
      return absl::OkStatus();
    case api::ImportRequest::PART_NOT_SET:
      break;
  }
  return absl::OkStatus();
}

absl::Status QueueImport::Begin(const api::MessageHead& head) {
  is_open_ = true;
  Message message = {.id = head.queue_id(), .envelope = {}, .incoming = {}};
  absl::Status wrong;
  if (!message.envelope.ParseFromString(head.envelope())) {
    wrong = absl::InvalidArgumentError("its envelope cannot be read");
  } else {
    wrong = CheckEnvelope(message.envelope);
  }
  const absl::StatusOr<QueueId> id = QueueId::Parse(head.queue_id());
  wrong.Update(id.status());
  if (!wrong.ok()) {
    Reply(message.id, Result::RESULT_REFUSED, "", std::string(wrong.message()));
    return absl::OkStatus();
  }
  const std::optional<QueueId> name = NameFor(*id, message.envelope);
  if (!name) {
    Reply(message.id, Result::RESULT_DUPLICATE, message.id);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(spool_.CanAccept(message.envelope.size_bytes()));
  PutTimesRight(clock_.Now(), message.envelope);
  if (holds_) message.envelope.set_hold(true);
  message.incoming = spool_.BeginAs(*name);
  current_ = std::move(message);
  return absl::OkStatus();
}

std::optional<QueueId> QueueImport::NameFor(
    QueueId id, const spool::v1::Envelope& envelope) {
  const auto is_same = [&envelope](const spool::v1::Envelope& other) {
    return other.queued_us() == envelope.queued_us() &&
           other.sender() == envelope.sender() &&
           other.size_bytes() == envelope.size_bytes();
  };
  for (const Message& message : finished_) {
    if (message.incoming->id() != id) continue;
    if (is_same(message.envelope)) return std::nullopt;
    return spool_.NewId();
  }
  const auto queued = spool_.ReadEnvelope(id);
  if (queued.ok() && is_same(*queued)) return std::nullopt;
  const bool is_taken = !absl::IsNotFound(queued.status()) ||
                        scheduler_.Find(id) || spool_.Damaged().count(id) > 0;
  const bool is_late = id.MadeAt() > clock_.Now() + kClockSlack;
  return is_taken || is_late ? spool_.NewId() : id;
}

absl::Status QueueImport::End() {
  Message message = *std::move(current_);
  current_.reset();
  if (message.incoming->size_bytes() != message.envelope.size_bytes()) {
    Reply(message.id, Result::RESULT_REFUSED, "",
          "its content is not as long as its envelope says");
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(message.incoming->FinishBlocking());
  edit_bytes_ += message.incoming->size_bytes();
  message.incoming->CommitWith(edit_, message.envelope);
  finished_.push_back(std::move(message));
  return finished_.size() < kTogether && edit_bytes_ < kTogetherBytes
             ? absl::OkStatus()
             : Finish();
}

absl::Status QueueImport::Finish() {
  if (finished_.empty()) return absl::OkStatus();
  const absl::Status status =
      spool_.ApplyBlocking(std::exchange(edit_, queue::Edit()));
  edit_bytes_ = 0;
  std::vector<Message> messages = std::exchange(finished_, {});
  for (const Message& message : messages) message.incoming->Applied(status);
  RETURN_IF_ERROR(status);
  bool listens = true;
  for (const Message& message : messages) {
    const std::string& id = message.incoming->queue_id();
    log::Info("imported",
              {{"queue_id", id}, {"origin_queue_id", Printable(message.id)}});
    listens = Reply(message.id, Result::RESULT_IMPORTED, id) && listens;
  }
  return listens ? absl::OkStatus() : absl::CancelledError("client left");
}

bool QueueImport::Reply(const std::string& id, Result::Result result,
                        const std::string& new_id, const std::string& why) {
  api::ImportResponse response;
  response.set_queue_id(Printable(id));
  response.set_result(result);
  response.set_new_queue_id(new_id);
  response.set_why(Printable(why));
  return answer_(response);
}

}  // namespace postern::mta::admin
