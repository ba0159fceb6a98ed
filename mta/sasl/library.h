// What both sides of Cyrus SASL share: the library as a whole, which is one for
// the process, and what it is told and tells in C.
//
//   SetUpLibrary();
//   const sasl_callback_t callbacks[] = {LogCallback(), kLastCallback};
//   sasl_client_init(callbacks);
//
// Source:  Cyrus SASL 2.1, sasl_callbacks(3), sasl_setprop(3).
// Threads: any.
// Limits:  no line of the library's log with secrets in it is passed on.

#ifndef POSTERN_MTA_SASL_LIBRARY_H_
#define POSTERN_MTA_SASL_LIBRARY_H_

#include <sasl/sasl.h>

#include "mta/sasl/mechanisms.h"

namespace postern::mta::sasl {

// The type that the library keeps all its callbacks as.
template <typename Function>
int (*Callback(Function* function))() {
  return reinterpret_cast<int (*)()>(reinterpret_cast<void (*)()>(function));
}

inline constexpr sasl_callback_t kLastCallback = {SASL_CB_LIST_END, nullptr,
                                                  nullptr};

// Passes warnings and errors of the library on to our log.
sasl_callback_t LogCallback();

// Gives the library its locks; before its first other use.
void SetUpLibrary();

// Asks for mechanisms with these properties and without a security layer: TLS
// has that task. And TLS is none to it, for that would make it forget about
// "noplaintext". Returns false if the library does not want to.
bool Demand(const SecurityOptions& options, sasl_conn_t* connection);

}  // namespace postern::mta::sasl

#endif  // POSTERN_MTA_SASL_LIBRARY_H_
