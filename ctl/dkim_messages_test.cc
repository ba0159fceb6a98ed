#include "ctl/dkim_messages.h"

#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/dkim/test_keys.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kMessage[] = "From: a@example.org\nSubject: Hi\n\nHello\n";

class DkimMessagesTest : public ::testing::Test {
 protected:
  DkimMessagesTest() {
    EXPECT_THAT(WriteFile(Path("key"), dkim::TestEd25519Key().ToPem()), IsOk());
    EXPECT_THAT(
        WriteFile(Path("records"),
                  absl::StrCat("e._domainkey.example.org. 300 IN TXT \"",
                               dkim::RecordOf(dkim::TestEd25519Key()), "\"\n")),
        IsOk());
  }

  absl::Status Run(const std::string& name, const std::string& message,
                   std::vector<std::string> arguments) {
    out_.str("");
    EXPECT_THAT(WriteFile(Path("message"), message), IsOk());
    arguments.push_back(Path("message"));
    for (const Verb& verb : DkimMessageVerbs()) {
      if (verb.name == "dkim " + name) return verb.run({arguments}, out_);
    }
    return absl::NotFoundError(name);
  }
  absl::Status Sign(const std::string& message,
                    std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.end(),
                     {"-d", "example.org", "-s", "e", "-k", Path("key")});
    return Run("sign", message, arguments);
  }
  absl::Status Verify(const std::string& message,
                      std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.end(), {"--dns-records", Path("records")});
    return Run("verify", message, arguments);
  }
  absl::Status Seal(const std::string& message) {
    return Run(
        "seal", message,
        {"-d", "example.org", "-s", "e", "-k", Path("key"), "--authserv-id",
         "mx.example", "--dns-records", Path("records")});
  }
  std::string Path(const char* name) { return dir_.path() + "/" + name; }

  const testing::TempDir dir_;
  std::ostringstream out_;
};

TEST_F(DkimMessagesTest, WhatIsSignedVerifies) {
  for (const std::string& message :
       {std::string(kMessage),
        absl::StrReplaceAll(kMessage, {{"\n", "\r\n"}})}) {
    ASSERT_THAT(Sign(message, {"-c", "relaxed/relaxed"}), IsOk());
    const std::string text = out_.str();
    EXPECT_THAT(text, StartsWith("DKIM-Signature: v=1; a=ed25519-sha256;"));
    EXPECT_THAT(text, EndsWith(message));
    ASSERT_THAT(Verify(text, {"--authserv-id", "mx.example"}), IsOk());
    EXPECT_THAT(out_.str(),
                StartsWith("Authentication-Results: mx.example;\n"
                           "\tdkim=pass (256-bit key) header.d=example.org"));
    EXPECT_THAT(Verify(absl::StrReplaceAll(text, {{"Hello", "hello"}})),
                StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(out_.str(), HasSubstr("dkim=fail"));
  }
}

TEST_F(DkimMessagesTest, TheSignatureHasTheLineEndsOfTheMessage) {
  ASSERT_THAT(Sign(kMessage), IsOk());
  EXPECT_THAT(out_.str(), Not(HasSubstr("\r")));
}

TEST_F(DkimMessagesTest, TimesCanBeSaid) {
  ASSERT_THAT(Sign(kMessage, {"--time", "1700000000", "-x", "7d", "-i",
                              "joe@example.org"}),
              IsOk());
  const std::string text = out_.str();
  EXPECT_THAT(text, HasSubstr("t=1700000000; x=1700604800;"));
  EXPECT_THAT(text, HasSubstr("i=joe@example.org;"));
  EXPECT_THAT(Verify(text), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(out_.str(), HasSubstr("has expired"));
  EXPECT_THAT(Verify(text, {"--time", "2023-11-15T00:00:00Z"}), IsOk());
}

TEST_F(DkimMessagesTest, AMessageMayHaveNoSignature) {
  EXPECT_THAT(Verify(kMessage), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(out_.str(), "Authentication-Results: localhost;\n\tdkim=none\n");
}

TEST_F(DkimMessagesTest, WhatIsSealedVerifiesAndCanBeSealedAgain) {
  ASSERT_THAT(Seal(kMessage), IsOk());
  const std::string once = out_.str();
  EXPECT_THAT(once, StartsWith("ARC-Seal: a=ed25519-sha256;"));
  EXPECT_THAT(once, HasSubstr("cv=none;"));
  EXPECT_THAT(once, HasSubstr("ARC-Authentication-Results: i=1; mx.example;"));
  EXPECT_THAT(once, EndsWith(kMessage));
  EXPECT_THAT(once, Not(HasSubstr("\r")));
  ASSERT_THAT(Seal(once), IsOk());
  const std::string twice = out_.str();
  EXPECT_THAT(twice, HasSubstr("arc=pass (i=1) header.d=example.org"));
  EXPECT_THAT(Verify(twice), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(out_.str(), HasSubstr("arc=pass (i=2)"));
}

TEST_F(DkimMessagesTest, ABrokenChainIsSealedAsThatAndThenNoMore) {
  ASSERT_THAT(Seal(kMessage), IsOk());
  const std::string changed =
      absl::StrReplaceAll(out_.str(), {{"Hello", "hello"}});
  ASSERT_THAT(Seal(changed), IsOk());
  const std::string failed = out_.str();
  EXPECT_THAT(failed, HasSubstr("cv=fail;"));
  EXPECT_THAT(Seal(failed), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(DkimMessagesTest, OneKeySeals) {
  EXPECT_THAT(Run("seal", kMessage, {"-d", "a", "-s", "b"}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "one key seals: -k says where it is"));
}

TEST_F(DkimMessagesTest, ArgumentsThatMakeNoSenseAreSaid) {
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(Sign(kMessage, {"-c", "nofws"}), StatusIs(kInvalid));
  EXPECT_THAT(Sign(kMessage, {"-x", "soon"}), StatusIs(kInvalid));
  EXPECT_THAT(Sign(kMessage, {"--time", "soon"}), StatusIs(kInvalid));
  EXPECT_THAT(Run("sign", kMessage, {"-d", "a", "-s", "b"}),
              StatusIs(kInvalid, "-k says where the key is"));
  EXPECT_THAT(Sign("Subject: x\n\n"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace postern::ctl
