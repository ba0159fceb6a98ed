#include "lib/dkim/arc_chain.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dkim/test_message.h"

namespace postern::dkim {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Set(int i) {
  return absl::StrCat(
      "ARC-Seal: i=", i, "; a=rsa-sha256; cv=", i == 1 ? "none" : "pass",
      "; d=s", i, ".example; s=s; b=YWJj\r\n", "ARC-Message-Signature: i=", i,
      "; a=rsa-sha256; c=relaxed/relaxed; d=m.example; s=s; h=From;"
      " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=YWJj\r\n",
      "ARC-Authentication-Results: i=", i, "; mx", i, ".example; spf=pass\r\n");
}

ArcChain Read(absl::string_view header) {
  Message message;
  AddHeader(header, message);
  return ArcChain::Read(message.header());
}

ArcChain ReadWith(absl::string_view from, absl::string_view to) {
  return Read(absl::StrReplaceAll(Set(2) + Set(1), {{from, to}}));
}

TEST(ArcChainTest, SetsAreInTheOrderOfTheirInstances) {
  for (const std::string& header :
       {Set(3) + Set(2) + Set(1), Set(1) + Set(3) + Set(2)}) {
    const ArcChain chain = Read(header);
    EXPECT_EQ(chain.fault, "");
    EXPECT_EQ(chain.highest_instance, 3);
    ASSERT_THAT(chain.sets, SizeIs(3));
    EXPECT_EQ(chain.sets[1].seal.domain, "s2.example");
    EXPECT_EQ(chain.sets[1].signature.domain, "m.example");
    EXPECT_EQ(chain.sets[1].results.authserv_id, "mx2.example");
    EXPECT_EQ(chain.sets[1].cv, "pass");
  }
}

TEST(ArcChainTest, AMessageMayHaveNone) {
  const ArcChain chain = Read("From: x\r\n");
  EXPECT_EQ(chain.fault, "");
  EXPECT_THAT(chain.sets, IsEmpty());
  EXPECT_EQ(chain.highest_instance, 0);
}

TEST(ArcChainTest, DK20WhatIsNoChainSaysWhy) {
  struct Case {
    ArcChain chain;
    const char* fault;
  };
  std::string many;
  for (int i = 1; i <= 50; ++i) many += Set(i);
  EXPECT_EQ(Read(many).fault, "");
  const Case cases[] = {
      {Read(Set(1) + Set(1)), "is there twice"},
      {Read(Set(2)), "not complete"},
      {Read(Set(1) + Set(3)), "not complete"},
      {Read(many + Set(51)), "too many sets"},
      {Read(Set(51)), "has no instance"},
      {ReadWith("Results: i=1", "Results: i=0"), "Results has no instance"},
      {ReadWith("Results: i=1", "Results: x=1"), "Results has no instance"},
      {ReadWith("Seal: i=1", "Seal: i=01x"), "Seal has no instance"},
      {ReadWith("Seal: i=1", "Seal: i=-1"), "Seal has no instance"},
      {ReadWith("Seal: i=1", "Seal: "), "Seal has no instance"},
      {ReadWith("Seal: i=1", "Seal: ;"), "Seal has no instance"},
      {ReadWith("cv=none", "cv=pass"), "cv="},
      {ReadWith("cv=pass", "cv=none"), "cv="},
      {ReadWith("cv=pass", "cv=good"), "cv="},
      {ReadWith("cv=pass", "cv=fail"), "has failed"},
      {ReadWith("cv=pass", "h=From; cv=pass"), "h= is there"},
      {ReadWith("d=s2.example", "d="), "d= is empty"},
      {ReadWith("h=From", "h=From:ARC-Seal"), "h= has ARC-Seal"},
      {ReadWith("h=From", "h=To"), "h= does not have From"},
      {ReadWith("bh=4", "bh=x4"), "bh="},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(c.chain.fault, HasSubstr(c.fault));
    EXPECT_THAT(c.chain.sets, IsEmpty());
  }
}

TEST(ArcChainTest, AChainThatFailedBeforeIsKnown) {
  EXPECT_TRUE(ReadWith("cv=pass", "cv=fail").is_marked_failed);
  EXPECT_EQ(ReadWith("cv=pass", "cv=fail").highest_instance, 2);
  EXPECT_FALSE(ReadWith("cv=none", "cv=fail").is_marked_failed);
}

TEST(ArcChainTest, ResultsThatCannotBeReadAreNone) {
  const ArcChain chain = ReadWith("spf=pass", "spf pass");
  EXPECT_EQ(chain.fault, "");
  EXPECT_THAT(chain.sets[0].results.results, IsEmpty());
}

}  // namespace
}  // namespace postern::dkim
