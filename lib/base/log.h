// Writes one event a line to standard output, as logfmt or as JSON.
//
//   log::Info("queued", {{"session", id}, {"queue_id", queue_id}, {"size",
//   n}});
//   -> time=2026-11-24T05:00:00.000Z level=info program=mta event=queued ...
//
// Field names are ours and plain; values may come from anywhere: they are
// escaped, so that one event is one line, and cut at 1 KiB (MTA-35). Never
// log a secret.
//
// Threads: safe to call from any thread.

#ifndef POSTERN_LIB_BASE_LOG_H_
#define POSTERN_LIB_BASE_LOG_H_

#include <initializer_list>
#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace postern::log {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class Format { kLogfmt, kJson };

// A name and its value as text.
class Field {
 public:
  Field(absl::string_view name, absl::string_view value);
  Field(absl::string_view name, const char* value)
      : Field(name, absl::string_view(value)) {}
  Field(absl::string_view name, const std::string& value)
      : Field(name, absl::string_view(value)) {}
  Field(absl::string_view name, const absl::Status& value);
  Field(absl::string_view name, absl::Duration value);
  Field(absl::string_view name, bool value);
  template <typename Number>
  requires std::is_arithmetic_v<Number> Field(absl::string_view name,
                                              Number value)
      : name_(name), value_(std::to_string(value)) {}

  absl::string_view name() const { return name_; }
  absl::string_view value() const { return value_; }

 private:
  absl::string_view name_;
  std::string value_;
};

using Fields = std::initializer_list<Field>;

// Sets what all later lines have in common. Before the first call: logfmt,
// level info, program "postern".
void Configure(absl::string_view program, Format format, Level level);

// Tells whether lines of `level` are written at all.
bool IsOn(Level level);

void Write(Level level, absl::string_view event, Fields fields);

// Evaluates nothing of `fields` beforehand: ask IsOn() where that is costly.
inline void Debug(absl::string_view event, Fields fields = {}) {
  Write(Level::kDebug, event, fields);
}
inline void Info(absl::string_view event, Fields fields = {}) {
  Write(Level::kInfo, event, fields);
}
inline void Warning(absl::string_view event, Fields fields = {}) {
  Write(Level::kWarning, event, fields);
}
inline void Error(absl::string_view event, Fields fields = {}) {
  Write(Level::kError, event, fields);
}

// Returns the line without time, level and program: what the tests look at.
std::string FormatEvent(Format format, absl::string_view event, Fields fields);

}  // namespace postern::log

#endif  // POSTERN_LIB_BASE_LOG_H_
