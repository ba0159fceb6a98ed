#include "lib/milter/macro_names.h"

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::milter {
namespace {

using ::testing::Contains;
using ::testing::IsSupersetOf;
using ::testing::Not;

std::vector<std::string> NamesAt(Stage stage) {
  return absl::StrSplit(UsualMacros(stage), ' ');
}

TEST(MacroNamesTest, AreThoseOfPostfix) {
  EXPECT_THAT(NamesAt(Stage::kConnect),
              IsSupersetOf({"j", "{daemon_name}", "{daemon_addr}", "v", "_"}));
  EXPECT_THAT(NamesAt(Stage::kHelo),
              IsSupersetOf({"{tls_version}", "{cipher}", "{cipher_bits}",
                            "{cert_subject}", "{cert_issuer}"}));
  EXPECT_THAT(
      NamesAt(Stage::kSender),
      IsSupersetOf({"i", "{auth_type}", "{auth_authen}", "{auth_author}",
                    "{mail_addr}", "{mail_host}", "{mail_mailer}"}));
  EXPECT_THAT(NamesAt(Stage::kRecipient),
              IsSupersetOf({"i", "{rcpt_addr}", "{rcpt_host}"}));
  EXPECT_THAT(NamesAt(Stage::kEndOfMessage), Contains("i"));
}

TEST(MacroNamesTest, HaveBracesUnlessTheyAreOneLetter) {
  for (size_t stage = 0; stage < kStages; ++stage) {
    for (const std::string& name : NamesAt(static_cast<Stage>(stage))) {
      EXPECT_EQ(name.size() > 1, name.front() == '{' && name.back() == '}')
          << name;
      EXPECT_THAT(name, Not(testing::IsEmpty()));
    }
  }
}

}  // namespace
}  // namespace postern::milter
