// The exchange of AUTH, with Cyrus SASL behind it and nobody in its database:
// whatever lines a client sends, nobody is let in, every reply is one
// well-formed line, and the exchange comes to an end.
//
// The first line is what follows AUTH, the others answer challenges.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "mta/server/auth_cyrus.h"
#include "mta/server/auth_exchange.h"

namespace {

using namespace postern::mta::server;

const std::shared_ptr<const CyrusServer>& Server() {
  static const auto& server = *new auto([] {
    CyrusOptions options;
    options.hostname = "mx.example.org";
    const std::vector<std::string> all = {"!ntlm", "static:rest"};
    options.filter = postern::mta::sasl::MechanismFilter::Create(all).value();
    options.encrypted.no_anonymous = true;
    options.settings = {{"sasldb_path", "/nonexistent/sasldb2"}};
    return CyrusServer::Create(std::move(options)).value();
  }());
  return server;
}

AuthAnswer AnswerTo(CyrusExchange& exchange, const AuthInput& input) {
  if (!input.problem) return exchange.Advance(input);
  return {*input.problem};
}

void Check(const AuthAnswer& answer) {
  assert(answer.result != AuthResult::kAccepted);
  const std::string reply = ReplyTo(answer).Format();
  assert(absl::EndsWith(reply, "\r\n") && reply.size() <= 512);
  assert(reply.find('\n') == reply.size() - 1);
}

}  // namespace

// Cyrus' plug-in for LOGIN loses some bytes when name and password are empty.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:liblogin.so";
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  const std::optional<AuthInput> first = ParseAuth(lines[0]);
  if (!first) return 0;
  CyrusExchange exchange(Server(), /*is_encrypted=*/true);
  AuthAnswer answer = AnswerTo(exchange, *first);
  Check(answer);
  for (size_t i = 1;
       i < lines.size() && answer.result == AuthResult::kChallenge; ++i) {
    answer = AnswerTo(exchange, ParseAuthResponse(lines[i]));
    Check(answer);
    assert(i < 10 || answer.result != AuthResult::kChallenge);
  }
  return 0;
}
