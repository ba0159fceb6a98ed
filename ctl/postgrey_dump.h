// Reads postgrey's databases in the text form of `db5.3_dump -p`.
//
//   PostgreyDump dump;
//   for each line: ASSIGN_OR_RETURN(optional<DumpedPair> pair,
//   dump.Take(line)); RETURN_IF_ERROR(dump.Finish());
//
// Pure: the lines come from wherever.
//
// Source:  db_dump(1) of Berkeley DB 5.3: a header of name=value lines that
//          ends with HEADER=END, then keys and values in turn, each a line
//          that begins with a blank, then DATA=END; "\\" is a backslash and
//          "\xx" the byte of that hexadecimal code. postgrey 1.37:
//          postgrey.db has "<client>/<sender>/<recipient>" -> "<first>,<last>",
//          postgrey_clients.db "<address>" -> "<count>,<last>"; times are Unix
//          seconds.
// Errors:  InvalidArgument: not such a dump, or an end too early.
// Threads: one at a time.
// Limits:  a line of 64 KiB.

#ifndef POSTERN_CTL_POSTGREY_DUMP_H_
#define POSTERN_CTL_POSTGREY_DUMP_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::ctl {

struct DumpedPair {
  std::string key;
  std::string value;

  friend bool operator==(const DumpedPair&, const DumpedPair&) = default;
};

class PostgreyDump {
 public:
  // Takes the next line, without its newline. Returns a pair when the line
  // completes one.
  absl::StatusOr<std::optional<DumpedPair>> Take(absl::string_view line);

  // Says that there are no more lines.
  absl::Status Finish() const;

 private:
  enum class State { kHeader, kKey, kValue, kEnd };
  State state_ = State::kHeader;
  bool is_printable_ = false;  // format=print was seen.
  std::string key_;
};

// A value of postgrey: two numbers.
struct DumpedNumbers {
  int64_t first = 0;  // The first attempt; of a client, its count.
  int64_t last = 0;   // When it was seen last.

  friend bool operator==(const DumpedNumbers&, const DumpedNumbers&) = default;
};

// Reads "<number>,<number>", with anything behind a second comma; nullopt for
// anything else.
std::optional<DumpedNumbers> ParseDumpedNumbers(absl::string_view value);

}  // namespace postern::ctl

#endif  // POSTERN_CTL_POSTGREY_DUMP_H_
