#include "mta/server/authentication.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "lib/base/log.h"
#include "lib/net/deadline.h"
#include "lib/net/runtime.h"

namespace postern::mta::server {

net::Task<AuthAnswer> Authentication::Answer() {
  const AuthInput& input = conversation_.dialogue.auth_input();
  const bool is_command = !input.mechanism.empty();
  if (is_command) {
    mechanism_ = input.mechanism;
    exchange_.reset();
  }
  AuthAnswer answer;
  if (is_command && !co_await MayTry()) {
    answer.result = AuthResult::kLimited;
  } else if (input.problem.has_value()) {
    answer.result = *input.problem;
  } else {
    answer = co_await Ask();
  }
  if (answer.result == AuthResult::kChallenge) co_return answer;
  exchange_.reset();
  Report(answer);
  if (answer.result == AuthResult::kRejected) {
    co_await conversation_.parts.budgets.Note(limits::Event::kAuthFailure,
                                              conversation_.client.address(),
                                              conversation_.settings->limits);
  }
  if (answer.result != AuthResult::kAccepted) {
    const absl::Duration delay = conversation_.settings->auth.DelayAfter(
        conversation_.dialogue.auth_failures() + 1);
    co_await net::Sleep(std::min(delay, conversation_.end.Left()));
  }
  co_return answer;
}

net::Task<bool> Authentication::MayTry() {
  limits::Budgets& budgets = conversation_.parts.budgets;
  const net::IpAddress client = conversation_.client.address();
  const limits::Rules& rules = conversation_.settings->limits;
  const bool has_room =
      co_await budgets.HasRoom(limits::Event::kAuthFailure, client, rules);
  if (!has_room) co_return false;
  co_return co_await budgets.Spend(limits::Event::kAuth, client, rules);
}

net::Task<AuthAnswer> Authentication::Ask() {
  const AuthSettings& settings = conversation_.settings->auth;
  if (exchange_ == nullptr) {
    exchange_ = std::make_shared<CyrusExchange>(
        settings.cyrus, conversation_.dialogue.is_secured());
  }
  std::function<AuthAnswer()> call =
      [exchange = exchange_, input = conversation_.dialogue.auth_input()] {
        return exchange->Advance(input);
      };
  const net::Deadline deadline =
      std::min(net::Deadline::After(settings.timeout), conversation_.end);
  std::optional<AuthAnswer> answer =
      co_await conversation_.parts.auth_workers.Run(std::move(call), deadline);
  co_return answer.value_or(AuthAnswer{AuthResult::kUnavailable});
}

void Authentication::Report(const AuthAnswer& answer) const {
  conversation_.parts.meters.CountAuth(mechanism_, answer.result);
  if (answer.result == AuthResult::kAccepted) {
    log::Info("authenticated", {{"session", conversation_.id},
                                {"client", conversation_.client.address_text()},
                                {"method", mechanism_},
                                {"username", answer.text}});
    return;
  }
  log::Info("auth_failed", {{"session", conversation_.id},
                            {"client", conversation_.client.address_text()},
                            {"helo", conversation_.dialogue.helo_name()},
                            {"method", sasl::MechanismLabel(mechanism_)},
                            {"result", AuthResultName(answer.result)}});
}

}  // namespace postern::mta::server
