#include "lib/net/keyed_digest.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace postern::net {
namespace {

TEST(KeyedDigestTest, IsHmacSha256) {
  // RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
  EXPECT_EQ(absl::BytesToHexString(
                KeyedDigestOf(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(absl::BytesToHexString(
                KeyedDigestOf("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(absl::BytesToHexString(KeyedDigestOf(
                std::string(131, '\xaa'),
                "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(KeyedDigestTest, IsHmacSha512IfThatIsWanted) {
  // RFC 4231, test case 2.
  EXPECT_EQ(
      absl::BytesToHexString(KeyedDigestOf(
          "Jefe", "what do ya want for nothing?", KeyedDigest::Hash::kSha512)),
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
      "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

TEST(KeyedDigestTest, DoesNotDependOnHowTheBytesAreCut) {
  KeyedDigest digest("Jefe");
  digest.Add("what do ya want ");
  digest.Add("");
  digest.Add("for nothing?");
  KeyedDigest moved = std::move(digest);
  EXPECT_EQ(moved.Finish(),
            KeyedDigestOf("Jefe", "what do ya want for nothing?"));
}

TEST(KeyedDigestTest, ComparesSecrets) {
  EXPECT_TRUE(SameSecret("abc", "abc"));
  EXPECT_FALSE(SameSecret("abc", "abd"));
  EXPECT_FALSE(SameSecret("abc", "ab"));
  EXPECT_TRUE(SameSecret("", ""));
}

}  // namespace
}  // namespace postern::net
