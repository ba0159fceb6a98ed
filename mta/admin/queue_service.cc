#include "mta/admin/queue_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "google/protobuf/util/time_util.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/mail/utf8.h"
#include "mta/queue/envelope.h"
#include "mta/queue/shown.h"
#include "mta/queue/stored_content.h"
#include "proto/admin/v1/queue.grpc.pb.h"

namespace postern::mta::admin {
namespace {

namespace api = ::postern::admin::v1;

using ::google::protobuf::util::TimeUtil;
using queue::QueueId;
using queue::QueueIndex;
using queue::Scheduler;

constexpr size_t kUsualLimit = 1000;
constexpr size_t kLargestLimit = 10'000;
// Index entries that are looked at in one go.
constexpr size_t kPage = 1000;
constexpr size_t kLongestAddress = 320;
constexpr int64_t kHeaderBytes = 64 << 10;

grpc::Status FromStatus(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      std::string(status.message()));
}

api::QueuedMessage::State StateOf(QueueIndex::State state) {
  switch (state) {
    case QueueIndex::State::kWaiting:
      return api::QueuedMessage::STATE_WAITING;
    case QueueIndex::State::kActive:
      return api::QueuedMessage::STATE_ACTIVE;
    case QueueIndex::State::kHeld:
      return api::QueuedMessage::STATE_HELD;
    case QueueIndex::State::kDeferred:
      break;
  }
  return api::QueuedMessage::STATE_DEFERRED;
}

void Fill(QueueId id, const QueueIndex::Entry& entry,
          const spool::v1::Envelope& envelope, api::QueuedMessage& message) {
  message.set_queue_id(id.ToString());
  message.set_state(StateOf(entry.state));
  message.set_size_bytes(envelope.size_bytes());
  *message.mutable_queued() =
      TimeUtil::MicrosecondsToTimestamp(envelope.queued_us());
  *message.mutable_next_attempt() =
      TimeUtil::MicrosecondsToTimestamp(entry.due_us);
  message.set_failures(envelope.failures());
  message.set_sender(mail::PrintableUtf8(envelope.sender(), kLongestAddress));
  message.set_client_address(Printable(envelope.client_address()));
  message.set_client_name(Printable(envelope.client_name()));
  message.set_helo_name(Printable(envelope.helo_name()));
  message.set_session(Printable(envelope.session()));
  for (const spool::v1::Recipient& recipient : envelope.recipients()) {
    api::QueuedRecipient& shown = *message.add_recipients();
    shown.set_address(
        mail::PrintableUtf8(recipient.address(), kLongestAddress));
    shown.set_last_status(Printable(recipient.last_status()));
    shown.set_last_reply(Printable(recipient.last_reply(), 500));
    shown.set_last_host(Printable(recipient.last_host()));
  }
}

void FillDamaged(QueueId id, const std::string& why,
                 api::QueuedMessage& message) {
  message.set_queue_id(id.ToString());
  message.set_state(api::QueuedMessage::STATE_DAMAGED);
  message.set_damage(why);
}

bool Contains(const std::string& text, const std::string& part) {
  return absl::StrContains(absl::AsciiStrToLower(text),
                           absl::AsciiStrToLower(part));
}

bool Matches(const api::ListQueueRequest& request,
             const api::QueuedMessage& message) {
  if (!Contains(message.sender(), request.sender())) {
    return false;
  }
  return std::any_of(message.recipients().begin(), message.recipients().end(),
                     [&request](const api::QueuedRecipient& recipient) {
                       return Contains(recipient.address(),
                                       request.recipient());
                     });
}

class QueueService final : public api::Queue::Service {
 public:
  QueueService(queue::Spool& spool, queue::Scheduler& scheduler)
      : spool_(spool), scheduler_(scheduler) {}

  grpc::Status List(grpc::ServerContext* context,
                    const api::ListQueueRequest* request,
                    api::ListQueueResponse* response) override {
    const size_t limit =
        request->limit() == 0
            ? kUsualLimit
            : std::min<size_t>(request->limit(), kLargestLimit);
    std::optional<QueueId> after;
    if (!request->after().empty()) {
      const auto id = QueueId::Parse(request->after());
      if (!id.ok()) return FromStatus(id.status());
      after = *id;
    } else if (request->sender().empty() && request->recipient().empty()) {
      for (const auto& [id, why] : spool_.Damaged()) {
        FillDamaged(id, why, *response->add_messages());
      }
    }
    while (!context->IsCancelled()) {
      const auto page = scheduler_.List(after, kPage);
      if (page.empty()) return grpc::Status::OK;
      for (const auto& [id, entry] : page) {
        if (static_cast<size_t>(response->messages_size()) >= limit) {
          response->set_next(after ? after->ToString() : "");
          return grpc::Status::OK;
        }
        AddIfItMatches(*request, id, entry, *response);
        after = id;
      }
    }
    return grpc::Status::CANCELLED;
  }

  grpc::Status Show(grpc::ServerContext*,
                    const api::ShowMessageRequest* request,
                    api::ShowMessageResponse* response) override {
    const auto id = QueueId::Parse(request->queue_id());
    if (!id.ok()) return FromStatus(id.status());
    const auto damaged = spool_.Damaged();
    const auto found = damaged.find(*id);
    if (found != damaged.end()) {
      FillDamaged(*id, found->second, *response->mutable_message());
      return grpc::Status::OK;
    }
    const auto envelope = spool_.ReadEnvelope(*id);
    const auto entry = scheduler_.Find(*id);
    if (absl::IsNotFound(envelope.status()) || !entry) {
      return FromStatus(absl::NotFoundError(request->queue_id() +
                                            ": no such message in the queue"));
    }
    if (!envelope.ok()) return FromStatus(envelope.status());
    Fill(*id, *entry, *envelope, *response->mutable_message());
    const auto content = spool_.OpenContent(*id, *envelope);
    response->set_header(queue::ShownHeader(
        queue::HeadOf(*content, kHeaderBytes), kHeaderBytes));
    return grpc::Status::OK;
  }

  grpc::Status Flush(grpc::ServerContext*,
                     const api::FlushQueueRequest* request,
                     api::FlushQueueResponse* response) override {
    if (request->queue_id().empty()) {
      response->set_messages(scheduler_.FlushAll());
      return grpc::Status::OK;
    }
    const auto id = QueueId::Parse(request->queue_id());
    if (!id.ok()) return FromStatus(id.status());
    response->set_messages(1);
    return FromStatus(scheduler_.Flush(*id));
  }

  grpc::Status Delete(grpc::ServerContext* context,
                      const api::DeleteMessagesRequest* request,
                      api::DeleteMessagesResponse* response) override {
    return Change(*context, *request, &Scheduler::Delete, *response);
  }

  grpc::Status Hold(grpc::ServerContext* context,
                    const api::HoldMessagesRequest* request,
                    api::HoldMessagesResponse* response) override {
    return Change(*context, *request, &Scheduler::Hold, *response);
  }

  grpc::Status Release(grpc::ServerContext* context,
                       const api::ReleaseMessagesRequest* request,
                       api::ReleaseMessagesResponse* response) override {
    return Change(*context, *request, &Scheduler::Release, *response);
  }

 private:
  void AddIfItMatches(const api::ListQueueRequest& request, QueueId id,
                      const QueueIndex::Entry& entry,
                      api::ListQueueResponse& response) const {
    const auto envelope = spool_.ReadEnvelope(id);
    if (!envelope.ok()) return;  // Delivered meanwhile.
    api::QueuedMessage message;
    Fill(id, entry, *envelope, message);
    if (Matches(request, message)) *response.add_messages() = message;
  }

  // Does something to one message or to all.
  using Act =
      absl::StatusOr<size_t> (Scheduler::*)(const std::vector<QueueId>&);
  template <typename Request, typename Response>
  grpc::Status Change(grpc::ServerContext& context, const Request& request,
                      Act act, Response& response) {
    if (request.all() != request.queue_id().empty()) {
      return FromStatus(
          absl::InvalidArgumentError("give a queue id or \"all\""));
    }
    if (request.all()) {
      absl::StatusOr<size_t> count = ChangeAll(context, act);
      if (!count.ok()) return FromStatus(count.status());
      response.set_messages(*count);
      return grpc::Status::OK;
    }
    const auto id = QueueId::Parse(request.queue_id());
    if (!id.ok()) return FromStatus(id.status());
    const auto count = (scheduler_.*act)({*id});
    if (!count.ok()) return FromStatus(count.status());
    if (*count == 0) {
      return FromStatus(absl::NotFoundError(
          request.queue_id() + (scheduler_.Find(*id)
                                    ? ": nothing to do"
                                    : ": no such message in the queue")));
    }
    response.set_messages(*count);
    return grpc::Status::OK;
  }

  absl::StatusOr<size_t> ChangeAll(grpc::ServerContext& context, Act act) {
    std::vector<QueueId> ids;
    if (act == &Scheduler::Delete) {
      for (const auto& [id, why] : spool_.Damaged()) ids.push_back(id);
    }
    size_t changed = 0;
    std::optional<QueueId> after;
    while (!context.IsCancelled()) {
      const auto page = scheduler_.List(after, kPage);
      for (const auto& [id, entry] : page) ids.push_back(id);
      if (ids.empty()) return changed;
      if (!page.empty()) after = page.back().first;
      ASSIGN_OR_RETURN(const size_t count, (scheduler_.*act)(ids));
      changed += count;
      ids.clear();
    }
    return absl::CancelledError("the client has left");
  }

  queue::Spool& spool_;
  queue::Scheduler& scheduler_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeQueueService(queue::Spool& spool,
                                                queue::Scheduler& scheduler) {
  return std::make_unique<QueueService>(spool, scheduler);
}

}  // namespace postern::mta::admin
