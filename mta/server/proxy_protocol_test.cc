#include "mta/server/proxy_protocol.h"

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/config/config.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::server {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::StartsWith;

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string Number(size_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number & 255)};
}

std::string V2(char command, char family, const std::string& body) {
  return absl::StrCat(kSignature, std::string(1, command),
                      std::string(1, family), Number(body.size()), body);
}

const std::string kEndsV4 =
    absl::StrCat("\xc0", std::string("\0\2\1", 3), "\xcb", std::string("\0", 1),
                 "q\2", Number(56324), Number(25));

ProxyEnds Ends(const std::string& source, const std::string& destination) {
  return {.source = net::IpAddress::Parse(source).value(),
          .source_port = 56324,
          .destination = net::IpAddress::Parse(destination).value(),
          .destination_port = 25};
}

// Reads from `input` as far as the reader wants; what it leaves is in `rest`.
absl::Status Read(ProxyHeaderReader& reader, const std::string& input,
                  size_t most, std::string* rest) {
  size_t at = 0;
  while (at < input.size() && !reader.is_complete()) {
    const std::string piece = input.substr(at, std::min(reader.Wanted(), most));
    at += piece.size();
    const absl::Status taken = reader.Take(piece);
    if (!taken.ok()) return taken;
  }
  *rest = input.substr(at);
  return absl::OkStatus();
}

struct Good {
  const char* why;
  std::string header;
  std::optional<ProxyEnds> ends;
};

const Good kGood[] = {
    {"version 1, IPv4", "PROXY TCP4 192.0.2.1 203.0.113.2 56324 25\r\n",
     Ends("192.0.2.1", "203.0.113.2")},
    {"version 1, IPv6", "PROXY TCP6 2001:db8::1 2001:db8::2 56324 25\r\n",
     Ends("2001:db8::1", "2001:db8::2")},
    {"version 1, unknown", "PROXY UNKNOWN\r\n", std::nullopt},
    {"unknown with ends that are not believed",
     "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", std::nullopt},
    {"version 2, IPv4", V2(0x21, 0x11, kEndsV4),
     Ends("192.0.2.1", "203.0.113.2")},
    {"version 2, IPv6",
     V2(0x21, 0x21,
        absl::StrCat("\x20\x01\x0d\xb8", std::string(11, '\0'), "\1",
                     "\x20\x01\x0d\xb8", std::string(11, '\0'), "\2",
                     Number(56324), Number(25))),
     Ends("2001:db8::1", "2001:db8::2")},
    {"version 2 with fields",
     V2(0x21, 0x11,
        absl::StrCat(kEndsV4, "\1", Number(4), "smtp", "\4", Number(0))),
     Ends("192.0.2.1", "203.0.113.2")},
    {"LOCAL", V2(0x20, 0x00, ""), std::nullopt},
    {"LOCAL with ends", V2(0x20, 0x11, kEndsV4), std::nullopt},
    {"an unspecified family", V2(0x21, 0x00, ""), std::nullopt},
};

// MTA-30: every byte may come alone.
TEST(ProxyProtocolTest, MTA30AHeaderIsReadHoweverItIsCut) {
  for (const Good& good : kGood) {
    for (size_t most : {1, 2, 3, 7, 13, 1000}) {
      SCOPED_TRACE(absl::StrCat(good.why, ", ", most));
      ProxyHeaderReader reader;
      std::string rest;
      ASSERT_THAT(
          Read(reader, good.header + "EHLO client.example\r\n", most, &rest),
          IsOk());
      EXPECT_TRUE(reader.is_complete());
      EXPECT_EQ(reader.Wanted(), 0u);
      EXPECT_EQ(reader.ends(), good.ends);
      EXPECT_EQ(rest, "EHLO client.example\r\n") << "not a byte too much";
    }
  }
}

TEST(ProxyProtocolTest, MTA30ATruncatedHeaderIsNotComplete) {
  for (const Good& good : kGood) {
    SCOPED_TRACE(good.why);
    ProxyHeaderReader reader;
    std::string rest;
    EXPECT_THAT(Read(reader, good.header.substr(0, good.header.size() - 1),
                     1000, &rest),
                IsOk());
    EXPECT_FALSE(reader.is_complete());
    EXPECT_GT(reader.Wanted(), 0u);
  }
}

TEST(ProxyProtocolTest, MTA30MalformedHeadersAreRefused) {
  struct Case {
    const char* why;
    std::string header;
  };
  const std::string v1 = "PROXY TCP4 ";
  const Case cases[] = {
      {"no header at all", "EHLO client.example\r\n"},
      {"a TLS handshake", "\x16\x03\x01\x02\x05\x01\x01\x01\x03\x03\x01\x01"},
      {"another word", "PROXX TCP4 192.0.2.1 203.0.113.2 1 25\r\n"},
      {"lower case", "proxy TCP4 192.0.2.1 203.0.113.2 1 25\r\n"},
      {"an IPv6 address as IPv4", v1 + "2001:db8::1 2001:db8::2 1 25\r\n"},
      {"a mapped address as IPv4", v1 + "::ffff:192.0.2.1 192.0.2.2 1 25\r\n"},
      {"an IPv4 address as IPv6", "PROXY TCP6 192.0.2.1 192.0.2.2 1 25\r\n"},
      {"another protocol", "PROXY UDP4 192.0.2.1 203.0.113.2 1 25\r\n"},
      {"a port too large", v1 + "192.0.2.1 203.0.113.2 65536 25\r\n"},
      {"a negative port", v1 + "192.0.2.1 203.0.113.2 -1 25\r\n"},
      {"an empty port", v1 + "192.0.2.1 203.0.113.2  25\r\n"},
      {"no port", v1 + "192.0.2.1 203.0.113.2 1\r\n"},
      {"one field more", v1 + "192.0.2.1 203.0.113.2 1 25 x\r\n"},
      {"a bare LF", v1 + "192.0.2.1 203.0.113.2 1 25\n" + std::string(99, ' ')},
      {"too long", v1 + std::string(200, '1') + "\r\n"},
      {"version 1 in version 2", V2(0x11, 0x11, kEndsV4)},
      {"an unknown command", V2(0x22, 0x11, kEndsV4)},
      {"UDP", V2(0x21, 0x12, kEndsV4)},
      {"a Unix socket", V2(0x21, 0x31, std::string(216, '\0'))},
      {"an unknown family", V2(0x21, 0x41, kEndsV4)},
      {"addresses cut short", V2(0x21, 0x11, kEndsV4.substr(0, 11))},
      {"IPv6 with room for IPv4", V2(0x21, 0x21, kEndsV4)},
      {"a field cut short", V2(0x21, 0x11, kEndsV4 + std::string("\1\0", 2))},
      {"a field longer than the header",
       V2(0x21, 0x11, absl::StrCat(kEndsV4, "\1", Number(5), "smtp"))},
      {"MTA-26: a length beyond all bounds",
       kSignature + "\x21\x11" + Number(65535)},
  };
  for (const Case& c : cases) {
    for (size_t most : {1, 1000}) {
      SCOPED_TRACE(absl::StrCat(c.why, ", ", most));
      ProxyHeaderReader reader;
      std::string rest;
      EXPECT_THAT(Read(reader, c.header, most, &rest),
                  StatusIs(absl::StatusCode::kInvalidArgument,
                           HasSubstr("PROXY header: ")));
      EXPECT_FALSE(reader.ends().has_value());
    }
  }
}

absl::StatusOr<ProxySettings> SettingsOf(const std::string& yaml) {
  config::v1::Mta config;
  const absl::Status loaded = config::Load(yaml, "mta.yaml", config);
  if (!loaded.ok()) return loaded;
  return ProxySettings::FromConfig(config);
}

TEST(ProxyProtocolTest, OnlyListedHostsMaySendOne) {
  const auto settings = SettingsOf(
      "smtpd_upstream_proxy_protocol: haproxy\n"
      "smtpd_upstream_proxy_hosts: [10.0.0.0/8, '2001:db8::1']\n");
  ASSERT_THAT(settings, IsOk());
  EXPECT_TRUE(settings->is_expected);
  EXPECT_EQ(settings->timeout, absl::Seconds(5));
  EXPECT_TRUE(settings->IsListed(net::IpAddress::Parse("10.1.2.3").value()));
  EXPECT_FALSE(settings->IsListed(net::IpAddress::Parse("11.1.2.3").value()));
  EXPECT_TRUE(settings->IsListed(net::IpAddress::Parse("2001:db8::1").value()));
  EXPECT_FALSE(SettingsOf("")->is_expected);
}

TEST(ProxyProtocolTest, AListenerForProxiesMustListThem) {
  EXPECT_THAT(SettingsOf("smtpd_upstream_proxy_protocol: haproxy"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("smtpd_upstream_proxy_hosts: ")));
}

TEST(ProxyProtocolTest, EveryResultHasAName) {
  for (int i = 0; i < kProxyResultCount; ++i) {
    EXPECT_FALSE(ProxyResultName(static_cast<ProxyResult>(i)).empty());
  }
  EXPECT_EQ(ProxyResultName(ProxyResult::kNotListed), "not_listed");
}

}  // namespace
}  // namespace postern::mta::server
