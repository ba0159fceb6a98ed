#include "mta/restrictions/table_files.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TableFilesTest, FindsTheFilesOfAllListsAndClasses) {
  config::v1::Mta config;
  EXPECT_THAT(TableFiles(config), IsEmpty());
  config.add_smtpd_client_restrictions("check_client_access cidr:/c");
  config.add_smtpd_client_restrictions("check_policy_service unix:/p");
  config.add_smtpd_sender_restrictions(
      "permit_mynetworks, hash:/a warn_if_reject check_sender_access static:x");
  config.add_smtpd_data_restrictions(
      "check_sender_access unionmap:{texthash:/d, pipemap:{regexp:/e, "
      "inline:{a=hash}}}");
  config.add_smtpd_recipient_restrictions("check_recipient_access hash:/a");
  (*config.mutable_smtpd_restriction_classes())["x"] = "hash:/f";
  config.add_relay_clientcerts("hash:/g");
  config.add_smtpd_sender_login_maps("pcre:/h");
  EXPECT_THAT(TableFiles(config),
              ElementsAre("/a", "/c", "/d", "/e", "/f", "/g", "/h"));
}

}  // namespace
}  // namespace postern::mta::restrictions
