// The part of dialogue.h that lets a client say who it is.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mta/server/dialogue.h"

namespace postern::mta::server {

using smtp::Reply;
using Next = Step::Next;

namespace {

bool IsOneOf(absl::string_view name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

void Dialogue::OfferAuth(smtp::Extensions& ours) const {
  const AuthRules& auth = rules_.auth;
  if (!auth.is_enabled || !connection_.is_auth_allowed) return;
  if (auth.only_encrypted && !is_secured()) return;  // MTA-20.
  ours.auth_mechanisms = absl::StrJoin(auth.Mechanisms(is_secured()), " ");
  ours.auth_with_equals_sign = auth.has_broken_clients;
}

Step Dialogue::Auth() {
  if (!rules_.auth.is_enabled || !connection_.is_auth_allowed) {
    return Say({503, "5.5.1", "Error: authentication not enabled"});
  }
  if (!is_esmtp_) return Say({503, "5.5.1", "Error: send EHLO first"});
  if (auth_) return Say({503, "5.5.1", "Error: already authenticated"});
  if (transaction_) {
    return Say({503, "5.5.1", "Error: MAIL transaction in progress"});
  }
  if (rules_.auth.only_encrypted && !is_secured()) {  // MTA-20.
    return Say(ReplyTo({AuthResult::kNeedsEncryption}));
  }
  std::optional<AuthInput> input = ParseAuth(command_.argument);
  if (!input) return Say({501, "5.5.4", "Syntax: AUTH mechanism"});
  auth_input_ = *std::move(input);
  auth_method_ = auth_input_.mechanism;
  if (!IsOneOf(auth_method_, rules_.auth.Mechanisms(is_secured()))) {
    auth_input_.problem =
        IsOneOf(auth_method_, rules_.auth.encrypted_mechanisms)
            ? AuthResult::kNeedsEncryption
            : AuthResult::kUnknownMechanism;
  }
  return {Next::kAuthenticate, {}};
}

// A line that answers a challenge: no command, whatever it looks like.
Step Dialogue::OnAuthLine(const net::Line& line, bool has_more_input) {
  if (line.kind == net::Line::Kind::kEndless) {
    return Close(ReplyTo({AuthResult::kTooLong}));
  }
  command_.verb = smtp::Verb::kAuth;
  if (has_more_input) return Close(TooEarly());  // MTA-10.
  auth_input_ = ParseAuthResponse(line.text);
  if (line.kind == net::Line::Kind::kTooLong) {
    auth_input_.problem = AuthResult::kTooLong;
  }
  return {Next::kAuthenticate, {}};
}

Step Dialogue::OnAuthAnswer(const AuthAnswer& answer) {
  auth_input_ = AuthInput();
  is_authenticating_ = answer.result == AuthResult::kChallenge;
  if (is_authenticating_) return {Next::kGoOn, ReplyTo(answer)};
  if (answer.result == AuthResult::kAccepted) {
    auth_ = Identity{.method = auth_method_, .username = answer.text};
    return Say(ReplyTo(answer));
  }
  if (++auth_failures_ >= rules_.auth.failure_limit) {  // MTA-40.
    return Close({421, "4.7.0",
                  absl::StrCat(rules_.myhostname,
                               " Error: too many failed authentications")});
  }
  return Say(ReplyTo(answer));
}

}  // namespace postern::mta::server
