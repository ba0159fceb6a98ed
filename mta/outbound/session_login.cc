// AUTH: we say who we are (RFC 4954).

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "lib/net/runtime.h"
#include "mta/outbound/outcome.h"
#include "mta/outbound/session.h"
#include "mta/sasl/client.h"

namespace postern::mta::outbound {
namespace {

// Challenges that an exchange may have.
constexpr int kMostChallenges = 8;
// RFC 4954 section 4: what AUTH says first must fit into a command.
constexpr size_t kMaxCommandBytes = 512;

// RFC 4954 section 4: a response without any bytes.
std::string InitialText(const std::string& response) {
  return response.empty() ? "=" : absl::Base64Escape(response);
}

}  // namespace

std::string Session::UsableMechanisms() const {
  std::vector<absl::string_view> usable;
  for (const absl::string_view mechanism :
       absl::StrSplit(extensions_.auth_mechanisms, ' ', absl::SkipEmpty())) {
    if (options_.sasl->filter.Allows(mechanism)) usable.push_back(mechanism);
  }
  return absl::StrJoin(usable, " ");
}

net::Task<std::optional<queue::Outcome>> Session::LogIn() {
  if (!options_.login) co_return std::nullopt;
  const SaslRules& rules = *options_.sasl;
  if (rules.only_encrypted && !stream_.is_tls()) {
    co_return Deferred(Cause::kAuth, "4.7.11",
                       absl::StrCat("there is a password for ", relay_,
                                    ", but no TLS that keeps it secret"));
  }
  if (extensions_.auth_mechanisms.empty()) co_return std::nullopt;
  const std::string offered = UsableMechanisms();
  sasl::ClientExchange exchange(
      *options_.login, options_.host_name,
      stream_.is_tls() ? rules.encrypted : rules.clear);
  absl::StatusOr<sasl::Opening> opening =
      co_await net::Blocking([&] { return exchange.Begin(offered); });
  if (!opening.ok()) co_return CannotLogIn(opening.status().message());
  std::string line = absl::StrCat("AUTH ", opening->mechanism);
  std::optional<std::string> response = std::move(opening->response);
  if (response) {
    const std::string first = InitialText(*response);
    if (line.size() + first.size() + 3 <= kMaxCommandBytes) {
      absl::StrAppend(&line, " ", first);
      response.reset();
    }
  }
  std::optional<queue::Outcome> refusal =
      co_await Exchange(exchange, std::move(line), std::move(response));
  co_return refusal;
}

// `response` is for the first challenge, whatever that says.
net::Task<std::optional<queue::Outcome>> Session::Exchange(
    sasl::ClientExchange& exchange, std::string line,
    std::optional<std::string> response) {
  for (int i = 0; i < kMostChallenges; ++i) {
    line += "\r\n";
    Answer answer = co_await Command(line, options_.command_timeout);
    if (!answer.ok()) co_return Lost(answer.status(), "AUTH");
    if (answer->code != 334) {
      co_return Conclude(*answer, exchange.is_complete());
    }
    std::string challenge;
    if (!absl::Base64Unescape(answer->text, &challenge)) {
      co_return CannotLogIn("the challenge is not in base64");
    }
    if (!response) {
      absl::StatusOr<std::string> next =
          co_await net::Blocking([&] { return exchange.Respond(challenge); });
      if (!next.ok()) co_return CannotLogIn(next.status().message());
      response = *std::move(next);
    }
    line = absl::Base64Escape(*response);
    response.reset();
  }
  co_return CannotLogIn("there is no end of challenges");
}

queue::Outcome Session::CannotLogIn(absl::string_view why) const {
  return Deferred(
      Cause::kAuth, "4.7.0",
      absl::StrCat("SASL authentication with ", relay_, " failed: ", why));
}

std::optional<queue::Outcome> Session::Conclude(const smtp::Reply& reply,
                                                bool is_complete) {
  if (reply.kind() == 2 && is_complete) {
    is_logged_in_ = true;
    return std::nullopt;
  }
  if (reply.kind() == 2) return CannotLogIn("it does not prove who it is");
  queue::Outcome outcome = OutcomeOf(reply, relay_, Cause::kAuth);
  has_failed_login_ = outcome.kind == queue::Outcome::Kind::kFailed;
  if (options_.sasl->soft_bounce) outcome = Softened(std::move(outcome));
  // These are our words, with its own in them.
  outcome.host.clear();
  outcome.reply = absl::StrCat("SASL authentication failed; server ", relay_,
                               " said: ", outcome.reply);
  return outcome;
}

}  // namespace postern::mta::outbound
