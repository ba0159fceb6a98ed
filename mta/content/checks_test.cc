#include "mta/content/checks.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/config/config.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::content {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

absl::StatusOr<Checks> ChecksOf(absl::string_view yaml) {
  config::v1::Mta config;
  const absl::Status loaded =
      config::Load(std::string(yaml), "mta.yaml", config);
  EXPECT_THAT(loaded, IsOk());
  return Checks::FromConfig(config, "mx.example.org", {});
}

class ChecksTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::optional<std::string>> Find(const Checks& checks,
                                                  CheckList list,
                                                  const std::string& line) {
    return runtime_->BlockOn(checks.Find(list, line));
  }

  const testing::TempDir dir_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(ChecksTest, WithoutTablesNothingIsLookedAt) {
  const Checks checks = ChecksOf("").value();
  for (int i = 0; i < kCheckListCount; ++i) {
    EXPECT_FALSE(checks.Has(static_cast<CheckList>(i)));
  }
  EXPECT_FALSE(checks.splitting().has_parts);
  EXPECT_EQ(checks.splitting().line_bytes, 0);
  EXPECT_EQ(checks.authserv_id(), "mx.example.org");
}

TEST_F(ChecksTest, PartsAndNestedMessagesHaveTheChecksOfTheMessageUnlessSet) {
  Checks checks = ChecksOf("header_checks: ['static:INFO a']").value();
  EXPECT_TRUE(checks.Has(CheckList::kMimeHeader));
  EXPECT_THAT(Find(checks, CheckList::kNestedHeader, "x"),
              IsOkAndHolds(Optional(Eq("INFO a"))));
  EXPECT_TRUE(checks.splitting().has_parts);

  checks = ChecksOf(
               "header_checks: ['static:INFO a']\n"
               "mime_header_checks: []\n"
               "nested_header_checks: ['static:INFO b']")
               .value();
  EXPECT_FALSE(checks.Has(CheckList::kMimeHeader));
  EXPECT_THAT(Find(checks, CheckList::kNestedHeader, "x"),
              IsOkAndHolds(Optional(Eq("INFO b"))));
}

TEST_F(ChecksTest, TheFirstTableThatKnowsTheLineAnswers) {
  const Checks checks =
      ChecksOf("body_checks: ['inline:{a=INFO}', 'inline:{a=WARN,b=HOLD}']")
          .value();
  EXPECT_THAT(Find(checks, CheckList::kBody, "a"),
              IsOkAndHolds(Optional(Eq("INFO"))));
  EXPECT_THAT(Find(checks, CheckList::kBody, "b"),
              IsOkAndHolds(Optional(Eq("HOLD"))));
  EXPECT_THAT(Find(checks, CheckList::kBody, "c"),
              IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_EQ(checks.splitting().line_bytes, 51200);
}

TEST_F(ChecksTest, ATableThatCannotBeAskedIsAnError) {
  const Checks checks = ChecksOf("body_checks: ['fail:away']").value();
  EXPECT_FALSE(Find(checks, CheckList::kBody, "a").ok());
}

TEST_F(ChecksTest, FieldsHaveTheirLists) {
  struct Case {
    HeaderKind kind;
    const char* field;
    CheckList list;
  };
  const Case cases[] = {
      {HeaderKind::kMessage, "Subject", CheckList::kHeader},
      {HeaderKind::kMessage, "content-TYPE", CheckList::kMimeHeader},
      {HeaderKind::kMessage, "MIME-Version", CheckList::kMimeHeader},
      {HeaderKind::kPart, "Subject", CheckList::kMimeHeader},
      {HeaderKind::kNested, "Subject", CheckList::kNestedHeader},
      {HeaderKind::kNested, "Content-ID", CheckList::kMimeHeader},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(CheckListOf(c.kind, c.field), c.list) << c.field;
  }
}

TEST_F(ChecksTest, WhatCannotBeDoneIsAnErrorInTheConfiguration) {
  const std::string path = dir_.path() + "/checks";
  ASSERT_THAT(WriteFile(path, "/a/ REJECT\n/b/ FILTER smtp:x\n"), IsOk());
  struct Case {
    std::string yaml;
    std::string error;
  };
  const Case cases[] = {
      {"header_checks: ['regexp:" + path + "']",
       "header_checks: regexp:" + path + ":2: FILTER is not offered"},
      {"body_checks: ['inline:{{a=DELAY 1h}}']",
       "body_checks: inline:{{a=DELAY 1h}}: DELAY is not offered"},
      {"nested_header_checks: ['static:PREPEND x']",
       "nested_header_checks: static:PREPEND x: PREPEND needs a header field"},
      {"mime_header_checks: ['regexp:/nowhere']", "mime_header_checks: "},
      {"header_checks: ['$header_checks']", "header_checks: "},
      {"authserv_id: a b", "authserv_id: \"a b\" is not a host name"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.yaml);
    EXPECT_THAT(ChecksOf(c.yaml), StatusIs(absl::StatusCode::kInvalidArgument,
                                           HasSubstr(c.error)));
  }
}

}  // namespace
}  // namespace postern::mta::content
