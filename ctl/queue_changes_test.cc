#include "ctl/queue_changes.h"

#include <grpcpp/grpcpp.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "ctl/test_verb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "proto/admin/v1/queue.grpc.pb.h"

namespace postern::ctl {
namespace {

namespace api = ::postern::admin::v1;

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A relay that remembers what it was asked, and by which name.
class FakeRelay final : public api::Queue::Service {
 public:
  using Context = grpc::ServerContext;
  using Request = api::ChangeRequest;
  using Response = api::ChangeResponse;

  grpc::Status Flush(Context*, const Request* asked,
                     Response* answer) override {
    return Take("flush", *asked, *answer);
  }
  grpc::Status Delete(Context*, const Request* asked,
                      Response* answer) override {
    return Take("delete", *asked, *answer);
  }
  grpc::Status Hold(Context*, const Request* asked, Response* answer) override {
    return Take("hold", *asked, *answer);
  }
  grpc::Status Release(Context*, const Request* asked,
                       Response* answer) override {
    return Take("release", *asked, *answer);
  }
  grpc::Status Requeue(Context*, const Request* asked,
                       Response* answer) override {
    return Take("requeue", *asked, *answer);
  }
  grpc::Status Bounce(Context*, const api::BounceRequest* asked,
                      Response* answer) override {
    text = asked->text();
    return Take("bounce", asked->change(), *answer);
  }
  grpc::Status Redirect(Context*, const api::RedirectRequest* asked,
                        Response* answer) override {
    address = asked->address();
    return Take("redirect", asked->change(), *answer);
  }

  std::string name;
  std::vector<Request> requests;
  std::string text;
  std::string address;
  size_t calls = 1;  // Until everything is done.
  uint64_t busy = 0;

 private:
  grpc::Status Take(const char* called, const Request& asked,
                    Response& answer) {
    name = called;
    requests.push_back(asked);
    answer.set_messages(3);
    answer.set_busy(busy);
    answer.set_until("0000000000009");
    if (requests.size() < calls) answer.set_next("0000000000005");
    return grpc::Status::OK;
  }
};

class QueueChangesTest : public VerbTest<FakeRelay> {
 protected:
  QueueChangesTest() : VerbTest(QueueChangeVerbs()) {}

  const api::QueueSelection& Selected() const {
    return relay_.requests.back().selection();
  }
};

TEST_F(QueueChangesTest, EachVerbAsksForWhatItsNameSays) {
  struct Case {
    const char* name;
    const char* said;
  };
  const Case cases[] = {
      {"flush", "Due now: 3\n"},    {"delete", "Deleted: 3\n"},
      {"hold", "Held: 3\n"},        {"release", "Due now: 3\n"},
      {"requeue", "Requeued: 3\n"}, {"bounce", "Bounced: 3\n"},
  };
  for (const Case& c : cases) {
    ASSERT_THAT(Run(std::string("queue ") + c.name, {"0000000000001"}), IsOk());
    EXPECT_EQ(relay_.name, c.name);
    EXPECT_EQ(out_.str(), c.said);
    EXPECT_THAT(Selected().queue_ids(), ElementsAre("0000000000001"));
    EXPECT_FALSE(Selected().all());
  }
}

TEST_F(QueueChangesTest, TakesSeveralIdsOrAllOrAFilter) {
  ASSERT_THAT(Run("queue hold", {"0000000000001", "0000000000002"}), IsOk());
  EXPECT_EQ(Selected().queue_ids_size(), 2);
  for (const char* all : {"--all", "ALL"}) {
    ASSERT_THAT(Run("queue hold", {all}), IsOk());
    EXPECT_TRUE(Selected().all());
  }
  ASSERT_THAT(Run("queue flush", {"--domain", "example.com"}), IsOk());
  EXPECT_EQ(Selected().filter().domain(), "example.com");
  EXPECT_FALSE(Selected().all());
}

TEST_F(QueueChangesTest, NeverTakesNothingForAll) {
  for (const Verb& verb : QueueChangeVerbs()) {
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{
             {},
             {"--all", "0000000000001", "x@y.test"},
             {"--sender=", "a@b"},
             {"--all", "--sender", "ann", "a@b.test"}}) {
      EXPECT_THAT(Run(verb.name, words),
                  StatusIs(absl::StatusCode::kInvalidArgument))
          << verb.name;
    }
  }
  EXPECT_TRUE(relay_.requests.empty());
}

TEST_F(QueueChangesTest, ADryRunSaysHowManyItWouldBe) {
  ASSERT_THAT(Run("queue delete", {"--all", "--dry-run"}), IsOk());
  EXPECT_TRUE(relay_.requests.back().dry_run());
  EXPECT_EQ(out_.str(), "Would be changed: 3\n");
}

TEST_F(QueueChangesTest, GoesOnUntilEverythingIsDone) {
  relay_.calls = 3;
  relay_.busy = 1;
  ASSERT_THAT(Run("queue bounce", {"--all", "--text", "5.1.2 gone"}), IsOk());
  EXPECT_EQ(out_.str(),
            "Bounced: 9\nBeing delivered right now, left alone: 3\n");
  EXPECT_EQ(relay_.requests.back().after(), "0000000000005");
  EXPECT_EQ(relay_.requests.back().until(), "0000000000009");
  EXPECT_EQ(relay_.text, "5.1.2 gone");
}

TEST_F(QueueChangesTest, RedirectsToTheLastWord) {
  ASSERT_THAT(Run("queue redirect", {"0000000000001", "dan@example.org"}),
              IsOk());
  EXPECT_EQ(relay_.address, "dan@example.org");
  EXPECT_THAT(Selected().queue_ids(), ElementsAre("0000000000001"));
}

TEST_F(QueueChangesTest, RedirectsByFilterOnlyIfOneIsSure) {
  const std::vector<std::string> words = {"--sender", "ann", "dan@example.org"};
  EXPECT_THAT(Run("queue redirect", words),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--yes")));
  for (const char* sure : {"--yes", "--dry-run"}) {
    std::vector<std::string> with = words;
    with.push_back(sure);
    EXPECT_THAT(Run("queue redirect", with), IsOk());
  }
}

TEST_F(QueueChangesTest, PrintsTheCountsAsJson) {
  ASSERT_THAT(Run("queue hold", {"--all"}, /*json=*/true), IsOk());
  EXPECT_THAT(out_.str(), HasSubstr("\"messages\": \"3\""));
}

}  // namespace
}  // namespace postern::ctl
