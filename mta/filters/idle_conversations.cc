#include "mta/filters/idle_conversations.h"

#include <algorithm>
#include <utility>

#include "lib/net/event.h"

namespace postern::mta::filters {

std::unique_ptr<milter::Conversation> IdleConversations::Take(
    const net::Endpoint& where) {
  const auto at = idle_.find(where);
  if (at == idle_.end()) return nullptr;
  while (!at->second.empty()) {
    Idle last = std::move(at->second.back());
    at->second.pop_back();
    if (!last.conversation->is_broken()) return std::move(last.conversation);
  }
  return nullptr;
}

void IdleConversations::Put(
    const net::Endpoint& where,
    std::unique_ptr<milter::Conversation> conversation) {
  std::vector<Idle>& idle = idle_[where];
  if (idle.size() >= limits_.to_each_address || drain_.has_begun()) {
    conversation->Quit();
    return;
  }
  idle.push_back(
      {std::move(conversation), net::Deadline::After(limits_.idle_time)});
  if (std::exchange(is_swept_, true)) return;
  net::Spawn(drain_, Sweep(shared_from_this()));
}

void IdleConversations::KeepOnly(const std::vector<net::Endpoint>& all) {
  std::erase_if(idle_, [&all](const auto& entry) {
    if (std::find(all.begin(), all.end(), entry.first) != all.end()) {
      return false;
    }
    for (const Idle& one : entry.second) one.conversation->Quit();
    return true;
  });
}

net::Task<> IdleConversations::Sweep(std::shared_ptr<IdleConversations> self) {
  net::Event ends;
  const net::DrainWatch watch(self->drain_, [&ends] { ends.Set(); });
  while (!self->idle_.empty()) {
    const bool is_over =
        co_await ends.Wait(net::Deadline::After(self->limits_.good_bye_after));
    if (is_over) self->Clear();
    for (auto& [where, idle] : self->idle_) {
      std::erase_if(idle, [](const Idle& one) {
        if (!one.until.has_passed()) return false;
        one.conversation->Quit();
        return true;
      });
    }
    co_await self->SayGoodBye();
    std::erase_if(self->idle_,
                  [](const auto& entry) { return entry.second.empty(); });
  }
  self->is_swept_ = false;
}

// Nobody takes one while it speaks.
net::Task<> IdleConversations::SayGoodBye() {
  std::vector<std::pair<net::Endpoint, Idle>> speaking;
  for (auto& [where, idle] : idle_) {
    for (size_t i = 0; i < idle.size();) {
      if (!idle[i].conversation->has_unsent()) {
        ++i;
        continue;
      }
      speaking.emplace_back(where, std::move(idle[i]));
      idle.erase(idle.begin() + static_cast<ptrdiff_t>(i));
    }
  }
  for (auto& [where, one] : speaking) {
    const absl::Status sent = co_await one.conversation->Send(
        net::Deadline::After(limits_.good_bye_after));
    if (sent.ok()) idle_[where].push_back(std::move(one));
  }
}

}  // namespace postern::mta::filters
