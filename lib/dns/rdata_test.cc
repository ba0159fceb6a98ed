#include "lib/dns/rdata.h"

#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/ip.h"

namespace postern::dns {
namespace {

using ::testing::Eq;
using ::testing::Optional;

// A string literal with NUL bytes in it.
template <size_t kBytes>
absl::string_view Wire(const char (&text)[kBytes]) {
  return absl::string_view(text, kBytes - 1);
}

TEST(RdataTest, Addresses) {
  EXPECT_THAT(ParseRdata(Type::kA, Wire("\xc0\x00\x02\x01")),
              Optional(Record(net::IpAddress::Parse("192.0.2.1").value())));
  EXPECT_THAT(ParseRdata(Type::kAaaa, std::string("\x20\x01\x0d\xb8", 4) +
                                          std::string(11, '\0') + "\x01"),
              Optional(Record(net::IpAddress::Parse("2001:db8::1").value())));
}

TEST(RdataTest, MailExchangersAndTheNullMx) {
  EXPECT_THAT(ParseRdata(Type::kMx, Wire("\x00\x0a\x02MX\x07"
                                         "Example\x00")),
              Optional(Record(Mx{10, "mx.example"})));
  EXPECT_THAT(ParseRdata(Type::kMx, Wire("\x00\x00\x00")),
              Optional(Record(Mx{0, ""})));
}

// MTA-31: a record that is too short is dropped.
TEST(RdataTest, ShortOrLongDataIsNoRecord) {
  for (const absl::string_view data :
       {Wire(""), Wire("\x00"), Wire("\x00\x0a"), Wire("\x00\x0a\x02m"),
        Wire("\x00\x0a\x02mx"), Wire("\x00\x0a\x02mx\x00more"),
        Wire("\x00\x0a\xc0\x0c")}) {
    EXPECT_THAT(ParseRdata(Type::kMx, data), Eq(std::nullopt))
        << data.size() << " bytes";
  }
  EXPECT_THAT(ParseRdata(Type::kA, Wire("\x01\x02\x03")), Eq(std::nullopt));
  EXPECT_THAT(ParseRdata(Type::kA, Wire("12345")), Eq(std::nullopt));
  EXPECT_THAT(ParseRdata(Type::kTxt, Wire("")), Eq(std::nullopt));
  EXPECT_THAT(ParseRdata(Type::kTxt, Wire("\x05"
                                          "abc")),
              Eq(std::nullopt));
  EXPECT_THAT(ParseRdata(Type::kTlsa, Wire("\x03\x01")), Eq(std::nullopt));
}

TEST(RdataTest, NamesThatAreNoHostsAreDropped) {
  EXPECT_THAT(ParseRdata(Type::kPtr, Wire("\x04"
                                          "a.bc\x00")),
              Eq(std::nullopt));
  EXPECT_THAT(ParseRdata(Type::kPtr, Wire("\x04"
                                          "a\r\nb\x00")),
              Eq(std::nullopt));
  EXPECT_THAT(ParseRdata(Type::kPtr, Wire("\x00")), Eq(std::nullopt));
  EXPECT_THAT(ParseRdata(Type::kPtr, Wire("\x01p\x07"
                                          "example\x00")),
              Optional(Record(Ptr{"p.example"})));
}

TEST(RdataTest, TextsKeepTheirParts) {
  EXPECT_THAT(ParseRdata(Type::kTxt, Wire("\x02"
                                          "ab\x00\x01"
                                          "c")),
              Optional(Record(Txt{{"ab", "", "c"}})));
}

TEST(RdataTest, ServicesAndCertificates) {
  EXPECT_THAT(ParseRdata(Type::kSrv, Wire("\x00\x01\x00\x02\x00\x19\x01s\x00")),
              Optional(Record(Srv{1, 2, 25, "s"})));
  EXPECT_THAT(ParseRdata(Type::kTlsa, Wire("\x03\x01\x01"
                                           "abc")),
              Optional(Record(Tlsa{3, 1, 1, "abc"})));
}

}  // namespace
}  // namespace postern::dns
