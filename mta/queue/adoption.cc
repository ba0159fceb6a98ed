#include "mta/queue/adoption.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/metrics/metrics.h"
#include "mta/queue/edit.h"

namespace postern::mta::queue {
namespace {

// What becomes durable here with one sync.
constexpr size_t kTogether = 64;
constexpr int64_t kTogetherBytes = 8 << 20;

absl::StatusOr<std::string> ReadAll(const Content& content) {
  std::string all;
  for (int i = 0; i < content.pieces(); ++i) {
    ASSIGN_OR_RETURN(const std::string piece, content.Piece(i));
    all += piece;
  }
  return all;
}

// What is on its way from the old volume to ours.
class Move {
 public:
  Move(Spool& from, Spool& to) : from_(from), to_(to) {}

  // Takes one message along, or has it set aside.
  absl::Status Take(QueueId id) {
    const auto envelope = from_.ReadEnvelope(id);
    if (!envelope.ok()) return GiveUp(id, envelope.status());
    absl::StatusOr<std::string> content =
        ReadAll(*from_.OpenContent(id, *envelope));
    if (!content.ok()) return GiveUp(id, content.status());
    bytes_ += static_cast<int64_t>(content->size());
    moved_.emplace_back(id, to_.NewId());
    added_.Add(moved_.back().second, *envelope, *std::move(content));
    removed_.Remove(id, *envelope);
    return moved_.size() < kTogether && bytes_ < kTogetherBytes
               ? absl::OkStatus()
               : Finish();
  }

  // Makes durable what was taken, here first.
  absl::Status Finish() {
    if (moved_.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(to_.ApplyBlocking(std::exchange(added_, Edit())));
    for (const auto& [old_id, id] : moved_) {
      log::Info("adopted", {{"queue_id", id.ToString()},
                            {"origin_queue_id", old_id.ToString()}});
    }
    count_ += moved_.size();
    moved_.clear();
    bytes_ = 0;
    return from_.ApplyBlocking(std::exchange(removed_, Edit()));
  }

  size_t count() const { return count_; }

 private:
  absl::Status GiveUp(QueueId id, const absl::Status& why) {
    // The disk may answer later.
    if (!absl::IsDataLoss(why)) return why;
    return from_.SetAside(id, why.message());
  }

  Spool& from_;
  Spool& to_;
  std::vector<std::pair<QueueId, QueueId>> moved_;
  Edit added_;
  Edit removed_;
  int64_t bytes_ = 0;
  size_t count_ = 0;
};

absl::StatusOr<std::unique_ptr<Spool>> OpenOld(const std::string& directory,
                                               const Clock& clock,
                                               metrics::Registry& registry) {
  std::error_code error;
  // Spool::Open() would make one.
  if (!std::filesystem::exists(directory + "/CURRENT", error)) {
    return absl::NotFoundError(absl::StrCat(directory, ": there is no spool"));
  }
  SpoolOptions options;
  options.directory = directory;
  return Spool::Open(options, clock, registry);
}

}  // namespace

absl::StatusOr<Adopted> Adopt(const std::string& directory, Spool& spool,
                              const Clock& clock,
                              const std::function<bool()>& stops) {
  metrics::Registry registry;  // The numbers of the old volume are not ours.
  ASSIGN_OR_RETURN(const std::unique_ptr<Spool> old,
                   OpenOld(directory, clock, registry));
  std::vector<QueueId> ids;
  RETURN_IF_ERROR(old->ForEach(
      [&ids](QueueId id, const spool::v1::Envelope&) { ids.push_back(id); }));
  Adopted adopted;
  Move move(*old, spool);
  size_t taken = 0;
  while (taken < ids.size() && !stops()) {
    RETURN_IF_ERROR(move.Take(ids[taken++]));
  }
  RETURN_IF_ERROR(move.Finish());
  adopted.messages = move.count();
  adopted.left = ids.size() - taken;
  adopted.damaged = old->Damaged();
  log::Info("spool_adopted", {{"directory", directory},
                              {"messages", adopted.messages},
                              {"left", adopted.left},
                              {"damaged", adopted.damaged.size()}});
  return adopted;
}

}  // namespace postern::mta::queue
