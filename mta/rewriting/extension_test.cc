#include "mta/rewriting/extension.h"

#include "gtest/gtest.h"

namespace postern::mta::rewriting {
namespace {

TEST(ExtensionTest, SplitsAtTheFirstDelimiter) {
  struct Case {
    const char* why;
    const char* local_part;
    const char* delimiters;
    const char* base;
    const char* extension;
  };
  const Case cases[] = {
      {"plain", "user", "+", "user", ""},
      {"usual", "user+lists", "+", "user", "+lists"},
      {"first of two", "user+a+b", "+", "user", "+a+b"},
      {"one of several", "user-a+b", "+-", "user", "-a+b"},
      {"empty extension", "user+", "+", "user", "+"},
      {"nobody left", "+user", "+", "+user", ""},
      {"no delimiters", "user+x", "", "user+x", ""},
      {"postmaster", "Postmaster-x", "-", "Postmaster", "-x"},
      {"mailer-daemon", "MAILER-DAEMON", "-", "MAILER-DAEMON", ""},
      {"double-bounce", "double-bounce", "-", "double-bounce", ""},
      {"owner of a list", "owner-list", "-", "owner-list", ""},
      {"owner, other delimiter", "owner-list+x", "+", "owner-list", "+x"},
      {"request", "list-request", "-", "list-request", ""},
  };
  for (const Case& c : cases) {
    const SplitLocalPart split = SplitExtension(c.local_part, c.delimiters);
    EXPECT_EQ(split.base, c.base) << c.why;
    EXPECT_EQ(split.extension, c.extension) << c.why;
  }
}

}  // namespace
}  // namespace postern::mta::rewriting
