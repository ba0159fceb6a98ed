#include "lib/dkim/rotation_list.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::dkim {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

Rotation Example() {
  return {.domain = "example.org",
          .type = KeyType::kEd25519,
          .selector = "new",
          .old_selectors = {"old", "older"},
          .path = "/etc/postern keys/new.private",
          .phase = RotationPhase::kSwitched,
          .since = kNow,
          .due = kNow + absl::Hours(24),
          .failure = ""};
}

constexpr char kLine[] =
    "example.org\ted25519\tnew\told,older\t/etc/postern keys/new.private\t"
    "switched\t2023-11-14T22:13:20+00:00\t2023-11-15T22:13:20+00:00\t\n";

TEST(RotationListTest, IsALineARotation) {
  EXPECT_THAT(RotationListText({Example()}),
              AllOf(StartsWith("# Keys"), EndsWith(kLine)));
}

TEST(RotationListTest, ComesBackAsItWasWritten) {
  Rotation failed = Example();
  failed.domain = "example.net";
  failed.type = KeyType::kRsa;
  failed.phase = RotationPhase::kPublished;
  failed.failure = "ns.example.net: REFUSED";
  EXPECT_THAT(ParseRotationList(RotationListText({Example(), failed})),
              IsOkAndHolds(ElementsAre(Example(), failed)));
  EXPECT_THAT(ParseRotationList(RotationListText({})), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(ParseRotationList(""), IsOkAndHolds(IsEmpty()));
}

TEST(RotationListTest, AFailureIsOneLineOfSomeLength) {
  Rotation failed = Example();
  failed.failure = "a\tb\nc" + std::string(1000, 'x');
  const auto list = ParseRotationList(RotationListText({failed}));
  ASSERT_EQ(list->size(), 1u);
  EXPECT_THAT(list->front().failure, StartsWith("a?b?cxx"));
  EXPECT_LT(list->front().failure.size(), 400u);
}

TEST(RotationListTest, SaysWhichLineIsWrongAndWhy) {
  struct Case {
    const char* why;
    const char* old;
    const char* now;
    const char* text;
  };
  const Case cases[] = {
      {"too few fields", "ed25519\t", "", "9 fields"},
      {"no domain", "example.org\t", "a b\t", "\"a b\" is no part"},
      {"no type", "ed25519", "dsa", "\"dsa\" is no type"},
      {"no selector", "\tnew\t", "\t\t", "\"\" is no part"},
      {"no old selector", "old,older", "old,", "\"\" is no part"},
      {"no phase", "switched", "gone", "\"gone\" is no phase"},
      {"no time", "2023-11-14", "2023-13-14", "is no time"},
      {"no due time", "2023-11-15", "x", "is no time"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(ParseRotationList("# list\n" +
                                  absl::StrReplaceAll(kLine, {{c.old, c.now}})),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(StartsWith("line 2: "), HasSubstr(c.text))));
  }
}

TEST(RotationListTest, IsBesideTheKeyTable) {
  EXPECT_EQ(RotationListPath("/etc/keytable"), "/etc/keytable.rotations");
}

}  // namespace
}  // namespace postern::dkim
