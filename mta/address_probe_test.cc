#include "mta/address_probe.h"

#include "gtest/gtest.h"

namespace postern::mta {
namespace {

using restrictions::Deliverability;
using Kind = queue::Outcome::Kind;

TEST(AddressProbeTest, AnOutcomeSaysWhatAnAddressIs) {
  const struct {
    queue::Outcome outcome;
    Deliverability deliverability;
    const char* text;
  } cases[] = {
      {{Kind::kDelivered, "2.1.5", "250 2.1.5 ok", "mx[192.0.2.1]:25"},
       Deliverability::kDeliverable,
       "host mx[192.0.2.1]:25 said: 250 2.1.5 ok"},
      {{Kind::kFailed, "5.1.1", "550 5.1.1 nobody", "mx[192.0.2.1]:25"},
       Deliverability::kUndeliverable,
       "host mx[192.0.2.1]:25 said: 550 5.1.1 nobody"},
      {{Kind::kDeferred, "4.4.1", "connection refused", ""},
       Deliverability::kUnknown,
       "connection refused"},
  };
  for (const auto& c : cases) {
    const restrictions::VerifyResult result = VerifyResultOf(c.outcome);
    EXPECT_EQ(result.deliverability, c.deliverability);
    EXPECT_EQ(result.text, c.text);
  }
}

}  // namespace
}  // namespace postern::mta
