#include "mta/content/mime_structure.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace postern::mta::content {
namespace {

using Delimiter = MimeStructure::Delimiter;

// Reads a header that has `type` as its Content-Type.
bool Header(MimeStructure& structure, absl::string_view type) {
  structure.OnField(absl::StrCat("Content-Type: ", type, "\r\n"));
  return structure.OnHeaderEnd();
}

TEST(MimeStructureTest, ABodyOfOnePartHasNoDelimiters) {
  MimeStructure structure({});
  EXPECT_FALSE(Header(structure, "text/plain; boundary=a"));
  EXPECT_FALSE(structure.is_in_multipart());
  EXPECT_EQ(structure.OnLine("--a\r\n"), Delimiter::kNone);
}

TEST(MimeStructureTest, DelimitersBeginPartsAndTheLastEndsThem) {
  MimeStructure structure({});
  EXPECT_FALSE(Header(structure, "multipart/mixed; boundary=a"));
  EXPECT_EQ(structure.OnLine("text\r\n"), Delimiter::kNone);
  EXPECT_EQ(structure.OnLine("--b\r\n"), Delimiter::kNone);
  EXPECT_EQ(structure.OnLine("--a\r\n"), Delimiter::kPart);
  EXPECT_FALSE(structure.OnHeaderEnd());
  EXPECT_EQ(structure.OnLine("--a  \r\n"), Delimiter::kPart);
  EXPECT_FALSE(structure.OnHeaderEnd());
  EXPECT_EQ(structure.OnLine("--a--\r\n"), Delimiter::kLast);
  EXPECT_FALSE(structure.is_in_multipart());
  EXPECT_EQ(structure.OnLine("--a\r\n"), Delimiter::kNone);
}

TEST(MimeStructureTest, AnOuterDelimiterClosesWhatIsWithin) {
  MimeStructure structure({});
  Header(structure, "multipart/mixed; boundary=outer");
  structure.OnLine("--outer\r\n");
  Header(structure, "multipart/alternative; boundary=inner");
  EXPECT_EQ(structure.OnLine("--inner\r\n"), Delimiter::kPart);
  EXPECT_EQ(structure.OnLine("--outer\r\n"), Delimiter::kPart);
  EXPECT_EQ(structure.OnLine("--inner\r\n"), Delimiter::kNone);
}

TEST(MimeStructureTest, OfTwoBoundariesThatFitTheInnerOneCounts) {
  MimeStructure structure({});
  Header(structure, "multipart/mixed; boundary=a");
  structure.OnLine("--a\r\n");
  Header(structure, "multipart/mixed; boundary=ab");
  EXPECT_EQ(structure.OnLine("--ab--\r\n"), Delimiter::kLast);
  EXPECT_TRUE(structure.is_in_multipart());
}

TEST(MimeStructureTest, AMessageAsAPartHasAHeaderOfItsOwn) {
  MimeStructure structure({});
  EXPECT_TRUE(Header(structure, "message/rfc822"));
  EXPECT_FALSE(Header(structure, "text/plain"));
}

TEST(MimeStructureTest, PartsOfADigestAreMessagesUnlessTheySayOtherwise) {
  MimeStructure structure({});
  Header(structure, "multipart/digest; boundary=a");
  structure.OnLine("--a\r\n");
  EXPECT_TRUE(structure.OnHeaderEnd());
  structure.OnLine("--a\r\n");
  EXPECT_FALSE(Header(structure, "text/plain"));
}

TEST(MimeStructureTest, AMultipartWithoutABoundaryIsABody) {
  MimeStructure structure({});
  EXPECT_FALSE(Header(structure, "multipart/mixed"));
  EXPECT_FALSE(structure.is_in_multipart());
}

TEST(MimeStructureTest, MTA27NestingHasALimit) {
  MimeStructure structure({.max_nesting = 3});
  for (int i = 0; i < 3; ++i) {
    Header(structure, absl::StrCat("multipart/mixed; boundary=b", i, "x"));
    structure.OnLine(absl::StrCat("--b", i, "x\r\n"));
    EXPECT_FALSE(structure.is_too_deep());
  }
  Header(structure, "multipart/mixed; boundary=more");
  EXPECT_TRUE(structure.is_too_deep());
}

TEST(MimeStructureTest, MTA27BoundariesHaveALimit) {
  MimeStructure structure({.max_nesting = 100, .max_boundary_bytes = 2000});
  const std::string same(2000, 'b');
  Header(structure, absl::StrCat("multipart/mixed; boundary=", same, "1"));
  EXPECT_EQ(structure.OnLine(absl::StrCat("--", same)), Delimiter::kPart);
  for (int i = 0; i < 8; ++i) {
    EXPECT_FALSE(structure.is_too_deep());
    Header(structure, absl::StrCat("multipart/mixed; boundary=", i, same));
    structure.OnLine(absl::StrCat("--", i, same).substr(0, 2004));
  }
  EXPECT_TRUE(structure.is_too_deep());
}

}  // namespace
}  // namespace postern::mta::content
