// Shorthand for passing a non-OK status on to the caller.
//
//   RETURN_IF_ERROR(file.Sync());
//   ASSIGN_OR_RETURN(std::string text, ReadFile(path));
//   CO_RETURN_IF_ERROR(co_await stream.Write(reply, deadline));   // in a Task
//   CO_ASSIGN_OR_RETURN(size_t n, co_await stream.Read(b, deadline));

#ifndef POSTERN_LIB_BASE_STATUS_MACROS_H_
#define POSTERN_LIB_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define POSTERN_STATUS_CONCAT_INNER(a, b) a##b
#define POSTERN_STATUS_CONCAT(a, b) POSTERN_STATUS_CONCAT_INNER(a, b)

#define POSTERN_RETURN_IF_ERROR(return_word, expr)        \
  do {                                                    \
    absl::Status postern_status = (expr);                 \
    if (!postern_status.ok()) return_word postern_status; \
  } while (false)

#define POSTERN_ASSIGN_OR_RETURN(return_word, result, target, expr) \
  auto result = (expr);                                             \
  if (!result.ok()) return_word std::move(result).status();         \
  target = *std::move(result)

#define RETURN_IF_ERROR(expr) POSTERN_RETURN_IF_ERROR(return, expr)
#define CO_RETURN_IF_ERROR(expr) POSTERN_RETURN_IF_ERROR(co_return, expr)

#define ASSIGN_OR_RETURN(target, expr) \
  POSTERN_ASSIGN_OR_RETURN(            \
      return, POSTERN_STATUS_CONCAT(postern_result_, __LINE__), target, expr)
#define CO_ASSIGN_OR_RETURN(target, expr)                                    \
  POSTERN_ASSIGN_OR_RETURN(co_return,                                        \
                           POSTERN_STATUS_CONCAT(postern_result_, __LINE__), \
                           target, expr)

#endif  // POSTERN_LIB_BASE_STATUS_MACROS_H_
