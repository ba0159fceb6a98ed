#include "mta/outbound/login_memory.h"

namespace postern::mta::outbound {

uint64_t LoginMemory::NumberOf(const sasl::Login& login) {
  absl::MutexLock lock(&mutex_);
  if (numbers_.size() >= kMostLogins) numbers_.clear();
  const auto [at, is_new] =
      numbers_.try_emplace({login.user, login.password}, last_ + 1);
  if (is_new) ++last_;
  return at->second;
}

void LoginMemory::NoteRefused(const sasl::Login& login, absl::string_view host,
                              queue::Outcome outcome) {
  if (time_ <= absl::ZeroDuration()) return;
  const uint64_t number = NumberOf(login);
  absl::MutexLock lock(&mutex_);
  if (refused_.size() >= kMostLogins) refused_.clear();
  refused_.insert_or_assign(
      {number, std::string(host)},
      Refusal{std::move(outcome), net::Deadline::After(time_)});
}

std::optional<queue::Outcome> LoginMemory::Refused(const sasl::Login& login,
                                                   absl::string_view host) {
  const uint64_t number = NumberOf(login);
  absl::MutexLock lock(&mutex_);
  const auto at = refused_.find(std::pair(number, std::string(host)));
  if (at == refused_.end()) return std::nullopt;
  if (!at->second.until.has_passed()) return at->second.outcome;
  refused_.erase(at);
  return std::nullopt;
}

}  // namespace postern::mta::outbound
