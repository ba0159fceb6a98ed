#include "mta/content/content_type.h"

#include "gtest/gtest.h"

namespace postern::mta::content {
namespace {

using Kind = ContentType::Kind;

TEST(ContentTypeTest, ReadsTypeAndBoundary) {
  struct Case {
    const char* why;
    const char* value;
    Kind kind;
    const char* boundary;
  };
  const Case cases[] = {
      {"plain", " text/plain; charset=utf-8", Kind::kOther, ""},
      {"token", " multipart/mixed; boundary=abc", Kind::kMultipart, "abc"},
      {"quoted", " multipart/mixed;\r\n\tboundary=\"a b\\\"c\"",
       Kind::kMultipart, "a b\"c"},
      {"letters' case", " MULTIPART/Mixed; BOUNDARY=x", Kind::kMultipart, "x"},
      {"comments", " (c) multipart (c) / (c) mixed (;) ; (c) boundary (c) = x",
       Kind::kMultipart, "x"},
      {"not the first", " multipart/mixed; a=\"; boundary=no\"; boundary=yes",
       Kind::kMultipart, "yes"},
      {"the first of two", " multipart/mixed; boundary=1; boundary=2",
       Kind::kMultipart, "1"},
      {"junk between", " multipart/mixed; , ?; boundary=x", Kind::kMultipart,
       "x"},
      {"no boundary", " multipart/mixed", Kind::kMultipart, ""},
      {"digest", " multipart/digest; boundary=x", Kind::kDigest, "x"},
      {"a message", " message/rfc822", Kind::kMessage, ""},
      {"an international one", " Message/Global", Kind::kMessage, ""},
      {"an article", " message/news", Kind::kMessage, ""},
      {"a report", " message/delivery-status", Kind::kOther, ""},
      {"only a type", " multipart", Kind::kOther, ""},
      {"nothing", "", Kind::kOther, ""},
      {"a comment without end", " multipart/mixed (; boundary=x",
       Kind::kMultipart, ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    const ContentType type = ParseContentType(c.value);
    EXPECT_EQ(type.kind, c.kind);
    EXPECT_EQ(type.boundary, c.boundary);
  }
}

}  // namespace
}  // namespace postern::mta::content
