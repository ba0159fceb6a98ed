#include "mta/server/trace_header.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

Trace SomeTrace() {
  Trace trace;
  trace.helo_name = "mail.example.net";
  trace.client_name = "host.example.net";
  trace.client_address = "192.0.2.1";
  trace.myhostname = "mx.example.org";
  trace.protocol.is_esmtp = true;
  trace.queue_id = "0dk3v9zq1h7xw";
  trace.now = absl::FromUnixSeconds(1'795'496'400);
  return trace;
}

TEST(TraceHeaderTest, TheProtocolHasItsRegisteredName) {
  struct Case {
    Protocol protocol;
    const char* want;
  };
  const Case cases[] = {
      {{}, "SMTP"},
      {{.is_esmtp = true}, "ESMTP"},
      {{.is_esmtp = true, .is_authenticated = true}, "ESMTPA"},
      {{.is_esmtp = true, .is_tls = true}, "ESMTPS"},
      {{.is_esmtp = true, .is_tls = true, .is_authenticated = true}, "ESMTPSA"},
      {{.is_esmtp = true, .is_smtputf8 = true}, "UTF8SMTP"},
      {{.is_esmtp = true, .is_tls = true, .is_smtputf8 = true}, "UTF8SMTPS"},
      {{.is_esmtp = true, .is_authenticated = true, .is_smtputf8 = true},
       "UTF8SMTPA"},
      {{.is_esmtp = true,
        .is_tls = true,
        .is_authenticated = true,
        .is_smtputf8 = true},
       "UTF8SMTPSA"},
  };
  for (const Case& c : cases) EXPECT_EQ(ProtocolName(c.protocol), c.want);
}

net::TlsFacts SomeTls() {
  net::TlsFacts tls;
  tls.version = "TLSv1.3";
  tls.cipher = "TLS_AES_256_GCM_SHA384";
  tls.cipher_bits = tls.algorithm_bits = 256;
  return tls;
}

TEST(TraceHeaderTest, TlsIsShownWhenWanted) {
  net::TlsFacts tls = SomeTls();
  Trace trace = SomeTrace();
  trace.tls_facts = &tls;
  EXPECT_THAT(FormatReceived(trace),
              HasSubstr("[192.0.2.1])\r\n"
                        "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 "
                        "(256/256 bits))\r\n"
                        "\t(No client certificate requested)\r\n"
                        "\tby "));
  trace.is_certificate_asked = true;
  EXPECT_THAT(FormatReceived(trace),
              HasSubstr("\t(Client did not present a certificate)\r\n"));
  tls.has_certificate = tls.is_trusted = true;
  tls.subject = "client.example";
  tls.issuer = "An Authority";
  EXPECT_THAT(FormatReceived(trace),
              HasSubstr("\t(Client CN \"client.example\", Issuer \"An "
                        "Authority\" (verified OK))\r\n"));
}

TEST(TraceHeaderTest, MTA34ACertificateCannotEndAComment) {
  net::TlsFacts tls = SomeTls();
  tls.has_certificate = true;
  tls.subject = "a\") with ESMTPSA\r\nX-Evil: b";
  Trace trace = SomeTrace();
  trace.tls_facts = &tls;
  trace.is_certificate_asked = true;
  EXPECT_THAT(FormatReceived(trace),
              HasSubstr("(Client CN \"a?? with ESMTPSA??X-Evil: b\", Issuer "
                        "\"\" (not verified))"));
}

TEST(TraceHeaderTest, SaysFromWhereByWhomAndWhen) {
  EXPECT_EQ(FormatReceived(SomeTrace()),
            "Received: from mail.example.net (host.example.net [192.0.2.1])\r\n"
            "\tby mx.example.org (Postern) with ESMTP id 0dk3v9zq1h7xw;\r\n"
            "\tTue, 24 Nov 2026 05:00:00 +0000\r\n");
}

TEST(TraceHeaderTest, NamesTheOnlyRecipient) {
  Trace trace = SomeTrace();
  trace.only_recipient = "a@example.org";
  trace.protocol.is_esmtp = false;
  EXPECT_THAT(FormatReceived(trace), HasSubstr("with SMTP id 0dk3v9zq1h7xw\r\n"
                                               "\tfor <a@example.org>;\r\n"));
}

TEST(TraceHeaderTest, NeedsSmtpUtf8OnlyIfTheRecipientDoes) {  // MTA-43
  Trace trace = SomeTrace();
  trace.protocol.is_smtputf8 = true;
  trace.only_recipient = "a@b\xC3\xBC\x63her.example";
  EXPECT_THAT(FormatReceived(trace),
              HasSubstr("\tfor <a@xn--bcher-kva.example>;\r\n"));
  trace.only_recipient = "j\xC3\xB6rg@example.org";
  EXPECT_THAT(FormatReceived(trace),
              HasSubstr("\tfor <j\xC3\xB6rg@example.org>;\r\n"));
}

TEST(TraceHeaderTest, SaysThatTheClientIsKnownAndMaybeWhoItIs) {
  Trace trace = SomeTrace();
  trace.protocol.is_authenticated = true;
  EXPECT_THAT(FormatReceived(trace), HasSubstr("with ESMTPA id "));
  trace.user = "jean) by (\\evil@example.org";
  EXPECT_THAT(
      FormatReceived(trace),
      HasSubstr("[192.0.2.1])\r\n"
                "\t(Authenticated sender: jean? by ??evil@example.org)\r\n"
                "\tby mx.example.org (Postern) with ESMTPA id "));
}

TEST(TraceHeaderTest, AnIpv6AddressIsALiteralOfItsOwnKind) {
  Trace trace = SomeTrace();
  trace.client_address = "2001:db8::1";
  EXPECT_THAT(FormatReceived(trace), HasSubstr("[IPv6:2001:db8::1])"));
}

TEST(TraceHeaderTest, MTA34NothingFromOutsideBreaksTheField) {
  Trace trace = SomeTrace();
  trace.helo_name = "a) by evil\r\nX-Evil: (b;";
  trace.client_name = absl::string_view("c\0d[e]", 6);
  trace.only_recipient = "\"x\r\ny\"@example.org";
  EXPECT_EQ(FormatReceived(trace),
            "Received: from a??by?evil??X-Evil:??b? (c?d[e] [192.0.2.1])\r\n"
            "\tby mx.example.org (Postern) with ESMTP id 0dk3v9zq1h7xw\r\n"
            "\tfor <\"x??y\"@example.org>;\r\n"
            "\tTue, 24 Nov 2026 05:00:00 +0000\r\n");
}

TEST(TraceHeaderTest, MTA34NamesAreBounded) {
  Trace trace = SomeTrace();
  const std::string endless(10'000, 'x');
  trace.helo_name = endless;
  EXPECT_LT(FormatReceived(trace).size(), 600u);
}

TEST(TraceHeaderTest, AHeaderOfAPolicyServiceIsOneField) {
  std::string fields;
  EXPECT_TRUE(AppendHeader("X-Greylist: delayed 305 seconds", fields));
  EXPECT_EQ(fields, "X-Greylist: delayed 305 seconds\r\n");
  fields.clear();
  EXPECT_TRUE(AppendHeader("X-A: b\r\nX-Evil: c\x01", fields));
  EXPECT_EQ(fields, "X-A: b??X-Evil: c?\r\n");
  fields.clear();
  EXPECT_TRUE(AppendHeader("X-A: " + std::string(5000, 'x'), fields));
  EXPECT_EQ(fields.size(), 1000u);
}

TEST(TraceHeaderTest, WhatIsNoHeaderIsNotAdded) {
  std::string fields;
  for (const char* text : {"", "no colon", ": no name", "a b: c", "a\tb: c",
                           "\x80: c", "a\r\n: c"}) {
    EXPECT_FALSE(AppendHeader(text, fields)) << text;
  }
  EXPECT_EQ(fields, "");
}

}  // namespace
}  // namespace postern::mta::server
