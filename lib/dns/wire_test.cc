#include "lib/dns/wire.h"

#include <string>

#include "gtest/gtest.h"

namespace postern::dns {
namespace {

template <size_t N>
std::string Bytes(const char (&text)[N]) {
  return std::string(text, N - 1);
}

TEST(WireTest, NumbersHaveTheHighestByteFirst) {
  const std::string bytes = Bytes("\x01\x02\x03\x04\x05\x06\x07");
  WireReader wire(bytes);
  EXPECT_EQ(wire.Byte(), 1);
  EXPECT_EQ(wire.Number(), 0x0203);
  EXPECT_EQ(wire.LongNumber(), 0x04050607u);
  EXPECT_TRUE(wire.is_complete());
  EXPECT_EQ(wire.Number(), 0);
  EXPECT_TRUE(wire.has_failed());
}

TEST(WireTest, ACompressedNameIsReadAndPassed) {
  const std::string bytes = Bytes(
      "\x03org\x00\x01"
      "A\xc0\x00\x02"
      "b.\xc0\x05!");
  WireReader wire(bytes);
  EXPECT_EQ(wire.Name(), "org");
  EXPECT_EQ(wire.Name(), "a.org");
  EXPECT_EQ(wire.Name(), "b\\..a.org");
  EXPECT_EQ(wire.Byte(), '!');
  EXPECT_TRUE(wire.is_complete());
}

TEST(WireTest, ANameAlwaysEnds) {
  struct Case {
    const char* why;
    std::string bytes;
  };
  std::string long_name;
  for (int i = 0; i < 4; ++i) long_name += '\x3f' + std::string(63, 'a');
  const Case cases[] = {
      {"nothing", ""},
      {"no end", Bytes("\x01"
                       "a")},
      {"a pointer to itself", Bytes("\xc0\x00")},
      {"a pointer forward", Bytes("\xc0\x02\x00")},
      {"half a pointer", Bytes("\xc0")},
      {"a label of 64", "\x40" + std::string(64, 'a') + '\0'},
      {"too long", long_name + '\0'},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    WireReader wire(c.bytes);
    wire.Name();
    EXPECT_FALSE(wire.is_complete());
  }
}

TEST(WireTest, PointersInTurnEnd) {
  // "a" and a pointer to the start, which leads back to it.
  const std::string bytes = Bytes(
      "\x01"
      "a\xc0\x00");
  WireReader wire(bytes);
  wire.Name();
  EXPECT_TRUE(wire.has_failed());
}

TEST(WireTest, AHostIsNotCompressedAndIsAHost) {
  const std::string good = Bytes(
      "\x01"
      "A\x03org\x00");
  WireReader wire(good);
  EXPECT_EQ(wire.Host(), "a.org");
  EXPECT_TRUE(wire.is_complete());
  for (const std::string& bad : {Bytes("\xc0\x00"),
                                 Bytes("\x02"
                                       "a \x00"),
                                 Bytes("\x03"
                                       "a.b\x00")}) {
    WireReader refused(bad);
    refused.Host();
    EXPECT_FALSE(refused.is_complete());
  }
}

TEST(WireTest, ANameIsPassedOver) {
  const std::string bytes = Bytes("\x01 \x02..\x00!");
  WireReader wire(bytes);
  wire.SkipName();
  EXPECT_EQ(wire.Byte(), '!');
  WireReader cut(absl::string_view(bytes).substr(0, 3));
  cut.SkipName();
  EXPECT_TRUE(cut.has_failed());
}

TEST(WireTest, NamesAreWrittenInLowerCase) {
  EXPECT_EQ(WireName("A.Org."), Bytes("\x01"
                                      "a\x03org\x00"));
  EXPECT_EQ(WireName(""), Bytes("\x00"));
}

}  // namespace
}  // namespace postern::dns
