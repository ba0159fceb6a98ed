#include "mta/smtp/client_attributes.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/smtp/reply.h"

namespace postern::mta::smtp {
namespace {

using ::testing::Eq;
using ::testing::Optional;
using ::testing::StartsWith;
using Value = ClientAttributes::Value;

ClientAttributes Xclient(absl::string_view text) {
  absl::StatusOr<ClientAttributes> parsed = ParseXclient(text);
  EXPECT_TRUE(parsed.ok()) << text << ": " << parsed.status();
  return parsed.ok() ? *std::move(parsed) : ClientAttributes();
}

TEST(ClientAttributesTest, TakesAllThatXclientTells) {
  const ClientAttributes all = Xclient(
      "NAME=spike.porcupine.org addr=168.100.189.2 PORT=1234 proto=esmtp "
      "HELO=spike LOGIN=a+2Bb REVERSE_NAME=x.example DESTADDR=IPV6:2001:DB8::1 "
      "DESTPORT=25");
  EXPECT_THAT(all.name, Optional(Value{"spike.porcupine.org"}));
  EXPECT_THAT(all.address, Optional(Value{"168.100.189.2"}));
  EXPECT_THAT(all.port, Optional(Value{"1234"}));
  EXPECT_THAT(all.protocol, Optional(Value{"ESMTP"}));
  EXPECT_THAT(all.helo, Optional(Value{"spike"}));
  EXPECT_THAT(all.login, Optional(Value{"a+b"}));
  EXPECT_THAT(all.reverse_name, Optional(Value{"x.example"}));
  EXPECT_THAT(all.destination, Optional(Value{"2001:db8::1"}));
  EXPECT_THAT(all.destination_port, Optional(Value{"25"}));
}

TEST(ClientAttributesTest, TakesAllThatXforwardTells) {
  const ClientAttributes all =
      ParseXforward(
          "NAME=a.example ADDR=IPV6:::1 PORT=1 PROTO=SMTP HELO=h "
          "IDENT=4Xyz SOURCE=local")
          .value();
  EXPECT_THAT(all.identity, Optional(Value{"4Xyz"}));
  EXPECT_THAT(all.source, Optional(Value{"LOCAL"}));
  EXPECT_THAT(all.address, Optional(Value{"::1"}));
}

TEST(ClientAttributesTest, WhatIsNotKnownIsEmpty) {
  const ClientAttributes some =
      Xclient("NAME=[UNAVAILABLE] ADDR=[tempunavail]");
  EXPECT_THAT(some.name, Optional(Value{"", false}));
  EXPECT_THAT(some.address, Optional(Value{"", true}));
  EXPECT_THAT(some.helo, Eq(std::nullopt));
}

TEST(ClientAttributesTest, MTA34WrongValuesAreRefused) {
  for (const char* text : {"",
                           " ",
                           "NAME",
                           "NAME=",
                           "NAME=a b",
                           "NAME=a=b",
                           "NAME=a NAME=b",
                           "NAME=[192.0.2.1]",
                           "NAME=-bad-.example",
                           "NAME=a+0D+0Ab",
                           "XYZZY=1",
                           "ADDR=192.0.2",
                           "ADDR=2001:db8::1",
                           "ADDR=IPV6:192.0.2.1",
                           "ADDR=999.0.0.1",
                           "ADDR=unknown",
                           "PORT=65536",
                           "PORT=-1",
                           "PORT=1x",
                           "PORT=99999999999999999999",
                           "PROTO=LMTP",
                           "HELO=a+20b",
                           "HELO=a+00",
                           "HELO=+0A",
                           "LOGIN=+",
                           "IDENT=x",
                           "SOURCE=LOCAL"}) {
    const absl::StatusOr<ClientAttributes> parsed = ParseXclient(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_THAT(ReplyFor(parsed.status()).Format(), StartsWith("501 5.5.4"));
  }
  for (const char* text : {"REVERSE_NAME=a", "LOGIN=a", "DESTADDR=1.2.3.4",
                           "DESTPORT=1", "SOURCE=HERE"}) {
    EXPECT_FALSE(ParseXforward(text).ok()) << text;
  }
}

TEST(ClientAttributesTest, ValuesAreBounded) {
  EXPECT_TRUE(ParseXclient("HELO=" + std::string(255, 'x')).ok());
  EXPECT_FALSE(ParseXclient("HELO=" + std::string(256, 'x')).ok());
}

TEST(ClientAttributesTest, NewsReplaceWhatTheyTellOf) {
  ClientAttributes known = Xclient("NAME=a.example HELO=h");
  Update(Xclient("NAME=[UNAVAILABLE] PORT=1"), known);
  EXPECT_EQ(known, Xclient("NAME=[UNAVAILABLE] HELO=h PORT=1"));
}

}  // namespace
}  // namespace postern::mta::smtp
