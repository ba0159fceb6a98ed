#include "mta/outbound/proxy_header.h"

#include <string>

#include "gtest/gtest.h"
#include "mta/server/proxy_protocol.h"

namespace postern::mta::outbound {
namespace {

net::IpAddress Address(const char* text) {
  return net::IpAddress::Parse(text).value();
}

// What our own server reads out of the header.
std::optional<server::ProxyEnds> Read(const std::string& header) {
  server::ProxyHeaderReader reader;
  size_t at = 0;
  while (reader.Wanted() > 0 && at < header.size()) {
    const std::string part = header.substr(at, reader.Wanted());
    EXPECT_TRUE(reader.Take(part).ok());
    at += part.size();
  }
  EXPECT_EQ(at, header.size());
  EXPECT_EQ(reader.Wanted(), 0u);
  return reader.ends();
}

TEST(ProxyHeaderTest, OurServerReadsWhatWeWrite) {
  for (const auto& [from, to] : {std::pair("192.0.2.1", "198.51.100.7"),
                                 std::pair("2001:db8::1", "2001:db8::7")}) {
    const auto ends = Read(ProxyHeader(Address(from), 40000, Address(to), 25));
    ASSERT_TRUE(ends.has_value());
    EXPECT_EQ(*ends,
              (server::ProxyEnds{Address(from), 40000, Address(to), 25}));
  }
}

TEST(ProxyHeaderTest, EndsOfTwoFamiliesSayNothing) {
  EXPECT_EQ(Read(ProxyHeader(Address("192.0.2.1"), 1, Address("::1"), 2)),
            std::nullopt);
}

}  // namespace
}  // namespace postern::mta::outbound
