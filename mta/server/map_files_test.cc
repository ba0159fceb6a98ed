#include "mta/server/map_files.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MapFilesTest, ATableIsFoundWhereverItIsNamed) {
  config::v1::Mta config;
  config.add_virtual_mailbox_maps("hash:/a/b");
  config.add_virtual_mailbox_maps("hash:/a/b");
  config.add_smtpd_recipient_restrictions("check_client_access cidr:/c");
  config.add_virtual_alias_maps("unionmap:{inline:{x=y}, regexp:/d, pcre:/e}");
  config.add_mydestination("/f");
  config.add_listeners()->mutable_override()->add_alias_maps("texthash:/g");
  EXPECT_THAT(MapFiles(config),
              ElementsAre("/a/b", "/c", "/d", "/e", "/f", "/g"));
}

TEST(MapFilesTest, WhatIsNoFileIsNotWatched) {
  config::v1::Mta config;
  config.set_myorigin("static:hash:/a");
  config.add_virtual_mailbox_maps("inline:{a=b}");
  config.add_virtual_mailbox_maps("redis:/x");
  EXPECT_THAT(MapFiles(config), IsEmpty());
}

}  // namespace
}  // namespace postern::mta::server
