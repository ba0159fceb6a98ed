// The beginning of a session: greeting, EHLO, STARTTLS; AUTH is in
// session_login.cc.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "mta/outbound/outcome.h"
#include "mta/outbound/session.h"

namespace postern::mta::outbound {
namespace {

// The name that a server gives itself in a greeting or a reply to EHLO.
absl::string_view FirstWord(absl::string_view text) {
  return text.substr(0, text.find_first_of(" \n"));
}

}  // namespace

net::Task<std::optional<queue::Outcome>> Session::Open() {
  std::optional<queue::Outcome> refusal = co_await Greet();
  if (refusal) is_usable_ = false;
  co_return refusal;
}

net::Task<std::optional<queue::Outcome>> Session::Greet() {
  if (options_.tls_wrapper) {
    const absl::Status secured = co_await StartTls();
    if (!secured.ok()) co_return CannotStartTls(secured);
  }
  Answer greeting = co_await Command("", options_.command_timeout);
  if (!greeting.ok()) co_return Lost(greeting.status(), "initial greeting");
  greeted_as_ = std::string(FirstWord(greeting->text));
  if (greeting->kind() != 2) {
    co_return Softened(OutcomeOf(*greeting, relay_, Cause::kGreeting));
  }
  std::optional<queue::Outcome> refusal = co_await SayHello();
  if (refusal) co_return refusal;
  if (options_.tls.level != TlsLevel::kNone && !stream_.is_tls()) {
    refusal = co_await Secure();
    if (refusal) co_return refusal;
    if (stream_.is_tls()) refusal = co_await SayHello();
    if (refusal) co_return refusal;
  }
  refusal = co_await LogIn();
  co_return refusal;
}

net::Task<std::optional<queue::Outcome>> Session::SayHello() {
  extensions_ = smtp::Extensions();
  const std::string ehlo = absl::StrCat(options_.is_lmtp ? "LHLO " : "EHLO ",
                                        options_.helo_name, "\r\n");
  Answer answer = co_await Command(ehlo, options_.command_timeout);
  if (!answer.ok()) co_return Lost(answer.status(), ehlo.substr(0, 4));
  if (answer->kind() == 2) {
    extensions_ = smtp::ParseEhlo(*answer);
    if (options_.sasl == nullptr) extensions_.auth_mechanisms.clear();
    // RFC 8689 section 4.2.1: otherwise anybody may have written it.
    extensions_.requiretls &= stream_.is_tls() &&
                              options_.tls.is_host_trusted &&
                              options_.tls.is_proof();
  } else if (answer->kind() == 5 && !stream_.is_tls() && !options_.is_lmtp) {
    const std::string helo = absl::StrCat("HELO ", options_.helo_name, "\r\n");
    answer = co_await Command(helo, options_.command_timeout);
    if (!answer.ok()) co_return Lost(answer.status(), "HELO");
  }
  if (answer->kind() != 2) {
    co_return OutcomeOf(*answer, relay_, Cause::kGreeting);
  };
  if (options_.detect_loop &&
      (absl::EqualsIgnoreCase(FirstWord(answer->text), options_.helo_name) ||
       absl::EqualsIgnoreCase(FirstWord(answer->text), options_.own_name))) {
    co_return Failed("5.4.6", absl::StrCat(relay_, " is myself: mail loops"));
  }
  co_return std::nullopt;
}

bool Session::HasKnownFingerprint() const {
  const std::vector<std::string>& known = options_.tls.fingerprints;
  if (known.empty()) return true;
  const net::TlsFacts facts =
      stream_.tls_facts(options_.tls_fingerprint_digest);
  return std::any_of(known.begin(), known.end(), [&](const std::string& one) {
    return one == facts.fingerprint || one == facts.pubkey_fingerprint;
  });
}

std::optional<queue::Outcome> Session::GoOnInTheClear(absl::string_view why) {
  tls_failure_ = routing::TlsFailure::kStarttlsNotSupported;
  if (options_.tls.level == TlsLevel::kMay) return std::nullopt;
  return Deferred(Cause::kTls, "4.7.4",
                  absl::StrCat("TLS is required, but ", why));
}

net::Task<std::optional<queue::Outcome>> Session::Secure() {
  if (!extensions_.starttls) {
    co_return GoOnInTheClear(absl::StrCat("was not offered by ", relay_));
  }
  const Answer answer =
      co_await Command("STARTTLS\r\n", options_.command_timeout);
  if (!answer.ok()) co_return Lost(answer.status(), "STARTTLS");
  if (answer->code == 421) co_return OutcomeOf(*answer, relay_, Cause::kTls);
  if (answer->kind() != 2) {
    co_return GoOnInTheClear(
        absl::StrCat(relay_, " refused to start it: ", answer->ToString()));
  }
  if (!reader_.Buffered().empty()) {  // MTA-19: who wrote it?
    const absl::Status why =
        absl::InvalidArgumentError("it goes on in the clear");
    co_return Lost(why, "STARTTLS");
  }
  const absl::Status secured = co_await StartTls();
  if (!secured.ok()) co_return CannotStartTls(secured);
  co_return std::nullopt;
}

net::Task<absl::Status> Session::StartTls() {
  absl::Status secured = co_await stream_.StartTlsClient(
      *options_.tls_context, options_.tls.peer,
      net::Deadline::After(options_.tls_timeout));
  if (!secured.ok() || stream_.tls_fault() != net::TlsFault::kNone) {
    tls_failure_ = routing::FailureOf(stream_.tls_fault(), options_.tls);
  }
  if (secured.ok() && !HasKnownFingerprint()) {
    secured = absl::UnavailableError("none of the fingerprints is its own");
    tls_failure_ = routing::TlsFailure::kCertificateNotTrusted;
  }
  co_return secured;
}

queue::Outcome Session::CannotStartTls(const absl::Status& why) {
  is_usable_ = false;
  has_failed_tls_ = true;
  return Deferred(
      Cause::kTls, "4.7.5",
      absl::StrCat("cannot start TLS with ", relay_, ": ", why.message()));
}

}  // namespace postern::mta::outbound
