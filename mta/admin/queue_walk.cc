#include "mta/admin/queue_walk.h"

namespace postern::mta::admin {

QueueWalk::QueueWalk(const queue::Spool& spool,
                     const queue::Scheduler& scheduler,
                     const QueueFilter& filter, const Range& range, bool reads)
    : spool_(spool),
      scheduler_(scheduler),
      filter_(filter),
      reads_(reads || filter.needs_envelope()),
      range_(range) {}

bool QueueWalk::Fetch() {
  if (place_ < page_.size()) return true;
  page_ = scheduler_.List(range_.after, kPage);
  place_ = 0;
  is_over_ =
      page_.empty() || (range_.until && *range_.until < page_.front().first);
  return !is_over_;
}

std::optional<QueueWalk::Step> QueueWalk::Next() {
  while (!is_over_ && seen_ < kMessages && Fetch()) {
    const auto& [id, entry] = page_[place_++];
    if (range_.until && *range_.until < id) {
      is_over_ = true;
      break;
    }
    range_.after = id;
    ++seen_;
    if (!filter_.Admits(entry.state)) continue;
    Step step = {id, entry, std::nullopt};
    if (reads_) {
      auto envelope = spool_.ReadEnvelope(id);
      // Delivered meanwhile, or it will be set aside.
      if (!envelope.ok() || !filter_.Matches(*envelope)) continue;
      step.envelope = *std::move(envelope);
    }
    return step;
  }
  return std::nullopt;
}

std::string QueueWalk::next() const {
  return is_over_ || !range_.after ? "" : range_.after->ToString();
}

}  // namespace postern::mta::admin
