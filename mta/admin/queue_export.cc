#include "mta/admin/queue_export.h"

#include <string>
#include <utility>

#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "mta/admin/queue_change.h"

namespace postern::mta::admin {
namespace {

namespace api = ::postern::admin::v1;

using queue::QueueId;
using queue::Scheduler;

// What a file and a gRPC client take at once is 4 MiB.
constexpr size_t kLargestEnvelope = (4 << 20) - (64 << 10);

}  // namespace

absl::Status QueueExport::Run(api::ChangeRequest what,
                              const std::function<bool()>& is_cancelled) {
  const Change change = {
      .act = [this](const std::vector<QueueId>& ids) { return Send(ids); },
      .applies = [](Change::State) { return true; },
      .leaves_active = deletes_};
  api::ExportResponse last;
  api::ChangeResponse& summary = *last.mutable_summary();
  do {
    api::ChangeResponse some;
    RETURN_IF_ERROR(
        ChangeMessages({spool_, scheduler_, change, is_cancelled}, what, some));
    summary.set_messages(summary.messages() + some.messages());
    summary.set_busy(summary.busy() + some.busy());
    what.set_after(some.next());
    what.set_until(some.until());
  } while (!what.after().empty());
  return outlet_.Send(last);
}

absl::StatusOr<Scheduler::Changed> QueueExport::Send(
    const std::vector<QueueId>& ids) {
  Scheduler::Changed changed;
  if (!deletes_) {
    for (const QueueId id : ids) {
      ASSIGN_OR_RETURN(const bool is_sent, SendMessage(id));
      changed.messages += is_sent ? 1 : 0;
    }
    return changed;
  }
  for (size_t begin = 0; begin < ids.size(); begin += kTogether) {
    RETURN_IF_ERROR(
        MoveSome(absl::MakeConstSpan(ids).subspan(begin, kTogether), changed));
  }
  return changed;
}

absl::Status QueueExport::MoveSome(absl::Span<const QueueId> ids,
                                   Scheduler::Changed& changed) {
  const std::vector<Scheduler::Claimed> claimed =
      scheduler_.Claim(ids, changed.busy);
  std::vector<Scheduler::Claimed> sent;
  size_t next = 0;
  const auto give_away = [&]() -> absl::Status {
    if (sent.empty()) return absl::OkStatus();
    const absl::Status kept = outlet_.AwaitSync();
    if (!kept.ok()) return kept;
    changed.messages += sent.size();
    sent_bytes_ = 0;
    return scheduler_.GiveAway(std::exchange(sent, {}));
  };
  absl::Status status;
  for (; next < claimed.size() && status.ok(); ++next) {
    const absl::StatusOr<bool> is_sent = SendMessage(claimed[next].id);
    if (is_sent.ok() && *is_sent) {
      sent.push_back(claimed[next]);
      if (sent_bytes_ > kTogetherBytes) status = give_away();
    } else {
      scheduler_.Unclaim({claimed[next]});
      status = is_sent.status();
    }
  }
  if (status.ok()) status = give_away();
  scheduler_.Unclaim(sent);
  scheduler_.Unclaim(
      {claimed.begin() + static_cast<ptrdiff_t>(next), claimed.end()});
  return status;
}

absl::StatusOr<bool> QueueExport::SendMessage(QueueId id) {
  const auto envelope = spool_.ReadEnvelope(id);
  if (absl::IsNotFound(envelope.status())) return false;  // Delivered.
  if (!envelope.ok()) {
    RETURN_IF_ERROR(Skip(id, envelope.status()));
    return false;
  }
  api::ExportResponse part;
  part.mutable_head()->set_queue_id(id.ToString());
  part.mutable_head()->set_envelope(envelope->SerializeAsString());
  if (part.head().envelope().size() > kLargestEnvelope) {
    RETURN_IF_ERROR(Skip(
        id, absl::OutOfRangeError("its envelope is too long to be exported")));
    return false;
  }
  RETURN_IF_ERROR(outlet_.Send(part));
  const auto content = spool_.OpenContent(id, *envelope);
  for (int i = 0; i < content->pieces(); ++i) {
    absl::StatusOr<std::string> piece = content->Piece(i);
    if (!piece.ok()) {
      part.set_gone(true);
      RETURN_IF_ERROR(outlet_.Send(part));
      // Its content is deleted with its envelope.
      if (!absl::IsNotFound(spool_.ReadEnvelope(id).status())) {
        RETURN_IF_ERROR(Skip(id, piece.status()));
      }
      return false;
    }
    sent_bytes_ += static_cast<int64_t>(piece->size());
    part.set_content(*std::move(piece));
    RETURN_IF_ERROR(outlet_.Send(part));
  }
  part.set_complete(true);
  RETURN_IF_ERROR(outlet_.Send(part));
  return true;
}

absl::Status QueueExport::Skip(QueueId id, const absl::Status& why) {
  api::ExportResponse part;
  part.mutable_skipped()->set_queue_id(id.ToString());
  part.mutable_skipped()->set_why(Printable(why.message()));
  return outlet_.Send(part);
}

}  // namespace postern::mta::admin
