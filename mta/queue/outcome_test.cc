#include "mta/queue/outcome.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace postern::mta::queue {
namespace {

TEST(OutcomeTest, EveryCauseHasANameOfItsOwn) {
  std::set<std::string> names;
  for (size_t i = 0; i < Outcome::kCauses; ++i) {
    names.emplace(CauseName(static_cast<Outcome::Cause>(i)));
  }
  EXPECT_EQ(names.size(), Outcome::kCauses);
  EXPECT_FALSE(names.contains(""));
  EXPECT_EQ(CauseName(Outcome::Cause::kDns), "dns");
  EXPECT_EQ(CauseName(Outcome::Cause::kSystem), "system");
}

}  // namespace
}  // namespace postern::mta::queue
