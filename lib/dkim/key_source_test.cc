#include "lib/dkim/key_source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::dkim {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::postern::testing::TempDir;
using ::testing::HasSubstr;

void Write(const std::string& path, int mode = 0600) {
  ASSERT_THAT(MakeDirectories(path.substr(0, path.rfind('/'))), IsOk());
  ASSERT_THAT(WriteFile(path, "key", mode), IsOk());
  ASSERT_EQ(::chmod(path.c_str(), mode), 0);
}

KeySource PerDomain(const TempDir& folder) {
  return {.path = folder.path() + "/keys/%/mail.private"};
}

// What comes of the key of `domain`.
absl::StatusOr<std::string> ReadFor(const KeySource& source,
                                    absl::string_view domain) {
  const absl::StatusOr<KeySource> key = source.ForDomain(domain);
  if (!key.ok()) return key.status();
  return ReadKeyText(*key, /*safe=*/true);
}

TEST(KeySourceTest, TheDomainStandsInForThePercentSign) {
  const TempDir folder;
  Write(folder.path() + "/keys/falcot.com/mail.private");
  EXPECT_THAT(ReadFor(PerDomain(folder), "Falcot.COM"), IsOkAndHolds("key"));
  EXPECT_THAT(ReadFor(PerDomain(folder), "example.org"),
              StatusIs(absl::StatusCode::kNotFound));
}

// DK-17.
TEST(KeySourceTest, OnlyADomainBecomesPartOfAPath) {
  const TempDir folder;
  Write(folder.path() + "/etc/x/mail.private");
  Write(folder.path() + "/keys/falcot.com/mail.private");
  for (const char* domain :
       {"../etc/x", "..", ".", "", "falcot.com/../falcot.com", "a..b", ".a",
        "falcot.com.", "falcot com", "falcot.com%00", "fal\xc3\xa9.com"}) {
    EXPECT_THAT(ReadFor(PerDomain(folder), domain),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << domain;
  }
}

// DK-17.
TEST(KeySourceTest, LinksMustStayBelowTheFolderOfTheKeys) {
  const TempDir folder;
  Write(folder.path() + "/outside/mail.private");
  Write(folder.path() + "/keys/..data/mail.private");
  const auto link = [&](const std::string& to, const std::string& name) {
    ASSERT_EQ(::symlink(to.c_str(), (folder.path() + "/keys/" + name).c_str()),
              0);
  };
  link("../outside", "out.example");
  link(folder.path() + "/outside", "far.example");
  link("..data", "in.example");
  EXPECT_THAT(ReadFor(PerDomain(folder), "in.example"), IsOkAndHolds("key"));
  for (const char* domain : {"out.example", "far.example"}) {
    EXPECT_THAT(ReadFor(PerDomain(folder), domain),
                StatusIs(absl::StatusCode::kPermissionDenied,
                         HasSubstr("leads out of")));
  }
  // A path that names the file is the operator's own.
  EXPECT_THAT(
      ReadKeyText({.path = folder.path() + "/keys/out.example/mail.private"},
                  /*safe=*/true),
      IsOkAndHolds("key"));
}

TEST(KeySourceTest, AKeyThatOthersMayReadIsRefused) {
  const TempDir folder;
  struct Case {
    int mode;
    bool is_safe;
  };
  for (const Case c :
       {Case{0600, true}, Case{0400, true}, Case{0440, true}, Case{0644, false},
        Case{0620, false}, Case{0604, false}, Case{0601, false}}) {
    const std::string path =
        folder.path() + "/" + std::to_string(c.mode) + ".private";
    Write(path, c.mode);
    const auto text = ReadKeyText({.path = path}, /*safe=*/true);
    if (c.is_safe) {
      EXPECT_THAT(text, IsOkAndHolds("key")) << std::oct << c.mode;
    } else {
      EXPECT_THAT(text, StatusIs(absl::StatusCode::kPermissionDenied))
          << std::oct << c.mode;
    }
    EXPECT_THAT(ReadKeyText({.path = path}, /*safe=*/false),
                IsOkAndHolds("key"));
  }
}

TEST(KeySourceTest, OnlyAFileIsAKey) {
  const TempDir folder;
  EXPECT_THAT(ReadKeyText({.path = folder.path()}, /*safe=*/true),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(ReadKeyText({.path = "/dev/zero"}, /*safe=*/false),
              StatusIs(absl::StatusCode::kPermissionDenied));
  ASSERT_THAT(WriteFile(folder.path() + "/big", std::string(70'000, 'x'), 0600),
              IsOk());
  EXPECT_THAT(ReadKeyText({.path = folder.path() + "/big"}, /*safe=*/true),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(KeySourceTest, AKeyMayStandInTheTable) {
  EXPECT_THAT(ReadKeyText({.text = "MIIB"}, /*safe=*/true),
              IsOkAndHolds("MIIB"));
}

}  // namespace
}  // namespace postern::dkim
