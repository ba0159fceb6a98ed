// A line in the log for each decision that an operator may be asked about.
//
// Mail that has to wait and mail that passes after a wait are logged at level
// info; what passes without a wait, the bulk of the mail, at level debug.
// A flood of invented senders must not become a flood of log lines, which cost
// more than the decisions: beyond the limit of a second lines are left out, and
// one line says how many.
//
//   event=decision action=greylist reason=new seconds=300 client_name=...
//
// Threads: safe from any thread.

#ifndef POSTERN_GREYLISTD_DECISION_LOG_H_
#define POSTERN_GREYLISTD_DECISION_LOG_H_

#include <atomic>
#include <cstdint>

#include "greylistd/reason.h"
#include "lib/policy/request.h"

namespace postern::greylistd {

class DecisionLog {
 public:
  explicit DecisionLog(uint32_t max_lines_per_second)
      : limit_(max_lines_per_second) {}

  // Changes the limit; 0: none.
  void set_limit(uint32_t max_lines_per_second) {
    limit_ = max_lines_per_second;
  }

  // Writes the line. `now` is in seconds.
  void Write(const policy::Request& request, Reason reason, int64_t seconds,
             bool waits, int64_t now);

  // Takes one line of the second `now`; false: it is to be left out. Sets
  // `left_out` to the number of lines left out before, when that is to be
  // told.
  bool Take(int64_t now, uint64_t& left_out);

 private:
  std::atomic<uint32_t> limit_;
  std::atomic<int64_t> second_ = 0;  // The second that `taken_` counts.
  std::atomic<uint32_t> taken_ = 0;  // Lines asked for in it.
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_DECISION_LOG_H_
