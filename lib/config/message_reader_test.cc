#include "lib/config/message_reader.h"

#include <string>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/config/example.pb.h"
#include "lib/config/yaml_tree.h"
#include "lib/testing/status_matchers.h"

namespace postern::config {
namespace {

using ::postern::testing::IsOk;
using ::testing::ElementsAre;
using testing::Example;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

Example Read(absl::string_view yaml) {
  Example message;
  EXPECT_THAT(MessageReader("f").Read(ParseYaml(yaml).value(), "", message),
              IsOk());
  return message;
}

template <typename M = Example>
std::string ErrorOf(absl::string_view yaml) {
  M message;
  return std::string(MessageReader("f.yaml")
                         .Read(ParseYaml(yaml).value(), "", message)
                         .message());
}

TEST(MessageReaderTest, FillsInTheDefaults) {
  const Example message = Read("");
  EXPECT_EQ(message.mode(), Example::MODE_ENFORCE);
  EXPECT_EQ(message.count(), 500u);
  EXPECT_EQ(message.limit(), 25 << 20);
  EXPECT_EQ(message.file_mode(), 0660u);
  EXPECT_EQ(message.delay().seconds(), 300);
  EXPECT_THAT(message.networks(), ElementsAre("127.0.0.0/8", "::1/128"));
  EXPECT_EQ(message.waits_size(), 2);
  EXPECT_EQ(message.rule().delay().seconds(), 10);
  EXPECT_EQ(message.rule().text(), "hello: world")
      << "a default is YAML, in which this must stand in quotes";
}

TEST(MessageReaderTest, LeavesOutWhatHasNoDefault) {
  const Example message = Read("");
  EXPECT_FALSE(message.has_timeout());
  EXPECT_FALSE(message.has_extra_rule());
  EXPECT_FALSE(message.has_banner());
  EXPECT_EQ(message.store_case(), Example::STORE_NOT_SET);
  EXPECT_TRUE(message.has_empty());
}

TEST(MessageReaderTest, TakesAnExplicitZeroForAValue) {
  const Example message = Read("count: 0\nnetworks: []\nrule: {text: ''}\n");
  EXPECT_EQ(message.count(), 0u);
  EXPECT_THAT(message.networks(), IsEmpty());
  EXPECT_EQ(message.rule().text(), "");
  EXPECT_EQ(message.rule().delay().seconds(), 10);
}

TEST(MessageReaderTest, ReadsBlocksListsAndMaps) {
  const Example message = Read(R"(
rules:
  - delay: 1m
  - text: second
extra_rule: {}
texts: {a: b, 'c d': ''}
numbers: {x: 1}
rules_by_name:
  first: {delay: 2m}
  second:
waits: [1s, 2s, 3s]
banner: ''
remote: {endpoint: localhost:1}
)");
  ASSERT_EQ(message.rules_size(), 2);
  EXPECT_EQ(message.rules(0).delay().seconds(), 60);
  EXPECT_EQ(message.rules(1).delay().seconds(), 10);
  EXPECT_EQ(message.rules(1).text(), "second");
  EXPECT_EQ(message.extra_rule().delay().seconds(), 10);
  EXPECT_THAT(message.texts(),
              UnorderedElementsAre(Pair("a", "b"), Pair("c d", "")));
  EXPECT_THAT(message.numbers(), ElementsAre(Pair("x", 1u)));
  EXPECT_EQ(message.rules_by_name().at("first").delay().seconds(), 120);
  EXPECT_EQ(message.rules_by_name().at("second").delay().seconds(), 10);
  EXPECT_EQ(message.waits_size(), 3);
  EXPECT_TRUE(message.has_banner());
  EXPECT_EQ(message.remote().endpoint(), "localhost:1");
}

TEST(MessageReaderTest, TakesAScalarForAListOfOne) {
  const Example message = Read("words: a\nmodes: monitor\nwaits: 9s\n");
  EXPECT_THAT(message.words(), ElementsAre("a"));
  EXPECT_THAT(message.modes(), ElementsAre(Example::MODE_MONITOR));
  ASSERT_EQ(message.waits_size(), 1);
  EXPECT_EQ(message.waits(0).seconds(), 9);
}

TEST(MessageReaderTest, SaysWhereAndWhatIsWrong) {
  struct Case {
    const char* yaml;
    const char* want;
  };
  const Case cases[] = {
      {"count: 1\nrule:\n  delya: 5m\n",
       "f.yaml:3:3: rule.delya: unknown field; did you mean \"delay\"?"},
      {"zzz: 1\n", "f.yaml:1:1: zzz: unknown field"},
      {"count: 1\nflag: no\ncount: 2\n",
       "f.yaml:3:1: count: is set twice, first on line 1"},
      {"texts: {a: b, a: c}\n",
       "f.yaml:1:15: texts.a: is set twice, first on line 1"},
      {"rules:\n  - delay: 1m\n  - delay: soon\n",
       "f.yaml:3:12: rules[1].delay: \"soon\" is not a duration such as "
       "500ms, 10s, 5m, 1h30m or 35d"},
      {"words: [a, [b]]\n", "f.yaml:1:12: words[1]: a text is wanted here"},
      {"waits: [1s, 2]\n",
       "f.yaml:1:13: waits[1]: \"2\" is not a duration "
       "such as 500ms, 10s, 5m, 1h30m or 35d"},
      {"numbers: {x: 11}\n", "f.yaml:1:14: numbers.x: must be at most 10"},
      {"texts: {\"\\x01\": b}\n",
       "f.yaml:1:9: texts.?: has a control character"},
      {"mode: watch\n",
       "f.yaml:1:7: mode: \"watch\" is not one of enforce, monitor"},
      {"count: [1]\n", "f.yaml:1:8: count: a number is wanted here"},
      {"name: {a: b}\n", "f.yaml:1:7: name: a text is wanted here"},
      {"name: ~\n", "f.yaml:1:7: name: has no value; a text is wanted here"},
      {"words: {a: b}\n",
       "f.yaml:1:8: words: a list is wanted here; [] is an empty one"},
      {"words: ~\n",
       "f.yaml:1:8: words: a list is wanted here; [] is an empty one"},
      {"texts: [a]\n",
       "f.yaml:1:8: texts: a mapping is wanted here; {} is an empty one"},
      {"rule: 5m\n", "f.yaml:1:7: rule: a block of fields is wanted here"},
      {"rules: 5m\n", "f.yaml:1:8: rules: a block of fields is wanted here"},
      {"[a]\n", "f.yaml:1:1: a block of fields is wanted here"},
      {"file: a\nremote: {endpoint: localhost:1}\n",
       "f.yaml:2:1: remote: cannot be set together with file"},
      {"remote: {}\n", "f.yaml:1:9: remote.endpoint: must be set, and is not"},
      {"remote: {endpoint: ''}\n",
       "f.yaml:1:20: remote.endpoint: must not be empty"},
  };
  for (const Case& c : cases) EXPECT_EQ(ErrorOf(c.yaml), c.want) << c.yaml;
}

TEST(MessageReaderTest, WantsRequiredFieldsOfBlocksThatAreLeftOut) {
  EXPECT_EQ(ErrorOf<testing::Required>(""),
            "f.yaml:1:1: remote.endpoint: must be set, and is not");
}

TEST(MessageReaderTest, ReportsTheFirstMistakeOfABlockInItsOwnOrder) {
  EXPECT_THAT(ErrorOf("large: x\nsmall: y\n"), HasSubstr("1:8: large"));
  EXPECT_THAT(ErrorOf("small: y\nlarge: x\n"), HasSubstr("1:8: small"));
}

TEST(MessageReaderTest, ShowsNoPeculiarLetters) {
  EXPECT_EQ(ErrorOf("\"a\\x1b\": 1\n"), "f.yaml:1:1: a?: unknown field");
}

}  // namespace
}  // namespace postern::config
