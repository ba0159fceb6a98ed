#include "mta/outbound/turns.h"

#include <algorithm>

namespace postern::mta::outbound {

void Turns::Push(Job& job) {
  job.next = nullptr;
  Row& row = rows_[job.sender_class];
  if (row.first == nullptr) {
    row.first = &job;
    order_.push_back(job.sender_class);
  } else {
    row.last->next = &job;
  }
  row.last = &job;
}

Job* Turns::Pop() {
  if (order_.empty()) return nullptr;
  const size_t sender_class = order_.front();
  order_.pop_front();
  const auto row = rows_.find(sender_class);
  Job* job = row->second.first;
  row->second.first = job->next;
  if (job->next == nullptr) {
    rows_.erase(row);
  } else {
    order_.push_back(sender_class);
  }
  return job;
}

bool Turns::Remove(Job& job) {
  const auto found = rows_.find(job.sender_class);
  if (found == rows_.end()) return false;
  Row& row = found->second;
  Job* before = nullptr;
  Job* at = row.first;
  while (at != nullptr && at != &job) {
    before = at;
    at = at->next;
  }
  if (at == nullptr) return false;
  (before == nullptr ? row.first : before->next) = job.next;
  if (row.last == &job) row.last = before;
  if (row.first == nullptr) {
    order_.erase(std::find(order_.begin(), order_.end(), job.sender_class));
    rows_.erase(found);
  }
  return true;
}

}  // namespace postern::mta::outbound
