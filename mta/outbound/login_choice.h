// Who we may say we are to a next hop, as far as that is known before a
// connection is made.
//
// Threads: a value.

#ifndef POSTERN_MTA_OUTBOUND_LOGIN_CHOICE_H_
#define POSTERN_MTA_OUTBOUND_LOGIN_CHOICE_H_

#include <optional>
#include <string>
#include <vector>

#include "mta/sasl/client.h"

namespace postern::mta::outbound {

struct LoginChoice {
  std::optional<sasl::Login> of_sender;
  std::vector<std::optional<sasl::Login>> of_places;  // Of the next hop.
  // Differs where these do, and shows nothing of them; empty: there are none.
  std::string name;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_LOGIN_CHOICE_H_
