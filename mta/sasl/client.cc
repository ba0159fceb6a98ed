#include "mta/sasl/client.h"

#include <sasl/sasl.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mta/sasl/library.h"

namespace postern::mta::sasl {
namespace {

int BeginLibrary() {
  SetUpLibrary();
  // The library keeps the list.
  static const std::array<sasl_callback_t, 2> callbacks = {LogCallback(),
                                                           kLastCallback};
  return sasl_client_init(callbacks.data());
}

absl::Status Trouble(int code) {
  const char* const text = sasl_errstring(code, nullptr, nullptr);
  if (code == SASL_NOMECH || code == SASL_TOOWEAK || code == SASL_ENCRYPT) {
    return absl::FailedPreconditionError(text);
  }
  return absl::InternalError(text);
}

struct Free {
  void operator()(sasl_secret_t* secret) const { std::free(secret); }
};

}  // namespace

absl::StatusOr<Login> ParseLogin(absl::string_view text) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(text, absl::MaxSplits(':', 1));
  if (parts.first.empty() || !absl::StrContains(text, ':')) {
    return absl::InvalidArgumentError("\"user:password\" is wanted");
  }
  return Login{parts.first, parts.second};
}

bool WantsTooMuch(absl::string_view challenge) {
  for (absl::string_view part : absl::StrSplit(challenge, ',')) {
    if (absl::StartsWith(part, "v=") || absl::StartsWith(part, "e=")) {
      return false;  // The server's last word.
    }
    if (!absl::ConsumePrefix(&part, "i=")) continue;
    uint32_t iterations = 0;
    return !absl::SimpleAtoi(part, &iterations) || iterations > kMostIterations;
  }
  return true;
}

class ClientExchange::Connection {
 public:
  Connection(const Login& login, const std::string& host,
             const SecurityOptions& security)
      : login_(login),
        secret_(static_cast<sasl_secret_t*>(
            std::malloc(sizeof(sasl_secret_t) + login.password.size() + 1))),
        callbacks_{{{SASL_CB_USER, Callback(&OnName), nullptr},
                    {SASL_CB_AUTHNAME, Callback(&OnName), this},
                    {SASL_CB_PASS, Callback(&OnSecret), this},
                    LogCallback(),
                    kLastCallback}} {
    static const int begun = BeginLibrary();
    if (secret_ == nullptr || begun != SASL_OK) return;
    secret_->len = login.password.size();
    std::memcpy(secret_->data, login.password.c_str(), secret_->len + 1);
    is_ready_ = sasl_client_new("smtp", host.c_str(), nullptr, nullptr,
                                callbacks_.data(), 0, &sasl_) == SASL_OK &&
                Demand(security, sasl_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { sasl_dispose(&sasl_); }

  sasl_conn_t* get() { return is_ready_ ? sasl_ : nullptr; }

 private:
  // SASL_CB_USER, for whom we act, has no context: nobody but ourselves.
  static int OnName(void* context, int, const char** result, unsigned* size) {
    absl::string_view name;
    if (context != nullptr) {
      name = static_cast<Connection*>(context)->login_.user;
    }
    *result = name.empty() ? "" : name.data();
    if (size != nullptr) *size = name.size();
    return SASL_OK;
  }
  static int OnSecret(sasl_conn_t*, void* context, int,
                      sasl_secret_t** secret) {
    *secret = static_cast<Connection*>(context)->secret_.get();
    return SASL_OK;
  }

  const Login& login_;
  const std::unique_ptr<sasl_secret_t, Free> secret_;
  const std::array<sasl_callback_t, 5> callbacks_;
  sasl_conn_t* sasl_ = nullptr;
  bool is_ready_ = false;
};

ClientExchange::ClientExchange(Login login, std::string host,
                               SecurityOptions security)
    : login_(std::move(login)), host_(std::move(host)), security_(security) {}

ClientExchange::~ClientExchange() = default;

absl::StatusOr<Opening> ClientExchange::Begin(absl::string_view offered) {
  connection_ = std::make_unique<Connection>(login_, host_, security_);
  if (connection_->get() == nullptr) {
    return absl::InternalError("Cyrus SASL does not start");
  }
  const char* out = nullptr;
  const char* mechanism = nullptr;
  unsigned size = 0;
  const int code =
      sasl_client_start(connection_->get(), std::string(offered).c_str(),
                        nullptr, &out, &size, &mechanism);
  if (code != SASL_OK && code != SASL_CONTINUE) return Trouble(code);
  is_complete_ = code == SASL_OK;
  is_scram_ = absl::StartsWithIgnoreCase(mechanism, "SCRAM-");
  if (out == nullptr) return Opening{mechanism, std::nullopt};
  return Opening{mechanism, std::string(out, size)};
}

absl::StatusOr<std::string> ClientExchange::Respond(
    absl::string_view challenge) {
  if (is_scram_ && WantsTooMuch(challenge)) {
    return absl::InternalError("the server wants too many iterations");
  }
  const char* out = nullptr;
  unsigned size = 0;
  const int code = sasl_client_step(connection_->get(), challenge.data(),
                                    challenge.size(), nullptr, &out, &size);
  if (code != SASL_OK && code != SASL_CONTINUE) return Trouble(code);
  is_complete_ = code == SASL_OK;
  return std::string(out == nullptr ? "" : out, size);
}

}  // namespace postern::mta::sasl
