#include "greylistd/allowlist.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::greylistd {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

ClientList Clients(std::vector<std::string> entries) {
  return ClientList::Read({.files = {},
                           .entries = std::move(entries),
                           .entries_field = "allow_clients"})
      .value();
}

RecipientList Recipients(std::vector<std::string> entries) {
  return RecipientList::Read({.files = {},
                              .entries = std::move(entries),
                              .entries_field = "allow_recipients"})
      .value();
}

TEST(ClientListTest, FindsClientsAsPostgreyDoes) {
  struct Case {
    const char* why;
    const char* entry;
    const char* address;
    const char* name;
    bool is_listed;
  };
  const Case cases[] = {
      {"address", "192.0.2.1", "192.0.2.1", "x", true},
      {"other address", "192.0.2.1", "192.0.2.2", "x", false},
      {"network", "192.0.2.0/28", "192.0.2.15", "x", true},
      {"beyond the network", "192.0.2.0/28", "192.0.2.16", "x", false},
      {"bits behind the prefix do not matter", "192.0.2.9/28", "192.0.2.15",
       "x", true},
      {"three numbers", "192.0.2", "192.0.2.200", "x", true},
      {"three numbers, other network", "192.0.2", "192.0.3.200", "x", false},
      {"two numbers", "192.0", "192.0.200.1", "x", true},
      {"two numbers, other network", "192.0", "192.1.200.1", "x", false},
      {"everybody", "0.0.0.0/0", "192.0.2.1", "x", true},
      {"IPv6 address", "2001:db8::1", "2001:db8:0::1", "x", true},
      {"IPv6 network", "2001:DB8::/32", "2001:db8:9::1", "x", true},
      {"IPv6 network does not hold IPv4", "::/0", "192.0.2.1", "x", false},
      {"mapped address is the IPv4 one", "192.0.2.1", "::ffff:192.0.2.1", "x",
       true},
      {"name", "example.org", "192.0.2.1", "example.org", true},
      {"name below", "example.org", "192.0.2.1", "MX.Example.Org", true},
      {"end of a label is not below", "example.org", "192.0.2.1",
       "badexample.org", false},
      {"name above", "mx.example.org", "192.0.2.1", "example.org", false},
      {"top level", "org", "192.0.2.1", "mx.example.org", true},
      {"pattern", "/^mx\\d+\\.example\\.org$/", "192.0.2.1", "MX7.example.org",
       true},
      {"pattern that does not match", "/^mx\\d+\\.example\\.org$/", "192.0.2.1",
       "mx.example.org", false},
      {"pattern anywhere", "/relay/", "192.0.2.1", "my.relay3.example.org",
       true},
      {"no name", "example.org", "192.0.2.1", "unknown", false},
      {"comment", "example.org # theirs", "192.0.2.1", "example.org", true},
      {"only a comment", "# example.org", "192.0.2.1", "example.org", false},
      {"nothing", "", "192.0.2.1", "", false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(Clients({c.entry}).Contains(
                  net::IpAddress::Parse(c.address).value(), c.name),
              c.is_listed);
  }
}

TEST(RecipientListTest, FindsRecipientsAsPostgreyDoes) {
  struct Case {
    const char* why;
    const char* entry;
    const char* recipient;
    bool is_listed;
  };
  const Case cases[] = {
      {"address", "bob@example.com", "Bob@Example.COM", true},
      {"with an extension", "bob@example.com", "bob+x@example.com", true},
      {"with two extensions", "bob@example.com", "bob+x+y@example.com", true},
      {"an empty extension is none", "bob@example.com", "bob+@example.com",
       false},
      {"the entry has an extension", "bob+x@example.com", "bob+x@example.com",
       true},
      {"... and gets another", "bob+x@example.com", "bob+x+y@example.com",
       true},
      {"... which is not the plain one", "bob+x@example.com", "bob@example.com",
       false},
      {"other user", "bob@example.com", "rob@example.com", false},
      {"other domain", "bob@example.com", "bob@sub.example.com", false},
      {"user in any domain", "postmaster@", "postmaster@example.net", true},
      {"... with an extension", "postmaster@", "postmaster+x@example.net",
       true},
      {"... but not a longer user", "master@", "postmaster@example.net", false},
      {"domain", "example.com", "anyone@example.com", true},
      {"domain below", "example.com", "anyone@sub.example.com", true},
      {"end of a label is not below", "example.com", "a@badexample.com", false},
      {"pattern", "/^list-.*@/", "List-7@example.com", true},
      {"pattern that does not match", "/^list-.*@/", "alist-7@example.com",
       false},
      {"no domain", "bob", "bob", false},
      {"nothing", "", "bob@example.com", false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(Recipients({c.entry}).Contains(c.recipient), c.is_listed);
  }
}

TEST(ClientListTest, WhatIsNoEntryIsAnError) {
  for (const char* entry :
       {"two words", "1.2.3.4.5", "300.1.1.1", "192.0.2.1/33", "192.0.2.1/x",
        "192.0.2.1/8/8", "2001:db8:::1", "2001:db8::/129", "name/24", "/(/",
        "/a(?=b)/", "1"}) {
    SCOPED_TRACE(entry);
    EXPECT_THAT(ClientList::Read({.files = {},
                                  .entries = {entry},
                                  .entries_field = "allow_clients"}),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("allow_clients: ")));
  }
}

TEST(RecipientListTest, WhatIsNoEntryIsAnError) {
  for (const char* entry : {"two words", "@", "/(/"}) {
    SCOPED_TRACE(entry);
    EXPECT_THAT(RecipientList::Read({.files = {},
                                     .entries = {entry},
                                     .entries_field = "allow_recipients"}),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(ClientListTest, FilesAreReadLineByLine) {
  const testing::TempDir dir;
  const std::string file = dir.path() + "/clients";
  ASSERT_THAT(WriteFile(file,
                        "# big senders\r\n"
                        "\n"
                        "  example.org  # comment\n"
                        "192.0.2\n"
                        "/^relay/"),
              IsOk());
  const absl::StatusOr<ClientList> list =
      ClientList::Read({.files = {file, dir.path() + "/clients.local"},
                        .entries = {},
                        .entries_field = ""});
  ASSERT_THAT(list, IsOk());
  const net::IpAddress address = net::IpAddress::Parse("198.51.100.1").value();
  EXPECT_TRUE(list->Contains(address, "mx.example.org"));
  EXPECT_TRUE(list->Contains(address, "relay.example.net"));
  EXPECT_FALSE(list->Contains(address, "big"));
}

TEST(ClientListTest, ErrorsNameFileAndLine) {
  const testing::TempDir dir;
  const std::string file = dir.path() + "/clients";
  ASSERT_THAT(WriteFile(file, "example.org\nno good\n"), IsOk());
  EXPECT_THAT(
      ClientList::Read({.files = {file}, .entries = {}, .entries_field = ""}),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr(file + ":2: \"no good\"")));
}

TEST(ClientListTest, OnlyAFileThatEndsInLocalMayBeMissing) {
  EXPECT_THAT(ClientList::Read({.files = {"/nonexistent/clients"},
                                .entries = {},
                                .entries_field = ""}),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(ClientList::Read({.files = {"/nonexistent/clients.local"},
                                .entries = {},
                                .entries_field = ""}),
              IsOk());
}

}  // namespace
}  // namespace postern::greylistd
