#include "mta/server/filter_sink.h"

#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::server {
namespace {

using ::postern::testing::IsOk;

class KeepingSink final : public ContentSink {
 public:
  net::Task<absl::Status> Append(absl::string_view content) override {
    kept.append(content.data(), content.size());
    co_return absl::OkStatus();
  }
  net::Task<absl::Status> Finish() override {
    is_finished = true;
    co_return absl::OkStatus();
  }
  std::string kept;
  bool is_finished = false;
};

struct Case {
  const char* why;
  const char* content;
  const char* fields;
  const char* body;
};

constexpr Case kCases[] = {
    {"usual", "A: 1\r\nB: 2\r\n 3\r\n\r\nbody\r\n", "A: 1\r\nB: 2\r\n 3\r\n",
     "body\r\n"},
    {"no body", "A: 1\r\n\r\n", "A: 1\r\n", ""},
    {"no empty line", "A: 1\r\n", "A: 1\r\n", ""},
    {"a body that begins at once", "A: 1\r\nnot a field\r\nx\r\n", "A: 1\r\n",
     "not a field\r\nx\r\n"},
    {"no header", "\r\nbody\r\n", "", "body\r\n"},
    {"nothing", "", "", ""},
    {"a body with an empty line", "A: 1\r\n\r\n\r\nx\r\n", "A: 1\r\n",
     "\r\nx\r\n"},
};

TEST(FilterSinkTest, KeepsTheHeaderAndLetsTheBodyGo) {
  auto runtime = net::Runtime::Create({.reactors = 1}).value();
  for (const Case& c : kCases) {
    for (const size_t cut : {1, 3, 1000}) {
      SCOPED_TRACE(std::string(c.why));
      KeepingSink next;
      FilterSink sink(1000, next);
      for (absl::string_view rest = c.content; !rest.empty();) {
        const absl::string_view piece = rest.substr(0, cut);
        ASSERT_THAT(runtime->BlockOn(sink.Append(piece)), IsOk());
        rest.remove_prefix(piece.size());
      }
      ASSERT_THAT(runtime->BlockOn(sink.Finish()), IsOk());
      EXPECT_EQ(sink.fields(), c.fields);
      EXPECT_EQ(next.kept, c.body);
      EXPECT_TRUE(next.is_finished);
    }
  }
}

}  // namespace
}  // namespace postern::mta::server
