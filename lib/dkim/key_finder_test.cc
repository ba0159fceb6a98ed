#include "lib/dkim/key_finder.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/dkim/test_keys.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"

namespace postern::dkim {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Outcome = FoundKeys::Outcome;

class KeyFinderTest : public ::testing::Test {
 protected:
  std::vector<FoundKeys> Find(const std::vector<std::string>& names) {
    return runtime_->BlockOn(
        finder_.Find(names, net::Deadline::After(absl::Seconds(5))));
  }
  static std::string Txt(absl::string_view name, const PrivateKey& key) {
    return absl::StrCat(name, " TXT \"", RecordOf(key), "\"\n");
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  net::Drain drain_;
  dns::FakeResolver dns_;
  FakeClock clock_;
  KeyFinder finder_{dns_, clock_, drain_};
};

TEST_F(KeyFinderTest, FindsManyKeysAtOnce) {
  dns_.Add(Txt("a.example", TestRsaKey()));
  dns_.Add(Txt("b.example", TestEd25519Key()));
  dns_.Add("c.example SERVFAIL\nd.example TIMEOUT\ne.example A 192.0.2.1\n");
  const auto found = Find({"a.example", "b.example", "c.example", "d.example",
                           "e.example", "f.example", "a.example"});
  ASSERT_THAT(found, SizeIs(7));
  EXPECT_EQ(found[0].outcome, Outcome::kFound);
  EXPECT_EQ(found[0].records.front()->key->type(), KeyType::kRsa);
  EXPECT_EQ(found[1].records.front()->key->type(), KeyType::kEd25519);
  EXPECT_EQ(found[6].records.front()->key->type(), KeyType::kRsa);
  // DK-10
  EXPECT_EQ(found[2].outcome, Outcome::kNoAnswer);
  EXPECT_EQ(found[3].outcome, Outcome::kNoAnswer);
  EXPECT_EQ(found[4].outcome, Outcome::kNone);
  EXPECT_EQ(found[5].outcome, Outcome::kNone);
  EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(5)));
  EXPECT_THAT(Find({}), IsEmpty());
}

TEST_F(KeyFinderTest, AKeyIsKeptForAWhile) {
  dns_.Add(Txt("a.example", TestRsaKey()));
  const auto first = Find({"a.example"});
  const auto second = Find({"a.example"});
  EXPECT_THAT(dns_.questions(), SizeIs(1));
  EXPECT_EQ(first[0].records.front(), second[0].records.front());
  clock_.Advance(absl::Hours(2));
  const auto third = Find({"a.example"});
  EXPECT_THAT(dns_.questions(), SizeIs(2));
  // The same text is not read again.
  EXPECT_EQ(third[0].records.front(), first[0].records.front());
}

TEST_F(KeyFinderTest, ANewKeyIsSeenWhenTheOldOneIsOverdue) {
  dns_.Reset(Txt("a.example", TestRsaKey()));
  Find({"a.example"});
  dns_.Reset(Txt("a.example", TestEd25519Key()));
  EXPECT_EQ(Find({"a.example"})[0].records.front()->key->type(), KeyType::kRsa);
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(Find({"a.example"})[0].records.front()->key->type(),
            KeyType::kEd25519);
}

TEST_F(KeyFinderTest, AFailureIsNotKept) {
  dns_.Reset("a.example SERVFAIL\n");
  EXPECT_EQ(Find({"a.example"})[0].outcome, Outcome::kNoAnswer);
  dns_.Reset(Txt("a.example", TestRsaKey()));
  EXPECT_EQ(Find({"a.example"})[0].outcome, Outcome::kFound);
}

TEST_F(KeyFinderTest, DK09OfManyRecordsTheFirstOnesCount) {
  for (int i = 0; i < 10; ++i) dns_.Add("a.example TXT \"p=\"\n");
  EXPECT_THAT(Find({"a.example"})[0].records, SizeIs(4));
}

TEST_F(KeyFinderTest, PartsOfARecordAreOneText) {
  const std::string record = RecordOf(TestRsaKey());
  dns_.Add(absl::StrCat("a.example TXT \"", record.substr(0, 200), "\" \"",
                        record.substr(200), "\" ; secure\n"));
  const auto found = Find({"a.example"});
  EXPECT_EQ(found[0].records.front()->fault, "");
  EXPECT_TRUE(found[0].is_secure);
}

}  // namespace
}  // namespace postern::dkim
