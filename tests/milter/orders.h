// What a message tells filterd to do with it, in its fields X-Do:
//
//   X-Do: insert 0 X-First value          X-Do: sender a@b RET=HDRS
//   X-Do: add X-Last value                X-Do: add-recipient a@b
//   X-Do: change Subject 1 value          X-Do: delete-recipient a@b
//   X-Do: delete Received 2               X-Do: body text
//   X-Do: reply 550 5.7.1 text            X-Do: quarantine reason
//   X-Do: reject | tempfail | discard | accept | fail | show
//
// "show" adds a field X-Saw with what the envelope says; "fail" is not to
// decide.

#ifndef POSTERN_TESTS_MILTER_ORDERS_H_
#define POSTERN_TESTS_MILTER_ORDERS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/milter/changes.h"
#include "lib/milter/envelope.h"

namespace postern::testfilter {

// Adds what `order`, the value of one such field, wants to `changes`. Not OK:
// it is "fail", or no order.
absl::Status Obey(absl::string_view order, const milter::Envelope& envelope,
                  milter::Changes& changes);

}  // namespace postern::testfilter

#endif  // POSTERN_TESTS_MILTER_ORDERS_H_
