#include "mta/restrictions/tempfail.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"

namespace postern::mta::restrictions {

absl::StatusOr<TempfailAction> TempfailActionOf(const config::v1::Mta& config,
                                                absl::string_view field,
                                                absl::string_view text) {
  if (text.empty()) {
    field = "reject_tempfail_action";
    text = config.reject_tempfail_action();
  }
  if (text == "defer_if_permit") return TempfailAction::kDeferIfPermit;
  if (text == "defer") return TempfailAction::kDefer;
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": \"", Printable(text),
                   "\" is neither defer_if_permit nor defer"));
}

Outcome Tempfail(TempfailAction action, smtp::Reply reply, Reason reason) {
  return action == TempfailAction::kDefer
             ? Outcome::Refuse(std::move(reply), reason)
             : Outcome::DeferIfPermit(std::move(reply), reason);
}

}  // namespace postern::mta::restrictions
