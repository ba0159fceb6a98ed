#include "mta/sasl/library.h"

#include <mutex>

#include "lib/base/log.h"

namespace postern::mta::sasl {
namespace {

// Above SASL_LOG_WARN come protocol traces, and then passwords.
int OnLog(void*, int level, const char* text) {
  if (text == nullptr) return SASL_BADPARAM;
  if (level == SASL_LOG_ERR || level == SASL_LOG_WARN) {
    log::Warning("sasl", {{"text", text}});
  } else if (level == SASL_LOG_FAIL) {
    log::Debug("sasl", {{"text", text}});
  }
  return SASL_OK;
}

unsigned FlagsOf(const SecurityOptions& options) {
  return (options.no_plaintext ? SASL_SEC_NOPLAINTEXT : 0) |
         (options.no_active ? SASL_SEC_NOACTIVE : 0) |
         (options.no_dictionary ? SASL_SEC_NODICTIONARY : 0) |
         (options.no_anonymous ? SASL_SEC_NOANONYMOUS : 0) |
         (options.forward_secrecy ? SASL_SEC_FORWARD_SECRECY : 0) |
         (options.mutual_auth ? SASL_SEC_MUTUAL_AUTH : 0);
}

}  // namespace

sasl_callback_t LogCallback() {
  return {SASL_CB_LOG, Callback(&OnLog), nullptr};
}

void SetUpLibrary() {
  static std::once_flag once;
  std::call_once(once, [] {
    sasl_set_mutex([]() -> void* { return new std::mutex(); },
                   [](void* mutex) {
                     static_cast<std::mutex*>(mutex)->lock();
                     return 0;
                   },
                   [](void* mutex) {
                     static_cast<std::mutex*>(mutex)->unlock();
                     return 0;
                   },
                   [](void* mutex) { delete static_cast<std::mutex*>(mutex); });
  });
}

bool Demand(const SecurityOptions& options, sasl_conn_t* connection) {
  sasl_security_properties_t properties = {};
  properties.security_flags = FlagsOf(options);
  return sasl_setprop(connection, SASL_SEC_PROPS, &properties) == SASL_OK;
}

}  // namespace postern::mta::sasl
