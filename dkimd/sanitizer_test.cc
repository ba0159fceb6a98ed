#include "dkimd/sanitizer.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dkimd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Fields = std::vector<std::pair<std::string, std::string>>;

// The numbers of the fields that are removed, in the order of the removals.
std::vector<uint32_t> Removed(const Fields& fields,
                              const SanitizerRules& rules = {}) {
  Sanitizer sanitizer(rules, "mx.falcot.com");
  for (const auto& [name, value] : fields) sanitizer.OnHeader(name, value);
  milter::Changes changes;
  sanitizer.AppendTo(changes);
  std::vector<uint32_t> ordinals;
  for (const milter::Change& change : changes.list()) {
    EXPECT_EQ(change.kind, milter::Change::Kind::kChangeHeader);
    EXPECT_EQ(change.name, "Authentication-Results");
    EXPECT_EQ(change.value, "");
    ordinals.push_back(change.index);
  }
  EXPECT_EQ(sanitizer.removed(), ordinals.size());
  return ordinals;
}

const char kAr[] = "Authentication-Results";

TEST(SanitizerTest, Inj06OurNameIsFoundHoweverItIsWritten) {
  for (const char* value :
       {" mx.falcot.com; dkim=pass", " MX.Falcot.COM; dkim=pass",
        " (a (b)) mx.falcot.com 1; none", "\n\tmx.falcot.com\n ;dkim=pass",
        " \"mx.falcot.com\"; dkim=pass", " mx.falcot.com/4Xy7; dkim=pass",
        " mx.falcot.com.; dkim=pass", " mx.falcot.com dkim=pass (broken",
        " mx.falcot.com"}) {
    EXPECT_THAT(Removed({{kAr, value}}), ElementsAre(1)) << value;
  }
}

TEST(SanitizerTest, Inj07AllAreRemovedTheLastFirst) {
  const std::string ours = " mx.falcot.com; dkim=pass";
  EXPECT_THAT(Removed({{kAr, ours},
                       {"Subject", "x"},
                       {"authentication-RESULTS", ours},
                       {kAr, " other.example; spf=pass"},
                       {"ARC-Authentication-Results", "i=1;" + ours},
                       {kAr, " other.example; spf=pass"},
                       {"Authentication-Results ", ours}}),
              ElementsAre(5, 2, 1));
}

TEST(SanitizerTest, Inj08FieldsOfOtherHostsStay) {
  EXPECT_THAT(Removed({{kAr, " other.example; dkim=pass"},
                       {kAr, " notmx.falcot.com; dkim=pass"},
                       {"Received-SPF", " pass mx.falcot.com"}}),
              IsEmpty());
}

TEST(SanitizerTest, OtherNamesMayBeRemovedAsWell) {
  const SanitizerRules rules = {.names = {"old.falcot.com", ".example.org"}};
  EXPECT_THAT(Removed({{kAr, " old.falcot.com; dkim=pass"},
                       {kAr, " a.example.org; dkim=pass"},
                       {kAr, " example.org; dkim=pass"},
                       {kAr, " mx.falcot.com; none"}},
                      rules),
              ElementsAre(4, 2, 1));
}

TEST(SanitizerTest, FieldsWithoutDkimMayStay) {
  const SanitizerRules rules = {.removes_all = false};
  EXPECT_THAT(Removed({{kAr, " mx.falcot.com; spf=pass"},
                       {kAr, " mx.falcot.com; spf=pass; DKIM (x) =pass"},
                       {kAr, " mx.falcot.com; spf=pass (dkim)"},
                       {kAr, " mx.falcot.com; dkim pass"}},
                      rules),
              ElementsAre(4, 2));
}

TEST(SanitizerTest, NothingIsRemovedWhereAnotherFilterDoes) {
  const SanitizerRules rules = {.removes = false};
  EXPECT_THAT(Removed({{kAr, " mx.falcot.com; dkim=pass"}}, rules), IsEmpty());
}

}  // namespace
}  // namespace postern::dkimd
