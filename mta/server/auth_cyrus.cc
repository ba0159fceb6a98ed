#include "mta/server/auth_cyrus.h"

#include <sasl/sasl.h>

#include <array>
#include <cstring>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "mta/sasl/library.h"

namespace postern::mta::server {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;
using sasl::Callback;

constexpr size_t kMaxUserBytes = 255;

// Answers what Cyrus SASL wants to know of its configuration file, first.
int OnGetOption(void* context, const char*, const char* option,
                const char** result, unsigned* length) {
  for (const auto& [name, value] : *static_cast<const Settings*>(context)) {
    if (name != option) continue;
    *result = value.c_str();
    if (length != nullptr) *length = value.size();
    return SASL_OK;
  }
  return SASL_FAIL;
}

int OnConfigPath(void* context, char** path) {
  *path = ::strdup(static_cast<const std::string*>(context)->c_str());
  return *path == nullptr ? SASL_NOMEM : SASL_OK;
}

// The library as a whole, which can be begun only once.
class Library {
 public:
  static absl::Status Begin(const std::string& application,
                            const std::string& config_path) {
    static auto& library = *new Library();
    absl::MutexLock lock(&library.mutex_);
    if (!library.begun_) library.DoBegin(application, config_path);
    RETURN_IF_ERROR(*library.begun_);
    if (application != library.application_) {
      return absl::FailedPreconditionError(
          "smtpd_sasl_path: a new name needs a restart");
    }
    if (config_path != library.config_path_) {
      return absl::FailedPreconditionError(
          "cyrus_sasl_config_path: a new folder needs a restart");
    }
    return absl::OkStatus();
  }

 private:
  void DoBegin(const std::string& application, const std::string& config_path)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    application_ = application;
    config_path_ = config_path;
    sasl::SetUpLibrary();
    callbacks_[0] = sasl::LogCallback();
    callbacks_[1] = sasl::kLastCallback;
    if (!config_path_.empty()) {
      callbacks_[1] = {SASL_CB_GETCONFPATH, Callback(&OnConfigPath),
                       &config_path_};
      callbacks_[2] = sasl::kLastCallback;
    }
    const int result =
        sasl_server_init(callbacks_.data(), application_.c_str());
    begun_ = result == SASL_OK ? absl::OkStatus()
                               : absl::InvalidArgumentError(absl::StrCat(
                                     "smtpd_sasl_auth_enable: Cyrus SASL: ",
                                     sasl_errstring(result, nullptr, nullptr)));
  }

  absl::Mutex mutex_;
  std::optional<absl::Status> begun_;
  std::string application_;
  std::string config_path_;
  std::array<sasl_callback_t, 3> callbacks_;
};

AuthResult ResultOf(int code) {
  switch (code) {
    case SASL_BADAUTH:
    case SASL_NOAUTHZ:
    case SASL_EXPIRED:
    case SASL_DISABLED:
    case SASL_NOUSER:  // As a wrong password: nobody learns who is here.
    case SASL_NOVERIFY:
    case SASL_PWLOCK:
      return AuthResult::kRejected;
    case SASL_BADPROT:
    case SASL_BADPARAM:
    case SASL_BUFOVER:
      return AuthResult::kMalformed;
    case SASL_NOMECH:
      return AuthResult::kUnknownMechanism;
    case SASL_TOOWEAK:
      return AuthResult::kTooWeak;
    case SASL_ENCRYPT:
      return AuthResult::kNeedsEncryption;
    case SASL_TRANS:
      return AuthResult::kNeedsTransition;
    default:
      return AuthResult::kUnavailable;
  }
}

}  // namespace

class CyrusServer::Callbacks {
 public:
  explicit Callbacks(const Settings& settings)
      : list_{{{SASL_CB_GETOPT, Callback(&OnGetOption),
                const_cast<Settings*>(&settings)},
               sasl::LogCallback(),
               sasl::kLastCallback}} {}

  const sasl_callback_t* list() const { return list_.data(); }

 private:
  const std::array<sasl_callback_t, 3> list_;
};

class CyrusExchange::Connection {
 public:
  Connection(const CyrusServer& server, bool is_encrypted) {
    const CyrusOptions& options = server.options_;
    const char* const realm =
        options.realm.empty() ? nullptr : options.realm.c_str();
    if (sasl_server_new("smtp", options.hostname.c_str(), realm, nullptr,
                        nullptr, server.callbacks_->list(), 0,
                        &connection_) != SASL_OK) {
      return;
    }
    is_ready_ = sasl::Demand(is_encrypted ? options.encrypted : options.clear,
                             connection_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { sasl_dispose(&connection_); }

  std::vector<std::string> Mechanisms() {
    const char* list = nullptr;
    if (!is_ready_ || sasl_listmech(connection_, nullptr, "", " ", "", &list,
                                    nullptr, nullptr) != SASL_OK) {
      return {};
    }
    return absl::StrSplit(absl::AsciiStrToUpper(list), ' ', absl::SkipEmpty());
  }

  AuthAnswer Advance(const AuthInput& input) {
    if (!is_ready_) return {AuthResult::kUnavailable};
    const char* bytes = nullptr;
    unsigned size = 0;
    if (input.response.has_value()) {
      bytes = input.response->data();
      size = input.response->size();
    }
    const char* out = nullptr;
    unsigned out_size = 0;
    const int code =
        input.mechanism.empty()
            ? sasl_server_step(connection_, bytes, size, &out, &out_size)
            : sasl_server_start(connection_, input.mechanism.c_str(), bytes,
                                size, &out, &out_size);
    if (code == SASL_OK) return Accepted();
    if (code != SASL_CONTINUE) return {ResultOf(code)};
    const absl::string_view challenge(out == nullptr ? "" : out, out_size);
    if (!FitsIntoReply(challenge)) return {AuthResult::kUnavailable};
    return {AuthResult::kChallenge, std::string(challenge)};
  }

 private:
  AuthAnswer Accepted() {
    const void* name = nullptr;
    if (sasl_getprop(connection_, SASL_USERNAME, &name) != SASL_OK ||
        name == nullptr) {
      return {AuthResult::kUnavailable};
    }
    const std::string user = static_cast<const char*>(name);
    // What goes into headers, logs and questions must say what it is.
    if (user.empty() || user != Printable(user, kMaxUserBytes)) {
      return {AuthResult::kRejected};
    }
    return {AuthResult::kAccepted, user};
  }

  sasl_conn_t* connection_ = nullptr;
  bool is_ready_ = false;
};

CyrusServer::CyrusServer(CyrusOptions options)
    : options_(std::move(options)),
      callbacks_(std::make_unique<Callbacks>(options_.settings)) {}

CyrusServer::~CyrusServer() = default;

absl::StatusOr<std::shared_ptr<const CyrusServer>> CyrusServer::Create(
    CyrusOptions options) {
  RETURN_IF_ERROR(Library::Begin(options.application, options.config_path));
  std::shared_ptr<CyrusServer> server(new CyrusServer(std::move(options)));
  for (const bool is_encrypted : {false, true}) {
    CyrusExchange::Connection connection(*server, is_encrypted);
    auto& mechanisms = is_encrypted ? server->encrypted_mechanisms_
                                    : server->clear_mechanisms_;
    for (std::string& mechanism : connection.Mechanisms()) {
      if (!server->options_.filter.Allows(mechanism)) continue;
      mechanisms.push_back(std::move(mechanism));
    }
  }
  if (server->encrypted_mechanisms_.empty()) {
    return absl::InvalidArgumentError(
        "smtpd_sasl_auth_enable: there is no mechanism that may be offered; "
        "install libsasl2-modules, or see smtpd_sasl_tls_security_options");
  }
  return server;
}

CyrusExchange::CyrusExchange(std::shared_ptr<const CyrusServer> server,
                             bool is_encrypted)
    : server_(std::move(server)), is_encrypted_(is_encrypted) {}

CyrusExchange::~CyrusExchange() = default;

AuthAnswer CyrusExchange::Advance(const AuthInput& input) {
  if (connection_ == nullptr) {
    connection_ = std::make_unique<Connection>(*server_, is_encrypted_);
  }
  return connection_->Advance(input);
}

}  // namespace postern::mta::server
