#include "lib/net/http.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/status_macros.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/endpoint.h"
#include "lib/net/listener.h"
#include "lib/net/runtime.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "lib/testing/status_matchers.h"

namespace postern::net {
namespace {

using ::testing::HasSubstr;

Task<absl::StatusOr<std::string>> Converse(Endpoint endpoint,
                                           std::string requests) {
  const Deadline soon = Deadline::After(absl::Seconds(30));
  CO_ASSIGN_OR_RETURN(Stream stream, co_await Connect(endpoint, soon));
  CO_RETURN_IF_ERROR(co_await stream.Write(requests, soon));
  std::string all;
  char buffer[4096];
  while (true) {
    CO_ASSIGN_OR_RETURN(const size_t n,
                        co_await stream.Read(absl::MakeSpan(buffer), soon));
    if (n == 0) co_return all;
    all.append(buffer, n);
  }
}

TEST(HttpTest, ServesSeveralRequestsOnAConnection) {
  Drain drain;
  HttpServer server(drain);
  server.Handle("/healthz", [] { return HttpResponse{.body = "fine\n"}; });
  const auto runtime = Runtime::Create({.reactors = 1}).value();
  const auto listener =
      Listener::Open(*runtime,
                     {.endpoint = Endpoint::Parse("127.0.0.1:0").value()})
          .value();
  listener->Serve(drain, server);
  const auto answers = runtime->BlockOn(
      Converse(listener->endpoint(),
               "GET /healthz HTTP/1.1\r\n\r\n"
               "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"));
  ASSERT_TRUE(answers.ok()) << answers.status();
  EXPECT_THAT(*answers, HasSubstr("fine\nHTTP/1.1 200 OK"));
  const auto too_long = runtime->BlockOn(Converse(
      listener->endpoint(),
      absl::StrCat("GET /", std::string(10'000, 'x'), " HTTP/1.1\r\n\r\n")));
  // The rest of the request is still under way when we close: EOF or reset.
  if (too_long.ok()) {
    EXPECT_EQ(*too_long, "");
  }
  drain.Begin();
  EXPECT_TRUE(drain.AwaitIdle(absl::Seconds(30)));
}

}  // namespace
}  // namespace postern::net
