#include "lib/dns/rdata.h"

#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::dns {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::Eq;

template <size_t N>
std::string Bytes(const char (&text)[N]) {
  return std::string(text, N - 1);
}

TEST(RdataTest, ReadsEveryType) {
  EXPECT_THAT(ParseRdata(Type::kA, Bytes("\xc0\x00\x02\x01")),
              IsOkAndHolds(Record(net::IpAddress::Parse("192.0.2.1").value())));
  EXPECT_THAT(
      ParseRdata(Type::kAaaa,
                 Bytes("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1")),
      IsOkAndHolds(Record(net::IpAddress::Parse("2001:db8::1").value())));
  EXPECT_THAT(ParseRdata(Type::kMx, Bytes("\x00\x0a\x02MX\x07"
                                          "example\x03org\x00")),
              IsOkAndHolds(Record(Mx{10, "mx.example.org"})));
  EXPECT_THAT(ParseRdata(Type::kPtr, Bytes("\x01"
                                           "a\x03org\x00")),
              IsOkAndHolds(Record(Ptr{"a.org"})));
  EXPECT_THAT(ParseRdata(Type::kNs, Bytes("\x01"
                                          "a\x03org\x00")),
              IsOkAndHolds(Record(Ns{"a.org"})));
  EXPECT_THAT(ParseRdata(Type::kSoa, Bytes("\x01"
                                           "a\x03org\x00\x03h.m\x00") +
                                         std::string(20, '\1')),
              IsOkAndHolds(Record(Soa{"a.org"})));
  EXPECT_THAT(ParseRdata(Type::kTxt, Bytes("\x03one\x00\x03two")),
              IsOkAndHolds(Record(Txt{{"one", "", "two"}})));
  EXPECT_THAT(ParseRdata(Type::kSrv, Bytes("\x00\x01\x00\x02\x00\x19\x01"
                                           "a\x00")),
              IsOkAndHolds(Record(Srv{1, 2, 25, "a"})));
  EXPECT_THAT(ParseRdata(Type::kTlsa, Bytes("\x03\x01\x01\xab\xcd")),
              IsOkAndHolds(Record(Tlsa{3, 1, 1, "\xab\xcd"})));
}

TEST(RdataTest, ANullMxHasAnEmptyHost) {
  EXPECT_THAT(ParseRdata(Type::kMx, Bytes("\x00\x00\x00")),
              IsOkAndHolds(Record(Mx{0, ""})));
}

TEST(RdataTest, AMappedAddressIsTheIpv4Address) {
  EXPECT_THAT(ParseRdata(Type::kAaaa, Bytes("\0\0\0\0\0\0\0\0\0\0\xff\xff"
                                            "\xc0\x00\x02\x01")),
              IsOkAndHolds(Record(net::IpAddress::Parse("192.0.2.1").value())));
}

// MTA-31.
TEST(RdataTest, MalformedDataIsRefused) {
  struct Case {
    const char* why;
    Type type;
    std::string rdata;
  };
  const Case cases[] = {
      {"an empty A", Type::kA, ""},
      {"a short A", Type::kA, Bytes("\x01\x02\x03")},
      {"a long A", Type::kA, Bytes("\x01\x02\x03\x04\x05")},
      {"a short AAAA", Type::kAaaa, std::string(15, '\0')},
      {"an empty MX", Type::kMx, ""},
      {"an MX of one byte", Type::kMx, Bytes("\x00")},
      {"an MX without host", Type::kMx, Bytes("\x00\x0a")},
      {"an MX whose name has no end", Type::kMx, Bytes("\x00\x0a\x02mx")},
      {"a label that is longer than the data", Type::kMx,
       Bytes("\x00\x0a\x3fmx\x00")},
      {"a compression pointer", Type::kMx, Bytes("\x00\x0a\xc0\x0c")},
      {"bytes behind the name", Type::kMx, Bytes("\x00\x0a\x01m\x00x")},
      {"a dot in a label", Type::kPtr,
       Bytes("\x03"
             "a.b\x00")},
      {"a line break in a name", Type::kPtr,
       Bytes("\x03"
             "a\r\n\x00")},
      {"a NUL in a name", Type::kPtr,
       Bytes("\x03"
             "a\x00"
             "b\x00")},
      {"the root as PTR", Type::kPtr, Bytes("\x00")},
      {"the root as CNAME", Type::kCname, Bytes("\x00")},
      {"the root as NS", Type::kNs, Bytes("\x00")},
      {"a short SOA", Type::kSoa,
       Bytes("\x01"
             "a\x00\x01"
             "h\x00") +
           std::string(19, '\1')},
      {"a compression pointer in an SOA", Type::kSoa,
       Bytes("\x01"
             "a\x00\xc0\x0c") +
           std::string(20, '\0')},
      {"an MX that names an address", Type::kMx,
       Bytes("\x00\x0a\x03"
             "127\x01"
             "0\x01"
             "0\x01"
             "1\x00")},
      {"an empty TXT", Type::kTxt, ""},
      {"a TXT cut short", Type::kTxt, Bytes("\x05one")},
      {"a short SRV", Type::kSrv, Bytes("\x00\x01\x00\x02\x00\x19")},
      {"a short TLSA", Type::kTlsa, Bytes("\x03\x01")},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(ParseRdata(c.type, c.rdata),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(RdataTest, MTA22ATlsaRecordOfAnyLengthIsReadOrRefused) {
  for (const size_t length : {0, 1, 2, 3, 19, 20, 35, 67, 65535}) {
    const auto record = ParseRdata(Type::kTlsa, std::string(length, '\x03'));
    ASSERT_EQ(record.ok(), length >= 3) << length;
    if (!record.ok()) continue;
    EXPECT_EQ(std::get<Tlsa>(*record).data.size(), length - 3);
  }
}

TEST(RdataTest, ANameLongerThan253IsRefused) {
  std::string rdata;
  for (int i = 0; i < 5; ++i) rdata += Bytes("\x3f") + std::string(63, 'a');
  EXPECT_THAT(ParseRdata(Type::kPtr, rdata + '\0'),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace postern::dns
