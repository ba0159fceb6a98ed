#include "mta/queue/sender_class.h"

#include "gtest/gtest.h"

namespace postern::mta::queue {
namespace {

TEST(SenderClassTest, WhatTellsMessagesOfABulkMailerApartDoesNotCount) {
  const struct {
    const char* one;
    const char* other;
    bool same;
    const char* why;
  } cases[] = {
      {"jane@example.org", "jane@example.org", true, "the same"},
      {"Jane@Example.org", "jane@example.org", true, "case"},
      {"jane@example.org", "john@example.org", false, "another person"},
      {"jane@example.org", "jane@example.net", false, "another domain"},
      {"news-17-a=b.example@l.example", "news-4-c=d.example@l.example", true,
       "VERP"},
      {"news+a@l.example", "news+b@l.example", true, "an extension"},
      {"", "", true, "the null sender"},
      {"", "jane@example.org", false, "a report is not Jane's"},
      {"jane", "jane@", false, "no domain is not an empty one"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(SenderClass(c.one) == SenderClass(c.other), c.same) << c.why;
  }
}

}  // namespace
}  // namespace postern::mta::queue
