#include "lib/dns/tsig_key_file.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::dns {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(TsigKeyFileTest, ReadsWhatTsigKeygenWrites) {
  const auto key = ParseTsigKeyFile(
      "key \"Postern.Example\" {\n"
      "\talgorithm hmac-sha512;\n"
      "\tsecret \"c2VjcmV0\";\n"
      "};\n");
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(key->name, "postern.example");
  EXPECT_EQ(key->hash, net::KeyedDigest::Hash::kSha512);
  EXPECT_EQ(key->secret, "secret");
}

TEST(TsigKeyFileTest, CommentsAndOtherBlanksDoNotMatter) {
  const auto key = ParseTsigKeyFile(
      "# who may\n/* change\n the zone */ key a.{secret c2VjcmV0;//x\n"
      "algorithm HMAC-SHA256;};");
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(key->name, "a");
  EXPECT_EQ(key->hash, net::KeyedDigest::Hash::kSha256);
  EXPECT_EQ(key->secret, "secret");
}

TEST(TsigKeyFileTest, SaysWhereAndWhatIsWrong) {
  struct Case {
    const char* why;
    std::string text;
    const char* line;
    const char* what;
  };
  const Case cases[] = {
      {"nothing", "", "line 1:", "\"key\" is expected here"},
      {"something else", "\nzone x {};", "line 2:", "not \"zone\""},
      {"no name", "key", "line 1:", "\"\" is no name"},
      {"a name with a line break", "key \"a\nb\" {", "line 2:", "is no name"},
      {"an old algorithm", "key a {\nalgorithm hmac-md5;",
       "line 2:", "hmac-sha256 or hmac-sha512"},
      {"a secret that is none", "key a { secret \"*\";", "line 1:", "base64"},
      {"an empty secret", "key a { secret \"\";", "line 1:", "base64"},
      {"no semicolon", "key a { secret \"YQ==\" }", "line 1:", "\";\""},
      {"another word", "key a { server 1;", "line 1:", "\"server\""},
      {"no secret", "key a { algorithm hmac-sha256; };",
       "line 1:", "no algorithm or no secret"},
      {"no algorithm", "key a { secret \"YQ==\"; };",
       "line 1:", "no algorithm or no secret"},
      {"no end", "key a { secret \"YQ==\"; algorithm hmac-sha256;",
       "line 1:", "\"\": a key has"},
      {"a string without end", "key \"a", "line 1:", "\"{\" is expected"},
      {"a comment without end", "key a /* {", "line 1:", "\"{\" is expected"},
      {"two keys",
       "key a { secret \"YQ==\"; algorithm hmac-sha256; };\nkey b {};",
       "line 2:", "more than one key"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(ParseTsigKeyFile(c.text),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(StartsWith(c.line), HasSubstr(c.what))));
  }
}

}  // namespace
}  // namespace postern::dns
