// Who a worker says it is.

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "mta/outbound/outcome.h"
#include "mta/outbound/pool_metrics.h"
#include "mta/outbound/worker.h"

namespace postern::mta::outbound {

net::Task<std::optional<queue::Outcome>> Worker::FindLogin(routing::Host host) {
  login_.reset();
  if (pool_.options_.logins == nullptr || next_hop_.is_lmtp) {
    co_return std::nullopt;
  }
  Logins& logins = *pool_.options_.logins;
  absl::StatusOr<std::optional<sasl::Login>> login =
      co_await logins.ForHost(choice_, host);
  if (!login.ok()) {
    co_return Deferred(
        Cause::kConfiguration, "4.3.0",
        absl::StrCat("smtp_sasl_password_maps: ", login.status().message()));
  }
  login_ = *std::move(login);
  if (!login_) co_return std::nullopt;
  co_return logins.memory().Refused(*login_, host.name);
}

void Worker::ReportLogin(const routing::Host& host,
                         const std::optional<queue::Outcome>& refusal) const {
  if (session_->is_logged_in()) pool_.metrics_->logged_in.Increment();
  if (!session_->has_failed_login()) return;
  pool_.metrics_->login_refused.Increment();
  pool_.options_.logins->memory().NoteRefused(*login_, host.name, *refusal);
  log::Warning("login_refused", {{"relay", session_->relay()},
                                 {"user", login_->user},
                                 {"response", refusal->reply}});
}

bool Worker::MayGoInTheClear() const {
  return !login_ || !pool_.options_.logins->rules().only_encrypted;
}

}  // namespace postern::mta::outbound
