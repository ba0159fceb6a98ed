#include "dkimd/authors.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dkimd {
namespace {

using ::testing::SizeIs;
using Fields = std::vector<std::pair<std::string, std::string>>;
using Outcome = Authors::Outcome;

Authors::Found Find(const Fields& fields,
                    const std::vector<std::string>& names = {"From"}) {
  Authors authors(names);
  for (const auto& [name, value] : fields) authors.OnField(name, value);
  return authors.Find();
}

TEST(AuthorsTest, TheAuthorIsInFrom) {
  const Authors::Found found =
      Find({{"Sender", " x@example.org"}, {"FROM", " R <r@Falcot.com>\n"}});
  EXPECT_EQ(found.outcome, Outcome::kOne);
  ASSERT_THAT(found.addresses, SizeIs(1));
  EXPECT_EQ(found.addresses[0].ToString(), "r@falcot.com");
}

TEST(AuthorsTest, TheFirstNameThatTheMessageHasCounts) {
  const std::vector<std::string> names = {"Resent-From", "Sender", "From"};
  EXPECT_EQ(Find({{"From", "f@a.example"}, {"Sender", "s@b.example"}}, names)
                .addresses[0]
                .domain,
            "b.example");
  EXPECT_EQ(Find({{"From", "f@a.example"}}, names).addresses[0].domain,
            "a.example");
}

TEST(AuthorsTest, AMessageWithoutSuchAFieldHasNone) {
  EXPECT_EQ(Find({}).outcome, Outcome::kNone);
  EXPECT_EQ(Find({{"Sender", "a@b.example"}}).outcome, Outcome::kNone);
}

TEST(AuthorsTest, From01From03From05AndFrom17AnyDoubtIsDoubt) {
  const Fields doubtful[] = {
      {{"From", "a@x.example"}, {"from", "a@x.example"}},
      {{"From", "a@x.example"}, {"From ", "b@y.example"}},
      {{"From", "a@x.example, b@y.example"}},
      {{"From", "<a@x.example>b@y.example"}},
      {{"From", "nobody"}},
      {{"From", "nobody:;"}},
      {{"From", ""}},
  };
  for (const Fields& fields : doubtful) {
    EXPECT_EQ(Find(fields).outcome, Outcome::kDoubtful) << fields[0].second;
  }
  EXPECT_THAT(Find({{"From", "a@x.example, b@x.example"}}).addresses,
              SizeIs(2));
}

TEST(AuthorsTest, From12AFieldWithoutEndIsDoubtful) {
  EXPECT_EQ(Find({{"From", std::string(70'000, ' ') + "a@x.example"}}).outcome,
            Outcome::kDoubtful);
  EXPECT_EQ(Find(Fields(200, {"From", "a@x.example"})).outcome,
            Outcome::kDoubtful);
}

}  // namespace
}  // namespace postern::dkimd
