// What the tests of published collections for DKIM and ARC share: their files,
// a DNS, and messages verified.

#ifndef POSTERN_TESTS_CONFORMANCE_DKIM_SUITE_H_
#define POSTERN_TESTS_CONFORMANCE_DKIM_SUITE_H_

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/base/file.h"
#include "lib/config/yaml_tree.h"
#include "lib/dkim/arc_verifier.h"
#include "lib/dkim/message_text.h"
#include "lib/dkim/test_message.h"
#include "lib/dkim/verifier.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"

namespace postern::dkim {

using config::YamlNode;

// A JSON text is YAML, but for one escape.
inline YamlNode Tree(std::string text) {
  return config::ParseYaml(absl::StrReplaceAll(text, {{"\\/", "/"}})).value();
}

inline const YamlNode& At(const YamlNode& map, absl::string_view key) {
  static const YamlNode* const none = new YamlNode();
  for (const auto& entry : map.entries) {
    if (entry.key == key) return entry.value;
  }
  return *none;
}
inline std::string Text(const YamlNode& map, absl::string_view key) {
  return At(map, key).text;
}

class SuiteTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* const suites = std::getenv("POSTERN_CONFORMANCE");
    if (suites == nullptr || *suites == '\0') {
      GTEST_SKIP() << "POSTERN_CONFORMANCE does not name the suites' folder";
    }
    folder_ = suites;
  }

  std::string Read(const std::string& name) {
    return ReadFile(absl::StrCat(folder_, "/", name)).value();
  }

  // Adds a record, whatever white space is in it.
  void AddTxt(absl::string_view name, absl::string_view text) {
    const std::string line =
        absl::StrReplaceAll(text, {{"\n", " "}, {"\r", " "}});
    std::string zone = absl::StrCat(name, " TXT");
    for (size_t at = 0; at < std::max<size_t>(line.size(), 1); at += 200) {
      absl::StrAppend(&zone, " \"", absl::CEscape(line.substr(at, 200)), "\"");
    }
    dns_.Add(absl::StrCat(zone, "\n"));
  }
  void AddRecords(const YamlNode& map) {
    for (const auto& entry : map.entries) AddTxt(entry.key, entry.value.text);
  }

  std::vector<SignatureResult> Verify(absl::string_view text) {
    KeyFinder finder(dns_, clock_, drain_);
    Message message;
    const absl::string_view body = AddHeader(text, message);
    Verifier verifier(message, settings_, finder, clock_);
    AddBody(body, message, 100);
    return runtime_->BlockOn(
        verifier.Finish(net::Deadline::After(absl::Seconds(5))));
  }

  ArcResult VerifyArc(absl::string_view text) {
    KeyFinder finder(dns_, clock_, drain_);
    Message message;
    const absl::string_view body = AddHeader(text, message);
    ArcVerifier verifier(message, settings_.min_key_bits, finder);
    AddBody(body, message, 100);
    return runtime_->BlockOn(
        verifier.Finish(net::Deadline::After(absl::Seconds(5))));
  }

  std::string folder_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  net::Drain drain_;
  dns::FakeResolver dns_;
  // In 2026: no message of the collections is of a later day.
  FakeClock clock_{absl::FromUnixSeconds(1'767'225'600)};
  VerifierSettings settings_;
};

}  // namespace postern::dkim

#endif  // POSTERN_TESTS_CONFORMANCE_DKIM_SUITE_H_
