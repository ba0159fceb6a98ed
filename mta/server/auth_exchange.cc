#include "mta/server/auth_exchange.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"

namespace postern::mta::server {
namespace {

using smtp::Reply;

constexpr size_t kMaxMechanismBytes = 20;   // RFC 4422 section 3.1.
constexpr size_t kMaxChallengeBytes = 372;  // 496 of 512 octets in base64.

bool IsMechanismName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxMechanismBytes) return false;
  for (const char c : name) {
    if (!absl::ascii_isalnum(c) && c != '-' && c != '_') return false;
  }
  return true;
}

// Strict, as RFC 4648 section 4 has it: no whitespace, nothing left out.
std::optional<std::string> FromBase64(absl::string_view text) {
  const size_t padding = text.size() - std::min(text.find('='), text.size());
  if (text.size() % 4 != 0 || padding > 2) return std::nullopt;
  for (const char c : text.substr(0, text.size() - padding)) {
    if (!absl::ascii_isalnum(c) && c != '+' && c != '/') return std::nullopt;
  }
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) return std::nullopt;
  return bytes;
}

AuthInput Decoded(absl::string_view base64) {
  AuthInput input;
  input.response = FromBase64(base64);
  if (!input.response.has_value()) input.problem = AuthResult::kMalformed;
  return input;
}

// RFC 4954 section 4: "=" is an empty one.
AuthInput InitialResponse(absl::string_view word) {
  if (word == "=") return {.response = std::string()};
  return Decoded(word);
}

}  // namespace

absl::string_view AuthResultName(AuthResult result) {
  switch (result) {
    case AuthResult::kChallenge:
      return "challenge";
    case AuthResult::kAccepted:
      return "accepted";
    case AuthResult::kRejected:
      return "rejected";
    case AuthResult::kUnavailable:
      return "unavailable";
    case AuthResult::kMalformed:
      return "malformed";
    case AuthResult::kTooLong:
      return "too_long";
    case AuthResult::kCancelled:
      return "cancelled";
    case AuthResult::kUnknownMechanism:
      return "unknown_mechanism";
    case AuthResult::kTooWeak:
      return "too_weak";
    case AuthResult::kNeedsEncryption:
      return "needs_encryption";
    case AuthResult::kNeedsTransition:
      return "needs_transition";
    case AuthResult::kLimited:
      return "limited";
  }
  return "unavailable";
}

std::optional<AuthInput> ParseAuth(absl::string_view argument) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(argument, ' ', absl::SkipEmpty());
  if (words.empty() || words.size() > 2 || !IsMechanismName(words[0])) {
    return std::nullopt;
  }
  AuthInput input = words.size() == 2 ? InitialResponse(words[1]) : AuthInput();
  input.mechanism = absl::AsciiStrToUpper(words[0]);
  return input;
}

AuthInput ParseAuthResponse(absl::string_view line) {
  if (line == "*") return {.problem = AuthResult::kCancelled};
  if (line.size() > kMaxAuthLineBytes) {
    return {.problem = AuthResult::kMalformed};
  }
  return Decoded(line);
}

Reply ReplyTo(const AuthAnswer& answer) {
  switch (answer.result) {
    case AuthResult::kChallenge:
      return {334, "", absl::Base64Escape(answer.text)};
    case AuthResult::kAccepted:
      return {235, "2.7.0", "Authentication successful"};
    case AuthResult::kRejected:
      return {535, "5.7.8", "Error: authentication failed"};
    case AuthResult::kUnavailable:
      return {454, "4.7.0", "Temporary authentication failure"};
    case AuthResult::kMalformed:
      return {501, "5.5.2", "Error: malformed authentication response"};
    case AuthResult::kTooLong:
      return {500, "5.5.6", "Error: authentication exchange line is too long"};
    case AuthResult::kCancelled:
      return {501, "5.7.0", "Authentication aborted"};
    case AuthResult::kUnknownMechanism:
      return {504, "5.5.4", "Error: unsupported authentication mechanism"};
    case AuthResult::kTooWeak:
      return {534, "5.7.9", "Authentication mechanism is too weak"};
    case AuthResult::kNeedsEncryption:
      return {538, "5.7.11",
              "Encryption required for requested authentication mechanism"};
    case AuthResult::kNeedsTransition:
      return {432, "4.7.12", "A password transition is needed"};
    case AuthResult::kLimited:
      return {450, "4.7.1", "Error: too many authentications"};
  }
  return {454, "4.7.0", "Temporary authentication failure"};
}

bool FitsIntoReply(absl::string_view challenge) {
  return challenge.size() <= kMaxChallengeBytes;
}

}  // namespace postern::mta::server
