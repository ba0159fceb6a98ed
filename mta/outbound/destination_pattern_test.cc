#include "mta/outbound/destination_pattern.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace postern::mta::outbound {
namespace {

TEST(DestinationPatternTest, MatchesWhatItSays) {
  const std::vector<std::string> hosts = {"mx1.mail.example", "mx2.other.test"};
  struct Case {
    const char* pattern;
    const char* domain;
    bool matches;
  };
  const Case cases[] = {
      {"*", "anything.test", true},
      {"example.org", "example.org", true},
      {"example.org", "sub.example.org", false},
      {"example.org", "badexample.org", false},
      {".example.org", "sub.example.org", true},
      {".example.org", "example.org", false},
      {"mx:mx1.mail.example", "example.org", true},
      {"mx:.other.test", "example.org", true},
      {"mx:example.org", "example.org", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(MatchesDestination(c.pattern, c.domain, hosts), c.matches)
        << c.pattern << " " << c.domain;
  }
}

}  // namespace
}  // namespace postern::mta::outbound
