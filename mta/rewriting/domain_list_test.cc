#include "mta/rewriting/domain_list.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::rewriting {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::StartsWith;

class DomainListTest : public ::testing::Test {
 protected:
  absl::StatusOr<DomainList> Open(const std::vector<std::string>& items) {
    google::protobuf::RepeatedPtrField<std::string> field(items.begin(),
                                                          items.end());
    return DomainList::Open("relay_domains", field);
  }

  bool Contains(const std::vector<std::string>& items, std::string domain) {
    const DomainList list = Open(items).value();
    return runtime_->BlockOn(list.Contains(std::move(domain))).value();
  }

  testing::TempDir dir_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(DomainListTest, ADomainIsInItOrNot) {
  struct Case {
    const char* why;
    std::string item;
    const char* domain;
    bool is_in;
  };
  const Case cases[] = {
      {"the same", "example.org", "example.org", true},
      {"other letters' case", "Example.ORG", "eXample.org", true},
      {"a dot at the end", "example.org", "example.org.", true},
      {"below", "example.org", "sub.example.org", false},
      {"only what is below", ".example.org", "example.org", false},
      {"what is below", ".example.org", "a.b.example.org", true},
      {"not at a dot", ".example.org", "anexample.org", false},
      {"an address", "[192.0.2.1]", "[192.0.2.1]", true},
      {"in a table", "inline:{ {example.org = x} }", "EXAMPLE.org", true},
      {"not in the table", "inline:{ {example.org = x} }", "example.com",
       false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Contains({"other.example", c.item}, c.domain), c.is_in) << c.why;
  }
  EXPECT_FALSE(Contains({}, "example.org"));
}

TEST_F(DomainListTest, AFileHasMoreItems) {
  const std::string path = dir_.path() + "/domains";
  ASSERT_THAT(WriteFile(path,
                        "# ours\na.example b.example\n\n .c.example, "
                        "inline:{d.example=x}\n"),
              IsOk());
  for (const char* domain :
       {"a.example", "b.example", "x.c.example", "d.example"}) {
    EXPECT_TRUE(Contains({path}, domain)) << domain;
  }
  EXPECT_FALSE(Contains({path}, "ours"));
}

TEST_F(DomainListTest, NamesTheFieldAtFault) {
  for (const char* item : {"a b", "", ".", "$myhostname", "hash:/nonexistent",
                           "/nonexistent", "nokind:x"}) {
    EXPECT_THAT(Open({item}).status(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         StartsWith("relay_domains: ")))
        << item;
  }
}

TEST_F(DomainListTest, ATableHasAKindAndAName) {
  EXPECT_TRUE(IsTableName("hash:/etc/x"));
  EXPECT_TRUE(IsTableName("inline:{a=b}"));
  EXPECT_FALSE(IsTableName("example.org"));
  EXPECT_FALSE(IsTableName("[IPv6:2001:db8::1]"));
  EXPECT_FALSE(IsTableName("/a:b"));
  EXPECT_FALSE(IsTableName(":x"));
}

}  // namespace
}  // namespace postern::mta::rewriting
