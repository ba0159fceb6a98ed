#include "mta/rewriting/address_book.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::rewriting {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::StartsWith;

config::v1::Mta SomeConfig() {
  config::v1::Mta config;
  config.set_myhostname("mx.example.org");
  config.set_myorigin("home.example");
  config.set_recipient_delimiter("+");
  config.add_mydestination("home.example");
  config.add_local_recipient_maps("inline:{root=x}");
  config.add_virtual_alias_domains("alias.example");
  config.add_virtual_alias_maps(
      "inline:{ {info@alias.example = root} {sales@box.example = x} }");
  config.add_virtual_mailbox_domains("Box.example");
  config.add_virtual_mailbox_maps("inline:{ {anna@box.example = b/anna/} }");
  config.add_relay_domains("relay.example");
  config.add_relay_recipient_maps("inline:{ {joe@relay.example = x} }");
  config.add_relocated_maps("inline:{ {gone@box.example = new@x.example} }");
  return config;
}

class AddressBookTest : public ::testing::Test {
 protected:
  // Returns the class, and the refusal if there is one.
  std::string Listed(absl::string_view address,
                     AddressBook::Role role = AddressBook::Role::kRecipient) {
    const auto book = AddressBook::Open(config_).value();
    mail::Address parsed = {std::string(address), ""};
    if (address.find('@') != address.npos) {
      parsed = mail::Address::Parse(address).value();
    }
    const auto listing = runtime_->BlockOn(book->ListingOf(parsed, role));
    if (!listing.ok()) return std::string(listing.status().message());
    const char* names[] = {"local", "alias", "mailbox", "relay", "elsewhere"};
    std::string text = names[static_cast<int>(listing->address_class)];
    if (const auto& no = listing->unlisted) {
      absl::StrAppend(&text, " ", no->code, " ", no->status, " ", no->text);
    }
    return text;
  }

  config::v1::Mta config_ = SomeConfig();
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(AddressBookTest, EachClassHasItsTable) {
  struct Case {
    const char* address;
    const char* want;
  };
  const Case cases[] = {
      {"root@home.example", "local"},
      {"Root+x@HOME.example.", "local"},
      {"root", "local"},
      {"joe@home.example",
       "local 550 5.1.1 User unknown in local recipient table"},
      {"info@alias.example", "alias"},
      {"info+x@alias.example", "alias"},
      {"joe@alias.example",
       "alias 550 5.1.1 User unknown in virtual alias table"},
      {"anna@box.example", "mailbox"},
      {"anna+x@box.example", "mailbox"},
      {"sales@box.example", "mailbox"},
      {"joe@box.example",
       "mailbox 550 5.1.1 User unknown in virtual mailbox table"},
      {"gone@box.example", "mailbox 550 5.1.6 User has moved to new@x.example"},
      {"joe@relay.example", "relay"},
      {"x@relay.example",
       "relay 550 5.1.1 User unknown in relay recipient table"},
      {"x@sub.relay.example", "elsewhere"},
      {"x@example.com", "elsewhere"},
      {"root@[192.0.2.1]", "elsewhere"},
  };
  for (const Case& c : cases) {
    std::string address = c.address;
    if (address.back() == '.') address.pop_back();
    EXPECT_EQ(Listed(address), c.want) << c.address;
  }
}

TEST_F(AddressBookTest, MTA36RoutingInALocalPartIsElsewhere) {
  for (const char* local :
       {"root%evil.example", "evil.example!root", "\"root@evil.example\""}) {
    for (const char* domain :
         {"home.example", "alias.example", "box.example", "relay.example"}) {
      EXPECT_EQ(Listed(absl::StrCat(local, "@", domain)), "elsewhere")
          << local << domain;
    }
  }
}

TEST_F(AddressBookTest, WithoutATableEverybodyIsTakenButForMailboxes) {
  config_.clear_local_recipient_maps();
  config_.clear_relay_recipient_maps();
  config_.clear_virtual_mailbox_maps();
  EXPECT_EQ(Listed("joe@home.example"), "local");
  EXPECT_EQ(Listed("x@relay.example"), "relay");
  EXPECT_THAT(Listed("anna@box.example"), StartsWith("mailbox 550"));
}

TEST_F(AddressBookTest, TheReplyCodeIsTheOperators) {
  config_.set_unknown_local_recipient_reject_code(450);
  EXPECT_THAT(Listed("joe@home.example"), StartsWith("local 450 4.1.1 "));
}

TEST_F(AddressBookTest, ASenderThatIsNotListedHasItsOwnStatus) {
  EXPECT_THAT(Listed("joe@box.example", AddressBook::Role::kSender),
              StartsWith("mailbox 550 5.1.0 User unknown"));
}

TEST_F(AddressBookTest, WhoIsRewrittenExists) {
  config_.add_canonical_maps("inline:{ {joe@box.example = anna@box.example} }");
  EXPECT_EQ(Listed("joe@box.example"), "mailbox");
}

TEST_F(AddressBookTest, AliasesAreUsers) {
  const testing::TempDir dir;
  ASSERT_THAT(WriteFile(dir.path() + "/aliases", "sales: root, x@y.example\n"),
              IsOk());
  config_.add_alias_maps("hash:" + dir.path() + "/aliases");
  config_.add_local_recipient_maps(config_.alias_maps(0));
  EXPECT_EQ(Listed("Sales@home.example"), "local");
  EXPECT_THAT(Listed("other@home.example"), StartsWith("local 550"));
}

TEST_F(AddressBookTest, TheDomainsOfAliasesMayStandInTheTable) {
  const testing::TempDir dir;
  const std::string spec = "hash:" + dir.path() + "/virtual";
  ASSERT_THAT(WriteFile(dir.path() + "/virtual",
                        "brand.example domain\n@brand.example @home.example\n"),
              IsOk());
  config_.add_virtual_alias_domains(spec);
  config_.add_virtual_alias_maps(spec);
  EXPECT_EQ(Listed("anyone@brand.example"), "alias");
}

TEST_F(AddressBookTest, AMailboxMayTakeAWholeDomain) {
  config_.add_virtual_mailbox_maps("inline:{ {@box.example = b/rest/} }");
  const auto book = AddressBook::Open(config_).value();
  const auto mailbox_of = [&](const mail::Address& address) {
    return runtime_->BlockOn(book->MailboxOf(address)).value();
  };
  EXPECT_THAT(mailbox_of({"anna", "box.example"}),
              Optional(std::string("b/anna/")));
  EXPECT_THAT(mailbox_of({"bob", "box.example"}),
              Optional(std::string("b/rest/")));
  EXPECT_EQ(mailbox_of({"bob", "example.com"}), std::nullopt);
}

TEST_F(AddressBookTest, MyoriginMayBeInAFile) {
  const testing::TempDir dir;
  ASSERT_THAT(WriteFile(dir.path() + "/mailname", "mail.example\n"), IsOk());
  config_.set_myorigin(dir.path() + "/mailname");
  EXPECT_EQ(AddressBook::Open(config_).value()->myorigin(), "mail.example");
  config_.clear_myorigin();
  EXPECT_EQ(AddressBook::Open(config_).value()->myorigin(), "mx.example.org");
}

TEST_F(AddressBookTest, NamesTheFieldAtFault) {
  struct Case {
    const char* field;
    config::v1::Mta config;
  };
  Case cases[] = {
      {"relay_domains: ", {}},        {"virtual_mailbox_domains: ", {}},
      {"virtual_mailbox_maps: ", {}}, {"myorigin: ", {}},
      {"mydestination: ", {}},        {"local_recipient_maps: ", {}}};
  cases[0].config.add_relay_domains("example.ORG");
  cases[0].config.add_virtual_mailbox_domains("example.org");
  cases[1].config.add_virtual_mailbox_domains("a b");
  cases[2].config.add_virtual_mailbox_maps("hash:/nonexistent/boxes");
  cases[3].config.set_myorigin("a b");
  cases[4].config.add_mydestination("$mydomain");
  cases[5].config.add_local_recipient_maps("nothing");
  for (const Case& c : cases) {
    EXPECT_THAT(
        AddressBook::Open(c.config).status(),
        StatusIs(absl::StatusCode::kInvalidArgument, StartsWith(c.field)));
  }
}

}  // namespace
}  // namespace postern::mta::rewriting
