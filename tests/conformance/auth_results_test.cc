// The collection authres: Authentication-Results of RFC 7601 and 8601, appendix
// B, and what they say.

#include "lib/mail/auth_results.h"

#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/config/yaml_tree.h"
#include "lib/mail/header.h"

namespace postern::mail {
namespace {

// What `path` names: "resinfo[0].properties.smtp.mailfrom".
std::string Value(const AuthResults& all, absl::string_view path) {
  if (path == "authserv_id") return all.authserv_id;
  if (path == "authres_version") return absl::StrCat(all.version);
  if (path == "resinfo.length") return absl::StrCat(all.results.size());
  const size_t close = path.find(']');
  size_t index = 0;
  if (!absl::SimpleAtoi(path.substr(8, close - 8), &index)) return "?";
  if (index >= all.results.size()) return "none";
  const AuthResults::Result& result = all.results[index];
  const absl::string_view name = path.substr(close + 2);
  if (name == "method") return result.method;
  if (name == "method_version") return absl::StrCat(result.method_version);
  if (name == "result") return result.result;
  if (name == "reason") return result.reason;
  const std::vector<std::string> parts = absl::StrSplit(name, '.');
  return parts.size() == 3 ? std::string(result.Value(parts[1], parts[2]))
                           : "?";
}

TEST(AuthResultsConformanceTest, FieldsSayWhatTheySay) {
  const char* const suites = std::getenv("POSTERN_CONFORMANCE");
  if (suites == nullptr || *suites == '\0') {
    GTEST_SKIP() << "POSTERN_CONFORMANCE does not name the suites' folder";
  }
  const auto text =
      ReadFile(absl::StrCat(suites, "/authres/rfc7601-8601-appendix-b.json"));
  const auto cases = config::ParseYaml(text.value());
  ASSERT_TRUE(cases.ok()) << cases.status();
  EXPECT_GE(cases->items.size(), 11u);
  for (const config::YamlNode& one : cases->items) {
    std::string header;
    const config::YamlNode* expect = nullptr;
    for (const auto& entry : one.entries) {
      if (entry.key == "header") header = entry.value.text;
      if (entry.key == "expect") expect = &entry.value;
    }
    ASSERT_NE(expect, nullptr);
    const auto all = AuthResults::Parse(FieldValue(header));
    ASSERT_TRUE(all.ok()) << header << all.status();
    for (const auto& want : expect->entries) {
      EXPECT_EQ(Value(*all, want.key), want.value.text) << header << want.key;
    }
  }
}

}  // namespace
}  // namespace postern::mail
