#include "lib/redis/script.h"

#include <string>
#include <type_traits>

#include "gtest/gtest.h"

namespace postern::redis {
namespace {

TEST(ScriptTest, DigestIsSha1OfTheText) {
  const Script script("return 1");
  EXPECT_EQ(script.text(), "return 1");
  EXPECT_EQ(script.digest(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
}

TEST(ScriptTest, Rd08ATextBuiltFromDataIsNoScript) {
  static_assert(!std::is_constructible_v<Script, std::string>);
  static_assert(!std::is_constructible_v<Script, absl::string_view>);
}

}  // namespace
}  // namespace postern::redis
