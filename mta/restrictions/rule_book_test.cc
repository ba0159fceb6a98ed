#include "mta/restrictions/rule_book.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/config/config.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::restrictions {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using Effect = Rule::Effect;

config::v1::Mta Config() {
  config::v1::Mta config;
  EXPECT_THAT(config::ApplyDefaults(config), IsOk());
  return config;
}

class RuleBookTest : public ::testing::Test {
 protected:
  absl::StatusOr<RuleList> Read(absl::string_view text,
                                absl::string_view table_rule = "") {
    return book_->Read(text, table_rule);
  }

  std::unique_ptr<RuleBook> book_ = RuleBook::Create(Config(), {}).value();
};

TEST_F(RuleBookTest, ReadsAListAsMainCfHasIt) {
  const absl::StatusOr<RuleList> list = Read(
      "permit_mynetworks, warn_if_reject Reject_unauth_destination\n"
      "check_policy_service { unix:/p, timeout=5s } sleep 1 reject");
  ASSERT_THAT(list, IsOk());
  ASSERT_THAT(list->entries, SizeIs(5));
  EXPECT_FALSE(list->entries[0].warn_if_reject);
  EXPECT_TRUE(list->entries[1].warn_if_reject);
  EXPECT_EQ(list->entries[2].name, "check_policy_service");
  EXPECT_EQ(list->entries[4].name, "reject");
}

TEST_F(RuleBookTest, SaysWhatIsWrong) {
  struct Case {
    const char* text;
    const char* want;
  };
  const Case cases[] = {
      {"", "empty restriction"},
      {"warn_if_reject", "needs a restriction"},
      {"permit_mynetwork", "did you mean \"permit_mynetworks\"?"},
      {"reject_unauth_destinations",
       "did you mean \"reject_unauth_destination\"?"},
      {"check_policy_servic inet:x", "did you mean \"check_policy_service\"?"},
      {"check_policy_service", "check_policy_service needs an argument"},
      {"check_policy_service inet:127.0.0.1", "check_policy_service: "},
      {"check_policy_service { unix:/p", "not closed"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Read(c.text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.want)))
        << c.text;
  }
  EXPECT_THAT(Read("xyzzy"), StatusIs(absl::StatusCode::kInvalidArgument,
                                      Not(HasSubstr("did you mean"))));
}

TEST_F(RuleBookTest, OnceSealedNothingNewIsOpened) {
  EXPECT_THAT(Read("check_policy_service unix:/p"), IsOk());
  book_->Seal();
  EXPECT_THAT(Read("permit_mynetworks, reject"), IsOk());
  EXPECT_FALSE(Read("check_policy_service unix:/q").ok());
}

TEST_F(RuleBookTest, ClassesAreNamesForLists) {
  config::v1::Mta config = Config();
  (*config.mutable_smtpd_restriction_classes())["strict"] =
      "mild, reject_unauth_destination";
  (*config.mutable_smtpd_restriction_classes())["mild"] = "permit_mynetworks";
  const auto book = RuleBook::Create(config, {});
  ASSERT_THAT(book, IsOk());
  const absl::StatusOr<RuleList> list =
      (*book)->Read("warn_if_reject strict, strict", "");
  ASSERT_THAT(list, IsOk());
  EXPECT_TRUE(list->entries[0].warn_if_reject);
  ASSERT_NE(list->entries[1].nested, nullptr);
  EXPECT_THAT(list->entries[1].nested->entries, SizeIs(2));
  EXPECT_EQ(RuleBook::EffectOf(*list), Effect::kRefusesStrangers);
  EXPECT_THAT((*book)->Read("strikt", ""),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("did you mean \"strict\"?")));
}

TEST_F(RuleBookTest, MistakesInClassesNameTheClass) {
  struct Case {
    const char* name;
    const char* text;
    const char* want;
  };
  const Case cases[] = {
      {"strict", "rejct", "smtpd_restriction_classes[strict]: unknown"},
      {"strict", "", "smtpd_restriction_classes[strict]: empty"},
      {"reject", "permit", "cannot be the name of a class"},
      {"warn_if_reject", "permit", "cannot be the name of a class"},
      {"a:b", "permit", "cannot be the name of a class"},
  };
  for (const Case& c : cases) {
    config::v1::Mta config = Config();
    (*config.mutable_smtpd_restriction_classes())[c.name] = c.text;
    EXPECT_THAT(RuleBook::Create(config, {}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.want)))
        << c.name;
  }
}

TEST_F(RuleBookTest, KnowsWhatAListDoesToStrangers) {
  struct Case {
    const char* list;
    Effect want;
  };
  const Case cases[] = {
      {"permit_mynetworks", Effect::kDepends},
      {"permit_mynetworks, reject_unauth_destination, permit",
       Effect::kRefusesStrangers},
      {"defer_unauth_destination", Effect::kRefusesStrangers},
      {"permit, reject", Effect::kPermitsEverybody},
      {"warn_if_reject reject", Effect::kDepends},
      {"warn_if_reject reject, permit", Effect::kPermitsEverybody},
      {"defer_if_permit", Effect::kRefusesStrangers},
      {"defer_if_reject", Effect::kDepends},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(RuleBook::EffectOf(Read(c.list).value()), c.want) << c.list;
  }
}

TEST_F(RuleBookTest, AClassThatNamesItselfIsBounded) {
  config::v1::Mta config = Config();
  (*config.mutable_smtpd_restriction_classes())["loop"] = "loop";
  const auto book = RuleBook::Create(config, {});
  ASSERT_THAT(book, IsOk());
  EXPECT_EQ(RuleBook::EffectOf((*book)->Read("loop", "").value()),
            Effect::kDepends);
}

}  // namespace
}  // namespace postern::mta::restrictions
