// The body of a message for tests, piece by piece.

#ifndef POSTERN_LIB_DKIM_TEST_MESSAGE_H_
#define POSTERN_LIB_DKIM_TEST_MESSAGE_H_

#include <algorithm>
#include <cstddef>

#include "absl/strings/string_view.h"
#include "lib/dkim/message.h"
#include "lib/dkim/message_text.h"

namespace postern::dkim {

inline void AddBody(absl::string_view body, Message& message,
                    size_t step = 1 << 16) {
  for (; !body.empty(); body.remove_prefix(std::min(step, body.size()))) {
    message.AddBody(body.substr(0, step));
  }
}

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_TEST_MESSAGE_H_
