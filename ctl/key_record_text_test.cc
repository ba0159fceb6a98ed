#include "ctl/key_record_text.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dkim/test_keys.h"

namespace postern::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ZoneTextTest, IsThatOfOpendkimGenkey) {
  const dkim::PrivateKey key = dkim::TestRsaKey();
  const std::string p = absl::Base64Escape(key.PublicBytes());
  ASSERT_GT(p.size(), 250u);
  EXPECT_EQ(ZoneText(key, {.selector = "mail", .domain = "example.org"}),
            absl::StrCat("mail._domainkey\tIN\tTXT\t( \"v=DKIM1; h=sha256; "
                         "k=rsa; \"\n\t  \"p=",
                         p.substr(0, 250), "\"\n\t  \"", p.substr(250),
                         "\" )  ; ----- DKIM key mail for example.org\n"));
}

TEST(ZoneTextTest, SaysWhatTheKeyIsFor) {
  EXPECT_THAT(ZoneText(dkim::TestEd25519Key(), {.selector = "e",
                                                .domain = "example.org",
                                                .note = "hello",
                                                .appends_domain = true,
                                                .is_for_mail_only = true,
                                                .is_strict = true,
                                                .is_testing = true}),
              StartsWith("e._domainkey.example.org.\tIN\tTXT\t( \"v=DKIM1; "
                         "n=\\\"hello\\\"; h=sha256; k=ed25519; t=y:s; "
                         "s=email; \"\n\t  \"p=11qYAY"));
  EXPECT_THAT(ZoneText(dkim::TestEd25519Key(), {.is_testing = true}),
              HasSubstr(" t=y; \""));
  EXPECT_THAT(ZoneText(dkim::TestEd25519Key(), {.is_strict = true}),
              HasSubstr(" t=s; \""));
}

}  // namespace
}  // namespace postern::ctl
