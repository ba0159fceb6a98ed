#include "mta/admin/queue_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/mail/address.h"
#include "lib/mail/utf8.h"
#include "mta/admin/grpc_status.h"
#include "mta/admin/queue_change.h"
#include "mta/admin/queue_filter.h"
#include "mta/admin/queue_walk.h"
#include "mta/admin/shown_message.h"
#include "mta/queue/adoption.h"
#include "mta/queue/shown.h"
#include "mta/queue/stored_content.h"
#include "proto/admin/v1/queue.grpc.pb.h"

namespace postern::mta::admin {
namespace {

namespace api = ::postern::admin::v1;

using queue::QueueId;
using queue::QueueIndex;
using queue::Scheduler;

constexpr size_t kUsualLimit = 1000;
constexpr size_t kLargestLimit = 10'000;
// A gRPC client takes answers of 4 MiB.
constexpr size_t kAnswerBytes = 2 << 20;
constexpr size_t kLongestReason = 500;
constexpr absl::Duration kAdoptTime = absl::Seconds(10);
constexpr int64_t kHeaderBytes = 64 << 10;

bool IsNumber(absl::string_view text) {
  return !text.empty() && text.size() <= 3 &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// Returns the enhanced status code that the text begins with, or 5.0.0, and
// what follows it.
std::pair<std::string, std::string> SplitReason(const std::string& given) {
  const std::string text = given.empty()
                               ? "returned by the administrator of this system"
                               : Printable(given, kLongestReason);
  const std::pair<std::string, std::string> words =
      absl::StrSplit(text, absl::MaxSplits(' ', 1));
  const std::vector<std::string> numbers = absl::StrSplit(words.first, '.');
  if (numbers.size() == 3 && numbers[0] == "5" && IsNumber(numbers[1]) &&
      IsNumber(numbers[2])) {
    return words;
  }
  return {"5.0.0", text};
}

Change::State Held() { return QueueIndex::State::kHeld; }

// For the functions of the scheduler that leave nothing out.
template <typename Act>
auto Counted(Scheduler& scheduler, Act act) {
  return [&scheduler, act](const std::vector<QueueId>& ids)
             -> absl::StatusOr<Scheduler::Changed> {
    ASSIGN_OR_RETURN(const size_t count,
                     absl::StatusOr<size_t>((scheduler.*act)(ids)));
    return Scheduler::Changed{count, 0};
  };
}

class QueueService final : public api::Queue::Service {
 public:
  QueueService(queue::Spool& spool, queue::Scheduler& scheduler)
      : spool_(spool), scheduler_(scheduler) {}

  grpc::Status List(grpc::ServerContext* context,
                    const api::ListQueueRequest* request,
                    api::ListQueueResponse* response) override {
    return FromStatus(FillList(*context, *request, *response));
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
      return FromStatus(NoSuchMessage(request->queue_id()));
    }
    if (!envelope.ok()) return FromStatus(envelope.status());
    Fill(*id, *entry, *envelope, *response->mutable_message());
    const auto content = spool_.OpenContent(*id, *envelope);
    response->set_header(queue::ShownHeader(
        queue::HeadOf(*content, kHeaderBytes), kHeaderBytes));
    return grpc::Status::OK;
  }

  grpc::Status Flush(grpc::ServerContext* context,
                     const api::ChangeRequest* request,
                     api::ChangeResponse* response) override {
    const auto& ids = request->selection().queue_ids();
    if (ids.size() == 1 && !request->dry_run()) {
      const auto id = QueueId::Parse(ids[0]);
      if (!id.ok()) return FromStatus(id.status());
      response->set_messages(1);
      return FromStatus(scheduler_.Flush(*id));  // It knows why not.
    }
    return Do(*context, *request,
              {.act = Counted(scheduler_, &Scheduler::FlushEach),
               .applies =
                   [](Change::State state) {
                     return state == Change::State::kWaiting ||
                            state == Change::State::kDeferred;
                   }},
              *response);
  }

  grpc::Status Delete(grpc::ServerContext* context,
                      const api::ChangeRequest* request,
                      api::ChangeResponse* response) override {
    return Do(*context, *request,
              {.act = Counted(scheduler_, &Scheduler::Delete),
               .applies = [](Change::State) { return true; },
               .takes_damaged = true},
              *response);
  }

  grpc::Status Hold(grpc::ServerContext* context,
                    const api::ChangeRequest* request,
                    api::ChangeResponse* response) override {
    return Do(*context, *request,
              {.act = Counted(scheduler_, &Scheduler::Hold),
               .applies = [](Change::State state) { return state != Held(); }},
              *response);
  }

  grpc::Status Release(grpc::ServerContext* context,
                       const api::ChangeRequest* request,
                       api::ChangeResponse* response) override {
    return Do(*context, *request,
              {.act = Counted(scheduler_, &Scheduler::Release),
               .applies = [](Change::State state) { return state == Held(); }},
              *response);
  }

  grpc::Status Requeue(grpc::ServerContext* context,
                       const api::ChangeRequest* request,
                       api::ChangeResponse* response) override {
    return Override(
        *context, *request,
        [this](const std::vector<QueueId>& ids) {
          return scheduler_.Requeue(ids);
        },
        *response);
  }

  grpc::Status Bounce(grpc::ServerContext* context,
                      const api::BounceRequest* request,
                      api::ChangeResponse* response) override {
    const std::pair<std::string, std::string> reason =
        SplitReason(request->text());
    return Override(
        *context, request->change(),
        [this, &reason](const std::vector<QueueId>& ids) {
          return scheduler_.Bounce(ids, reason.first, reason.second);
        },
        *response);
  }

  grpc::Status Redirect(grpc::ServerContext* context,
                        const api::RedirectRequest* request,
                        api::ChangeResponse* response) override {
    const auto address =
        mail::Address::Parse(request->address(), mail::Charset::kUtf8);
    if (!address.ok() || address->domain.empty()) {
      return FromStatus(absl::InvalidArgumentError(absl::StrCat(
          mail::PrintableUtf8(request->address()), ": not an address")));
    }
    return Override(
        *context, request->change(),
        [this, &address](const std::vector<QueueId>& ids) {
          return scheduler_.Redirect(ids, address->ToString());
        },
        *response);
  }

  grpc::Status Adopt(grpc::ServerContext* context,
                     const api::AdoptRequest* request,
                     api::AdoptResponse* response) override {
    if (!absl::StartsWith(request->directory(), "/")) {
      return FromStatus(
          absl::InvalidArgumentError("the directory needs its whole path"));
    }
    // The client has patience for 30 seconds.
    const absl::Time end = absl::Now() + kAdoptTime;
    const auto adopted = queue::Adopt(
        request->directory(), spool_, Clock::System(),
        [context, end] { return context->IsCancelled() || absl::Now() > end; });
    if (!adopted.ok()) return FromStatus(adopted.status());
    response->set_messages(adopted->messages);
    response->set_left(adopted->left);
    for (const auto& [id, why] : adopted->damaged) {
      FillDamaged(id, why, *response->add_damaged());
    }
    return grpc::Status::OK;
  }

 private:
  absl::Status FillList(const grpc::ServerContext& context,
                        const api::ListQueueRequest& request,
                        api::ListQueueResponse& response) const {
    const size_t limit = request.limit() == 0
                             ? kUsualLimit
                             : std::min<size_t>(request.limit(), kLargestLimit);
    ASSIGN_OR_RETURN(const auto after, ParsePlace(request.after()));
    ASSIGN_OR_RETURN(const QueueFilter filter,
                     QueueFilter::Create(request.filter()));
    if (!after && filter.AdmitsDamaged()) {
      for (const auto& [id, why] : spool_.Damaged()) {
        FillDamaged(id, why, *response.add_messages());
      }
    }
    QueueWalk walk(spool_, scheduler_, filter, {after, std::nullopt},
                   /*reads=*/true);
    size_t bytes = 0;
    std::string latest = request.after();
    while (!context.IsCancelled()) {
      const auto step = walk.Next();
      if (!step) {
        response.set_next(walk.next());
        return absl::OkStatus();
      }
      if (static_cast<size_t>(response.messages_size()) >= limit ||
          bytes > kAnswerBytes) {
        response.set_next(latest);
        return absl::OkStatus();
      }
      api::QueuedMessage& message = *response.add_messages();
      Fill(step->id, step->entry, *step->envelope, message);
      bytes += message.ByteSizeLong();
      latest = message.queue_id();
    }
    return absl::CancelledError("the client has left");
  }

  // Requeue, bounce, redirect: not while a message is being delivered.
  grpc::Status Override(const grpc::ServerContext& context,
                        const api::ChangeRequest& request, Change::Act act,
                        api::ChangeResponse& response) {
    return Do(context, request,
              {.act = std::move(act),
               .applies = [](Change::State) { return true; },
               .leaves_active = true},
              response);
  }

  grpc::Status Do(const grpc::ServerContext& context,
                  const api::ChangeRequest& request, const Change& change,
                  api::ChangeResponse& response) {
    return FromStatus(
        ChangeMessages({spool_, scheduler_, change,
                        [&context] { return context.IsCancelled(); }},
                       request, response));
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
