// Who we say we are to a server, in the mechanism that both sides know: the
// client's half of Cyrus SASL.
//
//   ClientExchange exchange(login, "mx.example.org", security);
//   CO_ASSIGN_OR_RETURN(const Opening opening,             // blocks
//                       exchange.Begin("PLAIN SCRAM-SHA-256"));
//   // AUTH opening.mechanism …, then for each challenge of the server:
//   CO_ASSIGN_OR_RETURN(const std::string response,        // blocks
//                       exchange.Respond(challenge));
//   // It says yes:
//   if (!exchange.is_complete()) …it has not proved who it is…
//
// The library takes the best mechanism of those offered. What it says is in
// bytes: the wire has it in base64.
//
// Source:  Cyrus SASL 2.1, sasl_client_new(3) and its neighbours. Only the name
//          of the login is sent, no second one to act for, as with Postfix's
//          send_cyrus_sasl_authzid = no.
// Errors:  FailedPrecondition: there is no mechanism for both. Internal: the
//          library cannot go on, mostly because the server speaks nonsense.
// Threads: one thread at a time.
// Limits:  a server that wants more than kMostIterations of SCRAM's hash is
//          refused: it would keep a thread busy.

#ifndef POSTERN_MTA_SASL_CLIENT_H_
#define POSTERN_MTA_SASL_CLIENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mta/sasl/mechanisms.h"

namespace postern::mta::sasl {

inline constexpr uint32_t kMostIterations = 1'000'000;

// Never to be logged.
struct Login {
  std::string user;
  std::string password;

  friend bool operator==(const Login&, const Login&) = default;
};

// Reads "user:password", as smtp_sasl_password_maps has it. InvalidArgument
// says what is wrong and nothing of the text.
absl::StatusOr<Login> ParseLogin(absl::string_view text);

struct Opening {
  std::string mechanism;
  // What may be sent with AUTH; nullopt: the server speaks first.
  std::optional<std::string> response;
};

class ClientExchange {
 public:
  // `host` is the server's name.
  ClientExchange(Login login, std::string host, SecurityOptions security);
  ClientExchange(const ClientExchange&) = delete;
  ClientExchange& operator=(const ClientExchange&) = delete;
  ~ClientExchange();

  // Chooses among mechanisms with spaces between them.
  absl::StatusOr<Opening> Begin(absl::string_view offered);

  // Returns the answer to a challenge.
  absl::StatusOr<std::string> Respond(absl::string_view challenge);

  // The mechanism has nothing more to say or to hear. A server that is content
  // before that has left out its own proof.
  bool is_complete() const { return is_complete_; }

 private:
  class Connection;

  const Login login_;
  const std::string host_;
  const SecurityOptions security_;
  std::unique_ptr<Connection> connection_;  // From Begin() on.
  bool is_scram_ = false;
  bool is_complete_ = false;
};

// Tells whether a challenge of SCRAM wants more iterations than we do, or says
// nothing that we could read as a number of them.
bool WantsTooMuch(absl::string_view challenge);

}  // namespace postern::mta::sasl

#endif  // POSTERN_MTA_SASL_CLIENT_H_
