#include "lib/net/tls_versions.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::net {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

constexpr TlsVersions kBoth = {.tls12 = true, .tls13 = true};
constexpr TlsVersions kOnly12 = {.tls12 = true, .tls13 = false};
constexpr TlsVersions kOnly13 = {.tls12 = false, .tls13 = true};

TEST(TlsVersionsTest, ReadsWhatPostfixReads) {
  struct Case {
    const char* why;
    const char* text;
    TlsVersions versions;
  };
  const Case cases[] = {
      {"nothing is everything", "", kBoth},
      {"a lower bound", ">=TLSv1.2", kBoth},
      {"a higher one", ">=TLSv1.3", kOnly13},
      {"both bounds", ">=TLSv1.2, <=TLSv1.2", kOnly12},
      {"exclusions, as before Postfix 3.6", "!SSLv2, !SSLv3", kBoth},
      {"more of them", "!SSLv2:!SSLv3:!TLSv1:!TLSv1.1:!TLSv1.2", kOnly13},
      {"names", "TLSv1.3", kOnly13},
      {"several names", "TLSv1.2 TLSv1.3", kBoth},
      {"in any case", ">=tlsV1.3", kOnly13},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(TlsVersions::Parse(c.text), IsOkAndHolds(c.versions));
  }
}

TEST(TlsVersionsTest, MTA21NothingBelowTls12CanBeAskedFor) {
  for (const char* text : {">=TLSv1", "TLSv1.1", "<=SSLv3", "SSLv2"}) {
    EXPECT_THAT(TlsVersions::Parse(text),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("TLSv1.2 is the least")))
        << text;
  }
}

TEST(TlsVersionsTest, RefusesWhatCannotWork) {
  EXPECT_THAT(TlsVersions::Parse("!TLSv1.2, !TLSv1.3"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("leaves no version")));
  EXPECT_THAT(TlsVersions::Parse(">=TLSv1.3 <=TLSv1.2"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(TlsVersions::Parse("TLS1.2"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("\"TLS1.2\" is not a protocol version")));
}

}  // namespace
}  // namespace postern::net
