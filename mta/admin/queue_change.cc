#include "mta/admin/queue_change.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "mta/admin/queue_filter.h"
#include "mta/admin/queue_walk.h"

namespace postern::mta::admin {
namespace {

namespace api = ::postern::admin::v1;

using queue::QueueId;
using queue::Scheduler;

constexpr int kMostIds = 10'000;
// A call ends after so many changes.
constexpr size_t kMostChanges = 5000;

Scheduler::Changed WouldChange(const ChangeParts& parts,
                               const std::vector<QueueId>& ids) {
  Scheduler::Changed changed;
  for (const QueueId id : ids) {
    const auto entry = parts.scheduler.Find(id);
    if (!entry) continue;
    if (parts.change.leaves_active && entry->state == Change::State::kActive) {
      ++changed.busy;
    } else if (parts.change.applies(entry->state)) {
      ++changed.messages;
    }
  }
  return changed;
}

// Adds to the counts of `response`.
absl::Status ChangeSome(const ChangeParts& parts,
                        const api::ChangeRequest& request,
                        std::vector<QueueId> ids,
                        const std::vector<QueueId>& set_aside,
                        api::ChangeResponse& response) {
  Scheduler::Changed changed;
  if (request.dry_run()) {
    changed = WouldChange(parts, ids);
    changed.messages += set_aside.size();
  } else {
    ids.insert(ids.end(), set_aside.begin(), set_aside.end());
    ASSIGN_OR_RETURN(changed, parts.change.act(ids));
  }
  response.set_messages(response.messages() + changed.messages);
  response.set_busy(response.busy() + changed.busy);
  return absl::OkStatus();
}

// One that is not there: nothing is changed.
absl::Status ChangeNamed(const ChangeParts& parts,
                         const api::ChangeRequest& request,
                         api::ChangeResponse& response) {
  if (request.selection().queue_ids_size() > kMostIds) {
    return absl::InvalidArgumentError("too many queue ids");
  }
  const auto damaged = parts.spool.Damaged();
  std::vector<QueueId> ids;
  std::vector<QueueId> set_aside;
  for (const std::string& text : request.selection().queue_ids()) {
    ASSIGN_OR_RETURN(const QueueId id, QueueId::Parse(text));
    if (parts.scheduler.Find(id)) {
      ids.push_back(id);
    } else if (parts.change.takes_damaged && damaged.count(id) > 0) {
      set_aside.push_back(id);
    } else {
      return NoSuchMessage(text);
    }
  }
  RETURN_IF_ERROR(ChangeSome(parts, request, ids, set_aside, response));
  if (response.messages() + response.busy() > 0) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat(request.selection().queue_ids(0), ": nothing to do"));
}

absl::Status ChangeFound(const ChangeParts& parts,
                         const api::ChangeRequest& request,
                         api::ChangeResponse& response) {
  ASSIGN_OR_RETURN(const auto after, ParsePlace(request.after()));
  ASSIGN_OR_RETURN(auto until, ParsePlace(request.until()));
  if (!until) until = parts.spool.NewId();
  response.set_until(until->ToString());
  ASSIGN_OR_RETURN(const QueueFilter filter,
                   QueueFilter::Create(request.selection().filter()));
  std::vector<QueueId> set_aside;
  if (!after && parts.change.takes_damaged && filter.AdmitsDamaged()) {
    for (const auto& [id, why] : parts.spool.Damaged()) set_aside.push_back(id);
  }
  QueueWalk walk(parts.spool, parts.scheduler, filter, {after, until},
                 /*reads=*/false);
  std::vector<QueueId> ids;
  for (auto step = walk.Next(); step; step = walk.Next()) {
    if (parts.is_cancelled()) return absl::CancelledError("client left");
    ids.push_back(step->id);
    if (ids.size() < QueueWalk::kPage) continue;
    RETURN_IF_ERROR(ChangeSome(parts, request, ids, set_aside, response));
    ids.clear();
    set_aside.clear();
    if (response.messages() >= kMostChanges) break;
  }
  response.set_next(walk.next());
  return ChangeSome(parts, request, ids, set_aside, response);
}

}  // namespace

absl::Status ChangeMessages(const ChangeParts& parts,
                            const api::ChangeRequest& request,
                            api::ChangeResponse& response) {
  const api::QueueSelection& selection = request.selection();
  const bool has_filter = selection.filter().ByteSizeLong() > 0;
  const bool has_ids = !selection.queue_ids().empty();
  if (selection.all() + has_filter + has_ids != 1) {
    return absl::InvalidArgumentError("give queue ids, a filter or \"all\"");
  }
  return has_ids ? ChangeNamed(parts, request, response)
                 : ChangeFound(parts, request, response);
}

absl::StatusOr<std::optional<QueueId>> ParsePlace(const std::string& text) {
  if (text.empty()) return std::optional<QueueId>();
  ASSIGN_OR_RETURN(const QueueId id, QueueId::Parse(text));
  return std::optional<QueueId>(id);
}

absl::Status NoSuchMessage(absl::string_view id) {
  return absl::NotFoundError(
      absl::StrCat(id, ": no such message in the queue"));
}

}  // namespace postern::mta::admin
