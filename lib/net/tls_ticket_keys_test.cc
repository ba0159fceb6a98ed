#include "lib/net/tls_ticket_keys.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"

namespace postern::net {
namespace {

TEST(TlsTicketKeysTest, AKeySealsForOneLifetimeAndOpensForAnother) {
  FakeClock clock;
  TlsTicketKeys keys(absl::Hours(1), clock);
  const TlsTicketKeys::Key first = keys.Current();
  EXPECT_FALSE(keys.Find(first.name)->is_old);

  clock.Advance(absl::Minutes(59));
  EXPECT_EQ(keys.Current().name, first.name);
  clock.Advance(absl::Minutes(1));
  const TlsTicketKeys::Key second = keys.Current();
  EXPECT_NE(second.name, first.name);
  ASSERT_TRUE(keys.Find(first.name).has_value());
  EXPECT_TRUE(keys.Find(first.name)->is_old);
  EXPECT_EQ(keys.Find(first.name)->key.cipher_key, first.cipher_key);

  clock.Advance(absl::Hours(1));
  EXPECT_FALSE(keys.Find(first.name).has_value());
  EXPECT_TRUE(keys.Find(second.name)->is_old);
}

TEST(TlsTicketKeysTest, AfterALongPauseNothingOldOpens) {
  FakeClock clock;
  TlsTicketKeys keys(absl::Hours(1), clock);
  const TlsTicketKeys::Key first = keys.Current();
  clock.Advance(absl::Hours(2));
  EXPECT_FALSE(keys.Find(first.name).has_value());
}

TEST(TlsTicketKeysTest, TwoListenersHaveNoKeyInCommon) {
  FakeClock clock;
  TlsTicketKeys one(absl::Hours(1), clock);
  TlsTicketKeys other(absl::Hours(1), clock);
  const TlsTicketKeys::Key key = one.Current();
  EXPECT_FALSE(other.Find(key.name).has_value());
  EXPECT_NE(key.cipher_key, other.Current().cipher_key);
  EXPECT_NE(key.mac_key, other.Current().mac_key);
}

}  // namespace
}  // namespace postern::net
