#include "lib/policy/request.h"

#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::policy {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kSmall[] =
    "request=smtpd_access_policy\n"
    "client_address=192.0.2.1\n"
    "sender=prvs=1234=a@example.org\n"
    "recipient=b@example.com\n"
    "queue_id=\n"
    "\n";

void Feed(RequestReader& reader, absl::string_view text) {
  while (!text.empty()) {
    const absl::Span<char> space = reader.Space();
    ASSERT_FALSE(space.empty());
    const size_t bytes = std::min(space.size(), text.size());
    std::memcpy(space.data(), text.data(), bytes);
    reader.Fill(bytes);
    text.remove_prefix(bytes);
  }
}

std::string WithLine(const std::string& line) {
  return absl::StrCat("request=smtpd_access_policy\n", line, "\n\n");
}

TEST(RequestTest, NamesAndAttributesAreOneToOne) {
  for (size_t i = 0; i < kAttributeCount; ++i) {
    const auto attribute = static_cast<Attribute>(i);
    EXPECT_EQ(FindAttribute(AttributeName(attribute)), attribute);
  }
  EXPECT_EQ(FindAttribute("sendeR"), std::nullopt);
  EXPECT_EQ(FindAttribute(""), std::nullopt);
  EXPECT_EQ(FindAttribute(std::string(200, 'x')), std::nullopt);
}

TEST(RequestTest, ValuesAreThereAndMayHoldAnEqualsSign) {
  const std::string text = kSmall;
  absl::StatusOr<Request> request = Request::Parse(text);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->Get(Attribute::kClientAddress), "192.0.2.1");
  EXPECT_EQ(request->Get(Attribute::kSender), "prvs=1234=a@example.org");
  EXPECT_EQ(request->Get(Attribute::kRecipient), "b@example.com");
}

TEST(RequestTest, TellsAnEmptyValueFromNone) {
  const std::string text = kSmall;
  absl::StatusOr<Request> request = Request::Parse(text);
  ASSERT_THAT(request, IsOk());
  EXPECT_TRUE(request->Has(Attribute::kQueueId));
  EXPECT_EQ(request->Get(Attribute::kQueueId), "");
  EXPECT_FALSE(request->Has(Attribute::kInstance));
  EXPECT_EQ(request->Get(Attribute::kInstance), "");
}

TEST(RequestTest, UnknownAttributesAreSkipped) {
  const std::string text = WithLine("future=1\nsender=a@b\nSENDER=c@d");
  absl::StatusOr<Request> request = Request::Parse(text);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->Get(Attribute::kSender), "a@b");
}

TEST(RequestTest, INJ13TheFirstOfTwoEqualNamesCounts) {
  const std::string text = WithLine("sender=a@b\nsender=forged@c");
  absl::StatusOr<Request> request = Request::Parse(text);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->Get(Attribute::kSender), "a@b");
}

TEST(RequestTest, INJ13AnEmptyFirstValueIsNotOverriddenEither) {
  const std::string text = WithLine("sasl_username=\nsasl_username=root");
  absl::StatusOr<Request> request = Request::Parse(text);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->Get(Attribute::kSaslUsername), "");
}

TEST(RequestTest, LinesMayEndInCrLf) {
  const std::string text = "request=smtpd_access_policy\r\nsender=a@b\r\n\r\n";
  absl::StatusOr<Request> request = Request::Parse(text);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->Get(Attribute::kSender), "a@b");
}

TEST(RequestTest, InvalidUtf8IsCarriedAsItIs) {
  const std::string text = WithLine("sender=\xff\xc3@b");
  absl::StatusOr<Request> request = Request::Parse(text);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->Get(Attribute::kSender), "\xff\xc3@b");
}

TEST(RequestTest, INJ13MalformedRequestsAreErrors) {
  struct Case {
    const char* why;
    std::string text;
    const char* error;
  };
  std::string many = "request=smtpd_access_policy\n";
  for (size_t i = 0; i < kMaxAttributes; ++i) many += "x=y\n";
  std::string large = "request=smtpd_access_policy\n";
  while (large.size() <= kMaxRequestBytes) {
    absl::StrAppend(&large, "x=", std::string(2000, 'y'), "\n");
  }
  const Case cases[] = {
      {"nothing but the end", "\n", "not smtpd_access_policy"},
      {"no request", "sender=a\n\n", "not smtpd_access_policy"},
      {"other request", "request=junk\n\n", "not smtpd_access_policy"},
      {"no equals sign", WithLine("garbage line"), "not name=value"},
      {"no name", WithLine("=value"), "not name=value"},
      {"NUL", WithLine(std::string("sender=a\0b", 10)), "NUL"},
      {"CR in a value", WithLine("sender=a\rb"), "bare CR"},
      {"value too long",
       WithLine("sender=" + std::string(kMaxValueBytes + 1, 'x')),
       "value too long"},
      {"too many attributes", many + "\n", "too many attributes"},
      {"too long", large + "\n", "too long"},
      {"no end", "request=smtpd_access_policy\n", "no end"},
      {"two", std::string(kSmall) + kSmall, "more than one"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(
        Request::Parse(c.text),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.error)));
  }
}

TEST(RequestTest, INJ13LimitsThemselvesAreAllowed) {
  const std::string value(kMaxValueBytes, 'x');
  const std::string text = WithLine("sender=" + value);
  absl::StatusOr<Request> request = Request::Parse(text);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->Get(Attribute::kSender), value);
  std::string many = "request=smtpd_access_policy\n";
  for (size_t i = 1; i < kMaxAttributes; ++i) many += "x=y\n";
  EXPECT_THAT(Request::Parse(many + "\n"), IsOk());
}

TEST(RequestReaderTest, WantsMoreUntilTheEmptyLine) {
  RequestReader reader;
  const absl::string_view text = kSmall;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    Feed(reader, text.substr(i, 1));
    absl::StatusOr<const Request*> next = reader.Next();
    ASSERT_THAT(next, IsOk());
    ASSERT_EQ(*next, nullptr) << i;
    EXPECT_TRUE(reader.has_partial_request());
  }
  Feed(reader, "\n");
  absl::StatusOr<const Request*> next = reader.Next();
  ASSERT_THAT(next, IsOk());
  ASSERT_NE(*next, nullptr);
  EXPECT_EQ((*next)->Get(Attribute::kRecipient), "b@example.com");
  EXPECT_FALSE(reader.has_partial_request());
}

TEST(RequestReaderTest, CutsPipelinedRequestsInOrder) {
  RequestReader reader;
  std::string text;
  for (int i = 0; i < 100; ++i) {
    absl::StrAppend(&text, WithLine(absl::StrCat("sender=", i, "@x")));
  }
  // Chunks of a size that falls everywhere within a request.
  int seen = 0;
  for (size_t at = 0; at < text.size(); at += 97) {
    Feed(reader, absl::string_view(text).substr(at, 97));
    while (true) {
      absl::StatusOr<const Request*> next = reader.Next();
      ASSERT_THAT(next, IsOk());
      if (*next == nullptr) break;
      EXPECT_EQ((*next)->Get(Attribute::kSender), absl::StrCat(seen, "@x"));
      ++seen;
    }
  }
  EXPECT_EQ(seen, 100);
}

TEST(RequestReaderTest, NothingOfOneRequestIsLeftInTheNext) {
  RequestReader reader;
  Feed(reader, WithLine("sasl_username=you") + WithLine("sender=a@b"));
  ASSERT_THAT(reader.Next(), IsOk());
  absl::StatusOr<const Request*> next = reader.Next();
  ASSERT_THAT(next, IsOk());
  ASSERT_NE(*next, nullptr);
  EXPECT_FALSE((*next)->Has(Attribute::kSaslUsername));
}

TEST(RequestReaderTest, INJ13ALineWithoutEndIsGivenUp) {
  RequestReader reader;
  absl::Status status;
  size_t fed = 0;
  while (status.ok() && fed < (1u << 20)) {
    const absl::Span<char> space = reader.Space();
    std::memset(space.data(), 'a', space.size());
    fed += space.size();
    reader.Fill(space.size());
    status = reader.Next().status();
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_LE(fed, 2 * kMaxRequestBytes);
}

TEST(RequestWriterTest, WhatIsWrittenIsReadBack) {
  std::string text;
  AppendAttribute(Attribute::kRequest, "smtpd_access_policy", text);
  AppendAttribute(Attribute::kSender, "a=b@example.org", text);
  EndRequest(text);
  absl::StatusOr<Request> request = Request::Parse(text);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->Get(Attribute::kSender), "a=b@example.org");
}

TEST(RequestWriterTest, INJ13AValueCannotBecomeAnotherLine) {
  std::string text;
  AppendAttribute(Attribute::kRequest, "smtpd_access_policy", text);
  AppendAttribute(Attribute::kHeloName,
                  absl::string_view("x\r\nsasl_username=root\n\n\0", 24), text);
  AppendAttribute(Attribute::kSender, std::string(5000, 's'), text);
  EndRequest(text);
  absl::StatusOr<Request> request = Request::Parse(text);
  ASSERT_THAT(request, IsOk());
  EXPECT_FALSE(request->Has(Attribute::kSaslUsername));
  EXPECT_EQ(request->Get(Attribute::kHeloName), "x??sasl_username=root???");
  EXPECT_EQ(request->Get(Attribute::kSender).size(), kMaxValueBytes);
}

}  // namespace
}  // namespace postern::policy
