#include "mta/routing/transport_map.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::routing {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using rewriting::AddressClass;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class TransportMapTest : public ::testing::Test {
 protected:
  TransportMapTest() {
    config_.set_recipient_delimiter("+");
    routing_.set_empty_address_relayhost_maps_lookup_key("<>");
    routing_.set_empty_address_default_transport_maps_lookup_key("<>");
  }

  // Returns "kind next-hop", with "!" at the end if no relayhost counts.
  std::string Find(absl::string_view recipient,
                   AddressClass address_class = AddressClass::kElsewhere,
                   absl::string_view sender = "s@from.example") {
    const auto map = TransportMap::Open(config_);
    if (!map.ok()) return std::string(map.status().message());
    const auto found = runtime_->BlockOn(
        (*map)->Find(address_class, std::string(sender),
                     mail::Address::Parse(recipient).value()));
    if (!found.ok()) return std::string(found.status().message());
    const char* kinds[] = {"smtp",  "lmtp",  "local",  "virtual",
                           "error", "retry", "discard"};
    return absl::StrCat(kinds[static_cast<int>(found->kind.value())], " ",
                        found->next_hop, found->skips_relayhost ? "!" : "");
  }

  config::v1::Mta config_;
  config::v1::Routing& routing_ = *config_.mutable_routing();
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(TransportMapTest, EachClassHasItsTransport) {
  EXPECT_EQ(Find("a@b.c"), "smtp ");
  EXPECT_EQ(Find("a@b.c", AddressClass::kRelay), "smtp ");
  EXPECT_EQ(Find("a@b.c", AddressClass::kMailbox), "virtual ");
  EXPECT_EQ(Find("a@b.c", AddressClass::kLocal), "local ");
  EXPECT_THAT(Find("a@b.c", AddressClass::kVirtualAlias),
              StartsWith("error 5.1.1 user unknown"));
  routing_.set_default_transport("smtp:[d.example]");
  routing_.set_relay_transport("relay:[r.example]");
  routing_.set_virtual_transport("smtp:[v.example]");
  routing_.set_local_transport("error:4.0.0 nobody is here");
  EXPECT_EQ(Find("a@b.c"), "smtp [d.example]");
  EXPECT_EQ(Find("a@b.c", AddressClass::kRelay), "smtp [r.example]");
  EXPECT_EQ(Find("a@b.c", AddressClass::kMailbox), "smtp [v.example]");
  EXPECT_EQ(Find("a@b.c", AddressClass::kLocal), "error 4.0.0 nobody is here");
}

TEST_F(TransportMapTest, TheMostExactKeyCounts) {
  const std::string all[] = {"{a+x@sub.example.org=retry:1}",
                             "{a@sub.example.org=retry:2}",
                             "{sub.example.org=retry:3}",
                             "{.example.org=retry:4}",
                             "{.org=retry:5}",
                             "{*=retry:6}"};
  for (int left_out = 0; left_out < 6; ++left_out) {
    std::string table = "inline:{ ";
    for (int i = left_out; i < 6; ++i) absl::StrAppend(&table, all[i], " ");
    routing_.clear_transport_maps();
    routing_.add_transport_maps(table + "}");
    EXPECT_EQ(Find("a+x@Sub.Example.ORG"),
              absl::StrCat("retry ", left_out + 1, "!"));
  }
}

TEST_F(TransportMapTest, ParentsMatchWithADotUnlessTheSettingsSayOtherwise) {
  routing_.add_transport_maps(
      "inline:{ {example.org=retry:plain} {.example.net=retry:dotted} }");
  EXPECT_EQ(Find("a@sub.example.org"), "smtp ");
  EXPECT_EQ(Find("a@sub.example.net"), "retry dotted!");
  EXPECT_EQ(Find("a@example.net"), "smtp ");
  config_.add_parent_domain_matches_subdomains("transport_maps");
  EXPECT_EQ(Find("a@sub.example.org"), "retry plain!");
  EXPECT_EQ(Find("a@sub.example.net"), "smtp ");
}

// transport(5), RESULT FORMAT.
TEST_F(TransportMapTest, WhatIsEmptyMeansWhatPostfixMeans) {
  routing_.set_virtual_transport("smtp:[v.example]");
  struct Case {
    const char* why;
    const char* value;
    const char* elsewhere;
    const char* mailbox;
  };
  const Case cases[] = {
      {"both given", "smtp:[x.example]", "smtp [x.example]!",
       "smtp [x.example]!"},
      {"no next hop: the recipient's domain", "smtp:", "smtp !", "smtp !"},
      {"no transport: only another next hop", ":[x.example]",
       "smtp [x.example]", "smtp [x.example]"},
      {"neither: as if it were not there", ":", "smtp ", "smtp [v.example]"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    routing_.clear_transport_maps();
    routing_.add_transport_maps(absl::StrCat("inline:{ {*=", c.value, "} }"));
    EXPECT_EQ(Find("a@b.c"), c.elsewhere);
    EXPECT_EQ(Find("a@b.c", AddressClass::kMailbox), c.mailbox);
  }
}

TEST_F(TransportMapTest, PatternsAreAskedForTheAddressAsItIs) {
  const testing::TempDir dir;
  const std::string path = dir.path() + "/transport";
  ASSERT_THAT(WriteFile(path,
                        "/^(.*)@b\\.c$/ error:5.7.1 no $1\n"
                        "/^(b\\.c|\\*)$/ discard:\n"),
              IsOk());
  routing_.add_transport_maps("regexp:" + path);
  EXPECT_EQ(Find("a+x@b.c"), "error 5.7.1 no a+x!");
  EXPECT_EQ(Find("a@other.example"), "smtp ");
}

TEST_F(TransportMapTest, SendersMayHaveTheirOwnRelayhost) {
  routing_.add_sender_dependent_relayhost_maps(
      "inline:{ {vip@from.example=[vip.example]} {@from.example=[all.example]} "
      "{plain@from.example=DUNNO} {<>=[null.example]} }");
  const auto by = [this](
                      absl::string_view sender,
                      AddressClass address_class = AddressClass::kElsewhere) {
    return Find("a@b.c", address_class, sender);
  };
  EXPECT_EQ(by("vip@From.example"), "smtp [vip.example]");
  EXPECT_EQ(by("x@from.example"), "smtp [all.example]");
  EXPECT_EQ(by("plain@from.example"), "smtp ");
  EXPECT_EQ(by(""), "smtp [null.example]");
  EXPECT_EQ(by("x@other.example"), "smtp ");
  EXPECT_EQ(by("x@from.example", AddressClass::kRelay), "smtp [all.example]");
  EXPECT_EQ(by("x@from.example", AddressClass::kMailbox), "virtual ");
  routing_.add_transport_maps("inline:{ {b.c=smtp:[map.example]} }");
  EXPECT_EQ(by("x@from.example"), "smtp [map.example]!");
  routing_.clear_transport_maps();
  routing_.set_default_transport("smtp:[fixed.example]");
  EXPECT_EQ(by("x@from.example"), "smtp [fixed.example]");
}

TEST_F(TransportMapTest, SendersMayHaveTheirOwnDefaultTransport) {
  routing_.add_sender_dependent_default_transport_maps(
      "inline:{ {bad@from.example=error:5.7.1 not you} "
      "{@from.example=smtp:[bulk.example]} {dunno@from.example=dunno} "
      "{own@from.example=smtp:} {<>=discard:} }");
  routing_.add_sender_dependent_relayhost_maps(
      "inline:{ {own@from.example=[own.example]} }");
  const auto by = [this](
                      absl::string_view sender,
                      AddressClass address_class = AddressClass::kElsewhere) {
    return Find("a@b.c", address_class, sender);
  };
  EXPECT_EQ(by("bad@from.example"), "error 5.7.1 not you");
  EXPECT_EQ(by("x@from.example"), "smtp [bulk.example]");
  EXPECT_EQ(by("dunno@from.example"), "smtp ");
  EXPECT_EQ(by("own@from.example"), "smtp [own.example]");
  EXPECT_EQ(by(""), "discard ");
  EXPECT_EQ(by("bad@from.example", AddressClass::kRelay), "smtp ");
}

TEST_F(TransportMapTest, ATableThatIsAwayIsAnError) {
  routing_.add_transport_maps("fail:table is away");
  EXPECT_THAT(Find("a@b.c"), HasSubstr("table is away"));
}

TEST_F(TransportMapTest, NamesTheFieldAtFault) {
  const auto fails = [this](absl::string_view field, absl::string_view why) {
    EXPECT_THAT(TransportMap::Open(config_),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         ::testing::AllOf(
                             StartsWith(absl::StrCat("routing.", field, ": ")),
                             HasSubstr(std::string(why)))));
    routing_.Clear();
  };
  routing_.set_default_transport("pigeon");
  fails("default_transport", "no transport \"pigeon\"");
  routing_.set_relay_transport(":[x]");
  fails("relay_transport", "names no transport");
  routing_.set_virtual_transport("smtp:[");
  fails("virtual_transport", "no \"]\"");
  routing_.set_local_transport("Local");
  fails("local_transport", "no transport \"Local\"");
  routing_.add_transport_maps("hash:/nowhere/at/all");
  fails("transport_maps", "/nowhere/at/all");
  routing_.add_transport_maps("inline:{ {b.c=pigeon:} }");
  fails("transport_maps", "no transport \"pigeon\"");
  routing_.add_sender_dependent_relayhost_maps("inline:{ {b@c=[} }");
  fails("sender_dependent_relayhost_maps", "no \"]\"");
  routing_.add_sender_dependent_default_transport_maps("static:pigeon:");
  fails("sender_dependent_default_transport_maps", "no transport \"pigeon\"");
}

}  // namespace
}  // namespace postern::mta::routing
