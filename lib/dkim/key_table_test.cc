#include "lib/dkim/key_table.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::dkim {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

absl::StatusOr<KeyTable> Read(absl::string_view text) {
  return KeyTable::Create(DataSet::ParseFile(text, "/etc/dkim/key.table",
                                             /*has_patterns=*/false));
}

TEST(KeyTableTest, AKeyIsADomainASelectorAndAPlace) {
  const auto table = Read(
      "falcot  Falcot.com:mail:/etc/keys/mail.private\n"
      "here    falcot.com:mail:./mail.private\n"
      "any     %:mail:/etc/keys/%/mail.private\n"
      "inline  falcot.com:mail:MIIBOgIBAAJBAK\n");
  ASSERT_THAT(table, IsOk());
  ASSERT_THAT(table->Find("falcot"), SizeIs(1));
  EXPECT_EQ(table->Find("falcot")[0].domain, "falcot.com");
  EXPECT_EQ(table->Find("falcot")[0].selector, "mail");
  EXPECT_EQ(table->Find("falcot")[0].key.path, "/etc/keys/mail.private");
  EXPECT_EQ(table->Find("here")[0].key.path, "/etc/dkim/./mail.private");
  EXPECT_EQ(table->Find("any")[0].domain, "%");
  EXPECT_THAT(table->Find("inline")[0].key.path, IsEmpty());
  EXPECT_EQ(table->Find("inline")[0].key.text, "MIIBOgIBAAJBAK");
  EXPECT_THAT(table->Find("other"), IsEmpty());
}

TEST(KeyTableTest, ANameMayHaveSeveralKeys) {
  const auto table = Read(
      "k falcot.com:rsa:/k/rsa.private:rsa-sha256\n"
      "k falcot.com:ed:/k/ed.private:ed25519-sha256\n");
  ASSERT_THAT(table, IsOk());
  ASSERT_THAT(table->Find("k"), SizeIs(2));
  EXPECT_EQ(table->Find("k")[0].key.path, "/k/rsa.private");
  EXPECT_EQ(table->Find("k")[1].key.path, "/k/ed.private");
}

TEST(KeyTableTest, ABrokenLineIsNamed) {
  struct Case {
    const char* line;
    const char* what;
  };
  const Case cases[] = {
      {"k", "domain:selector:key"},
      {"k falcot.com:mail", "domain:selector:key"},
      {"k falcot.com:mail:", "domain:selector:key"},
      {"k fal/cot:mail:/x", "is no domain"},
      {"k falcot..com:mail:/x", "is no domain"},
      {"k falcot.com:../x:/x", "is no selector"},
      {"k %%:mail:/x", "is no domain"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Read("ok falcot.com:mail:/x\n" + std::string(c.line) + "\n"),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.what)))
        << c.line;
    EXPECT_THAT(Read(c.line), StatusIs(absl::StatusCode::kInvalidArgument,
                                       HasSubstr("/etc/dkim/key.table:1: ")));
  }
}

}  // namespace
}  // namespace postern::dkim
