#include "lib/dkim/result.h"

namespace postern::dkim {

absl::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNone:
      return "none";
    case Outcome::kPass:
      return "pass";
    case Outcome::kFail:
      return "fail";
    case Outcome::kPolicy:
      return "policy";
    case Outcome::kNeutral:
      return "neutral";
    case Outcome::kTempError:
      return "temperror";
    case Outcome::kPermError:
      break;
  }
  return "permerror";
}

}  // namespace postern::dkim
