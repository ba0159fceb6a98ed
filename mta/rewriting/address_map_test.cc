#include "mta/rewriting/address_map.h"

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

class AddressMapTest : public ::testing::Test {
 protected:
  AddressMap Open(const std::vector<std::string>& specs) {
    google::protobuf::RepeatedPtrField<std::string> field(specs.begin(),
                                                          specs.end());
    return AddressMap::Open("canonical_maps", field, "+").value();
  }

  // Returns "value" or "value (+extension)"; "none".
  std::string Find(const std::vector<std::string>& specs,
                   absl::string_view address, bool is_local = false) {
    const AddressMap map = Open(specs);
    const auto match = runtime_->BlockOn(
        map.Find(mail::Address::Parse(address).value(), is_local));
    if (!match.ok()) return std::string(match.status().message());
    if (!*match) return "none";
    return (*match)->extension.empty()
               ? (*match)->value
               : absl::StrCat((*match)->value, " (", (*match)->extension, ")");
  }

  testing::TempDir dir_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(AddressMapTest, TheMostExactKeyCounts) {
  const std::string all[] = {"a+x@example.org=1", "a@example.org=2", "a+x=3",
                             "a=4", "@example.org=5"};
  const char* want[] = {"1", "2 (+x)", "3", "4 (+x)", "5"};
  for (size_t left_out = 0; left_out < 5; ++left_out) {
    std::string table = "inline:{";
    for (size_t i = left_out; i < 5; ++i) {
      absl::StrAppend(&table, "{", all[i], "} ");
    }
    EXPECT_EQ(Find({table + "}"}, "A+x@Example.org", true), want[left_out]);
  }
}

TEST_F(AddressMapTest, OnlyALocalAddressIsFoundWithoutItsDomain) {
  EXPECT_EQ(Find({"inline:{a=1}"}, "a@example.org", true), "1");
  EXPECT_EQ(Find({"inline:{a=1}"}, "a@example.org", false), "none");
}

TEST_F(AddressMapTest, AKeyIsAskedOfEveryTableBeforeTheNextKey) {
  EXPECT_EQ(Find({"inline:{@example.org=all}", "inline:{a@example.org=a}"},
                 "a@example.org"),
            "a");
  EXPECT_EQ(Find({"inline:{a@example.org=1}", "inline:{a@example.org=2}"},
                 "a@example.org"),
            "1");
}

TEST_F(AddressMapTest, APatternSeesTheAddressAsItIs) {
  const std::string path = dir_.path() + "/patterns";
  ASSERT_THAT(WriteFile(path, "/^@example/ catch-all\n/^b$/ user\n/^c@/ c\n"),
              IsOk());
  EXPECT_EQ(Find({"regexp:" + path}, "a@example.org", true), "none");
  EXPECT_EQ(Find({"regexp:" + path}, "b@example.org", true), "none");
  EXPECT_EQ(Find({"regexp:" + path}, "c@example.org", true), "c");
}

TEST_F(AddressMapTest, AQuotedAddressIsAskedForInQuotes) {
  EXPECT_EQ(
      Find({"inline:{ {\"a b\"@example.org = 1} }"}, "\"a b\"@example.org"),
      "1");
}

TEST_F(AddressMapTest, NamesTheFieldAtFault) {
  google::protobuf::RepeatedPtrField<std::string> specs;
  *specs.Add() = "hash:/nonexistent";
  EXPECT_THAT(AddressMap::Open("canonical_maps", specs, "").status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("canonical_maps: ")));
}

TEST_F(AddressMapTest, AQuotedUserIsFoundUnderBothWaysToWriteIt) {
  const std::vector<std::string> specs = {
      "inline:{ {a b = 1} {\"c d\"@x.example = 2} {c d@x.example = 3} "
      "{e@x.example = 4} }"};
  struct Case {
    const char* why;
    const char* address;
    bool is_local;
    const char* want;
  };
  const Case cases[] = {
      {"without quotes in the table", "\"a b\"@y.example", true, "1"},
      {"with an extension", "\"a b+e\"@y.example", true, "1 (+e)"},
      {"with quotes first", "\"c d\"@x.example", false, "2"},
      {"a quoted @ is no domain", "\"e@x.example\"@y.example", true, "none"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Find(specs, c.address, c.is_local), c.want) << c.why;
  }
}

}  // namespace
}  // namespace postern::mta::rewriting
