#include "mta/address_probe.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace postern::mta {

using restrictions::Deliverability;
using restrictions::VerifyResult;

VerifyResult VerifyResultOf(const queue::Outcome& outcome) {
  VerifyResult result;
  result.text = outcome.host.empty() ? outcome.reply
                                     : absl::StrCat("host ", outcome.host,
                                                    " said: ", outcome.reply);
  switch (outcome.kind) {
    case queue::Outcome::Kind::kDelivered:
      result.deliverability = Deliverability::kDeliverable;
      break;
    case queue::Outcome::Kind::kFailed:
      result.deliverability = Deliverability::kUndeliverable;
      break;
    case queue::Outcome::Kind::kDeferred:
      result.deliverability = Deliverability::kUnknown;
      break;
  }
  return result;
}

net::Task<VerifyResult> ProbeAddress(outbound::Delivery& delivery,
                                     std::string sender, std::string address) {
  const queue::Outcome outcome =
      co_await delivery.Probe(std::move(sender), std::move(address));
  co_return VerifyResultOf(outcome);
}

}  // namespace postern::mta
