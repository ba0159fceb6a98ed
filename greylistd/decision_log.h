// A line in the log for each decision that an operator may be asked about.
//
// Mail that has to wait and mail that passes after a wait are logged at level
// info; what passes without a wait, the bulk of the mail, at level debug.
// Beyond the limit of a second lines are left out (lib/base/line_budget.h).
//
//   event=decision action=greylist reason=new seconds=300 client_name=...
//
// Threads: safe from any thread.

#ifndef POSTERN_GREYLISTD_DECISION_LOG_H_
#define POSTERN_GREYLISTD_DECISION_LOG_H_

#include <cstdint>

#include "greylistd/reason.h"
#include "lib/base/line_budget.h"
#include "lib/policy/request.h"

namespace postern::greylistd {

class DecisionLog {
 public:
  explicit DecisionLog(uint32_t max_lines_per_second)
      : budget_(max_lines_per_second) {}

  // Changes the limit; 0: none.
  void set_limit(uint32_t max_lines_per_second) {
    budget_.set_limit(max_lines_per_second);
  }

  // Writes the line. `now` is in seconds.
  void Write(const policy::Request& request, Reason reason, int64_t seconds,
             bool waits, int64_t now);

 private:
  LineBudget budget_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_DECISION_LOG_H_
