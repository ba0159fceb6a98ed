// The AUTH command as the wire has it: base64 in, replies out. Who may come in
// is not decided here (auth_cyrus.h).
//
//   std::optional<AuthInput> input = ParseAuth("PLAIN AGphbmUAc2VjcmV0");
//   if (!input) …syntax error…
//   const AuthAnswer answer = …;   // from the mechanism
//   Reply reply = ReplyTo(answer);
//
// Source:  RFC 4954 section 4 (exchange, "=", "*") and 6 (codes), RFC 3463.
// Threads: pure.
// Limits:  a line of kMaxAuthLineBytes; a challenge that fits into one line of
//          a reply.

#ifndef POSTERN_MTA_SERVER_AUTH_EXCHANGE_H_
#define POSTERN_MTA_SERVER_AUTH_EXCHANGE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "mta/smtp/reply.h"

namespace postern::mta::server {

// RFC 4954 section 4: what a response line may have, without its CR LF.
inline constexpr size_t kMaxAuthLineBytes = 12288;

// What an attempt, or one step of it, led to. All but kChallenge end it.
enum class AuthResult {
  kChallenge,
  kAccepted,
  kRejected,          // Wrong user or password.
  kUnavailable,       // Nobody can tell now.
  kMalformed,         // Not base64, or not what the mechanism wants.
  kTooLong,           // A line longer than it may be.
  kCancelled,         // By the client.
  kUnknownMechanism,  // Or not allowed here.
  kTooWeak,           // For this user.
  kNeedsEncryption,
  kNeedsTransition,  // A password in the clear once (RFC 4954 section 6).
  kLimited,          // The client has tried too often (mta/limits).
};
inline constexpr int kAuthResultCount = 12;

// Returns "unknown_mechanism" and the like, for logs and metrics.
absl::string_view AuthResultName(AuthResult result);

struct AuthAnswer {
  AuthResult result = AuthResult::kUnavailable;
  // kChallenge: its bytes. kAccepted: the user's name.
  std::string text = {};
};

// What the client has said. It holds secrets: never log it.
struct AuthInput {
  std::string mechanism;  // In upper case. Empty in a response.
  // Decoded. Of the command: nullopt if there is no initial response.
  std::optional<std::string> response;
  // kMalformed or kCancelled: there is nothing to ask the mechanism.
  std::optional<AuthResult> problem;
};

// Takes what follows "AUTH" apart; nullopt: it is not "mechanism [response]".
std::optional<AuthInput> ParseAuth(absl::string_view argument);

// Takes a line that answers a challenge apart.
AuthInput ParseAuthResponse(absl::string_view line);

// Returns what to tell the client. A kChallenge must fit (FitsIntoReply()).
smtp::Reply ReplyTo(const AuthAnswer& answer);

// Tells whether a challenge can be sent.
bool FitsIntoReply(absl::string_view challenge);

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_AUTH_EXCHANGE_H_
