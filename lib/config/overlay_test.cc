#include "lib/config/overlay.h"

#include <string>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/config/config.h"
#include "lib/config/example.pb.h"
#include "lib/testing/status_matchers.h"

namespace postern::config {
namespace {

using ::postern::testing::IsOk;
using ::testing::ElementsAre;
using testing::Example;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Example Read(absl::string_view yaml) {
  Example config;
  EXPECT_THAT(Load(yaml, "f.yaml", config), IsOk());
  return config;
}

std::string ErrorOf(absl::string_view yaml) {
  Example config;
  return std::string(Load(yaml, "f.yaml", config).message());
}

TEST(OverlayTest, AnItemWithoutOneIsAsTheTopOfTheFile) {
  const Example config = Read("name: a\nwords: [x]\nports: [{name: p}]");
  ASSERT_EQ(config.ports_size(), 1);
  EXPECT_EQ(config.ports(0).override().name(), "a");
  EXPECT_THAT(config.ports(0).override().words(), ElementsAre("x"));
  EXPECT_EQ(config.ports(0).override().count(), 500u) << "a default";
  EXPECT_THAT(config.ports(0).override().ports(), IsEmpty());
}

TEST(OverlayTest, ReplacesFieldsAsAWhole) {
  const Example config = Read(
      "name: a\nwords: [x, y]\nrule: {delay: 1s, text: z}\n"
      "ports:\n"
      "  - override: {words: [w], rule: {delay: 2s}}\n"
      "  - override: {name: b}\n");
  const Example& first = config.ports(0).override();
  EXPECT_EQ(first.name(), "a");
  EXPECT_THAT(first.words(), ElementsAre("w"));
  EXPECT_EQ(first.rule().delay().seconds(), 2);
  EXPECT_EQ(first.rule().text(), "hello: world") << "the default";
  const Example& second = config.ports(1).override();
  EXPECT_EQ(second.name(), "b");
  EXPECT_THAT(second.words(), ElementsAre("x", "y"));
  EXPECT_EQ(config.name(), "a");
}

TEST(OverlayTest, APresetComesBetweenTheTopAndWhatIsWritten) {
  const Example config = Read(
      "mode: enforce\nwords: [x]\n"
      "ports:\n"
      "  - {role: watched}\n"
      "  - {role: watched, override: {words: [x]}}\n"
      "  - {role: plain}\n");
  EXPECT_EQ(config.ports(0).override().mode(), Example::MODE_MONITOR);
  EXPECT_THAT(config.ports(0).override().words(),
              ElementsAre("watched", "twice"));
  EXPECT_EQ(config.ports(1).override().mode(), Example::MODE_MONITOR);
  EXPECT_THAT(config.ports(1).override().words(), ElementsAre("x"));
  EXPECT_EQ(config.ports(2).override().mode(), Example::MODE_ENFORCE);
  EXPECT_TRUE(IsPreset(config.ports(0), "words"));
  EXPECT_FALSE(IsPreset(config.ports(0), "name"));
  EXPECT_FALSE(IsPreset(config.ports(2), "words"));
}

TEST(OverlayTest, IsPrintedAsWhatItChanges) {
  const std::string yaml =
      "name: a\nwords: [x]\n"
      "ports:\n"
      "  - override: {name: b}\n"
      "  - {role: watched, override: {words: [x]}}\n"
      "  - {}\n";
  const std::string printed = Print(Read(yaml));
  EXPECT_THAT(printed, HasSubstr("    override:\n      name: b\n  - name:"));
  EXPECT_THAT(printed, HasSubstr("    override:\n"
                                 "      mode: monitor\n"
                                 "      words:\n        - x\n"));
  EXPECT_THAT(printed, HasSubstr("    override: {}\n"));
  EXPECT_EQ(Print(Read(printed)), printed);
}

TEST(OverlayTest, ErrorsNameTheItemAndTheField) {
  struct Case {
    const char* why;
    const char* yaml;
    const char* error;
  };
  const Case cases[] = {
      {"an unknown field", "ports:\n  - override:\n      nam: a",
       "f.yaml:3:7: ports[0].override.nam: unknown field; did you mean "
       "\"name\"?"},
      {"a wrong value", "ports:\n  - {}\n  - override: {count: 1001}",
       "f.yaml:3:23: ports[1].override.count: "},
      {"twice the same field",
       "name: c\nports: [{override: {name: a, name: b}}]",
       "f.yaml:2:30: ports[0].override.name: is set twice"},
      {"one for the whole program", "ports: [{override: {store_name: a}}]",
       "f.yaml:1:21: ports[0].override.store_name: is one for the whole "
       "program: it belongs at the top of the file"},
      {"an overlay in an overlay", "ports: [{override: {ports: []}}]",
       "ports[0].override.ports: is one for the whole program"},
      {"no block", "ports: [{override: 5}]",
       "f.yaml:1:20: ports[0].override: a block of fields is wanted here"},
      {"a mistake at the top is not one of the item",
       "ports: [{override: {name: a}}]\ncount: 1001", "f.yaml:2:8: count: "},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(ErrorOf(c.yaml), HasSubstr(c.error));
  }
  EXPECT_THAT(ErrorOf("ports: [{override: {name: a}}]\ncount: 1001"),
              Not(HasSubstr("override")));
}

TEST(OverlayTest, NothingWrittenIsNothingChanged) {
  EXPECT_EQ(Read("name: a\nports: [{override: }]").ports(0).override().name(),
            "a");
  EXPECT_THAT(Read("ports: []").ports(), IsEmpty());
}

}  // namespace
}  // namespace postern::config
