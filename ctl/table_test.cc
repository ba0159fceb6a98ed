#include "ctl/table.h"

#include <sstream>

#include "gtest/gtest.h"

namespace postern::ctl {
namespace {

TEST(TableTest, AlignsItsColumns) {
  Table table({"NAME", "N", "TEXT"});
  table.Add({"a", "1000", "x"});
  table.Add({"longer", "1", "y z"});
  std::ostringstream out;
  out << table;
  EXPECT_EQ(out.str(),
            "NAME    N     TEXT\n"
            "a       1000  x\n"
            "longer  1     y z\n");
}

TEST(TableTest, ShowsItsHeadWhenItIsEmpty) {
  std::ostringstream out;
  out << Table({"A", "B"});
  EXPECT_EQ(out.str(), "A  B\n");
}

}  // namespace
}  // namespace postern::ctl
