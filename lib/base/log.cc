#include "lib/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace postern::log {
namespace {

constexpr size_t kMaxValueBytes = 1024;

struct Settings {
  std::string program = "postern";
  Format format = Format::kLogfmt;
  std::shared_ptr<spdlog::logger> logger;
};

Settings& CurrentSettings() {
  static Settings* const settings = [] {
    auto* fresh = new Settings;
    fresh->logger = std::make_shared<spdlog::logger>(
        "postern", std::make_shared<spdlog::sinks::stdout_sink_mt>());
    fresh->logger->set_pattern("%v");
    fresh->logger->flush_on(spdlog::level::trace);
    return fresh;
  }();
  return *settings;
}

std::atomic<Level> current_level = Level::kInfo;

bool NeedsQuotes(absl::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    if (c <= ' ' || c > '~' || c == '"' || c == '=' || c == '\\') return true;
  }
  return false;
}

// Escapes for a double-quoted JSON string; every byte that is not printable
// ASCII is written as \u00XX, so that the line is ASCII whatever came in.
void AppendQuoted(std::string& line, absl::string_view value) {
  line += '"';
  for (const char c : value.substr(0, kMaxValueBytes)) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (c < ' ' || c > '~') {
      absl::StrAppendFormat(&line, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      line += c;
    }
  }
  line += '"';
}

void AppendField(std::string& line, Format format, absl::string_view name,
                 absl::string_view value) {
  if (format == Format::kJson) {
    line += line.empty() ? '{' : ',';
    AppendQuoted(line, name);
    line += ':';
    AppendQuoted(line, value);
    return;
  }
  if (!line.empty()) line += ' ';
  absl::StrAppend(&line, name, "=");
  if (NeedsQuotes(value)) {
    AppendQuoted(line, value);
  } else {
    absl::StrAppend(&line, value.substr(0, kMaxValueBytes));
  }
}

absl::string_view LevelName(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "error";
}

void AppendEvent(std::string& line, Format format, absl::string_view event,
                 Fields fields) {
  AppendField(line, format, "event", event);
  for (const Field& field : fields) {
    AppendField(line, format, field.name(), field.value());
  }
  if (format == Format::kJson) line += '}';
}

}  // namespace

Field::Field(absl::string_view name, absl::string_view value)
    : name_(name), value_(value.substr(0, kMaxValueBytes)) {}
Field::Field(absl::string_view name, const absl::Status& value)
    : Field(name, absl::string_view(value.ToString(
                      absl::StatusToStringMode::kWithNoExtraData))) {}
Field::Field(absl::string_view name, absl::Duration value)
    : Field(name, absl::string_view(absl::FormatDuration(value))) {}
Field::Field(absl::string_view name, bool value)
    : Field(name, absl::string_view(value ? "yes" : "no")) {}

void Configure(absl::string_view program, Format format, Level level) {
  Settings& settings = CurrentSettings();
  settings.program = std::string(program);
  settings.format = format;
  current_level = level;
}

bool IsOn(Level level) { return level >= current_level.load(); }

void Write(Level level, absl::string_view event, Fields fields) {
  if (!IsOn(level)) return;
  const Settings& settings = CurrentSettings();
  std::string line;
  AppendField(line, settings.format, "time",
              absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(),
                               absl::UTCTimeZone()));
  AppendField(line, settings.format, "level", LevelName(level));
  AppendField(line, settings.format, "program", settings.program);
  AppendEvent(line, settings.format, event, fields);
  settings.logger->info("{}", line);
}

std::string FormatEvent(Format format, absl::string_view event, Fields fields) {
  std::string line;
  AppendEvent(line, format, event, fields);
  return line;
}

}  // namespace postern::log
