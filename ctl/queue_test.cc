#include "ctl/queue.h"

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
using ::testing::HasSubstr;
using ::testing::Not;

// A relay that remembers what it was asked and has one message.
class FakeRelay final : public api::Queue::Service {
 public:
  grpc::Status List(grpc::ServerContext*, const api::ListQueueRequest* request,
                    api::ListQueueResponse* response) override {
    list = *request;
    ++lists;
    if (!is_empty) *response->add_messages() = Message();
    if (has_more || lists < pages) response->set_next("0000000000001");
    return grpc::Status::OK;
  }
  grpc::Status Show(grpc::ServerContext*,
                    const api::ShowMessageRequest* request,
                    api::ShowMessageResponse* response) override {
    if (request->queue_id() != Message().queue_id()) {
      return grpc::Status(grpc::StatusCode::NOT_FOUND, "no such message");
    }
    *response->mutable_message() = Message();
    response->set_header("Subject: x\r\n");
    return grpc::Status::OK;
  }
  api::QueuedMessage Message() const {
    api::QueuedMessage message;
    message.set_queue_id("0000000000001");
    message.set_state(state);
    message.set_size_bytes(4096);
    message.set_failures(2);
    message.set_sender("ann@example.net");
    for (const char* address : {"bob@example.com", "carol@example.com"}) {
      api::QueuedRecipient& recipient = *message.add_recipients();
      recipient.set_address(address);
      recipient.set_last_status("4.4.1");
      recipient.set_last_reply("connection refused");
      recipient.set_last_host("mx.example.com");
    }
    return message;
  }

  api::ListQueueRequest list;
  api::QueuedMessage::State state = api::QueuedMessage::STATE_DEFERRED;
  bool is_empty = false;
  bool has_more = false;
  int pages = 1;
  int lists = 0;
};

class QueueTest : public VerbTest<FakeRelay> {
 protected:
  QueueTest() : VerbTest(QueueVerbs()) {}
};

TEST_F(QueueTest, ListsMessagesInATable) {
  ASSERT_THAT(
      Run("queue list", {"--sender", "ann", "--recipient=bob", "--limit", "5"}),
      IsOk());
  EXPECT_EQ(relay_.list.filter().sender(), "ann");
  EXPECT_EQ(relay_.list.filter().recipient(), "bob");
  EXPECT_EQ(relay_.list.limit(), 5u);
  EXPECT_THAT(out_.str(), HasSubstr("QUEUE ID       STATE     SIZE"));
  EXPECT_THAT(out_.str(), HasSubstr("0000000000001  deferred  4096"));
  EXPECT_THAT(out_.str(),
              HasSubstr("<ann@example.net>  bob@example.com and 1 more  "
                        "4.4.1 connection refused\n"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("There may be more")));
}

TEST_F(QueueTest, MarksHeldMailAsMailqDoes) {
  relay_.state = api::QueuedMessage::STATE_HELD;
  ASSERT_THAT(Run("queue list", {}), IsOk());
  EXPECT_THAT(out_.str(), HasSubstr("0000000000001!  held   4096"));
}

TEST_F(QueueTest, SaysThatThereIsNothingOrMore) {
  relay_.has_more = true;
  ASSERT_THAT(Run("queue list", {"--limit", "2"}), IsOk());
  EXPECT_THAT(out_.str(), HasSubstr("There may be more: raise --limit."));
  relay_.has_more = false;
  relay_.is_empty = true;
  ASSERT_THAT(Run("queue list", {}), IsOk());
  EXPECT_EQ(out_.str(), "Nothing is queued.\n");
}

TEST_F(QueueTest, PrintsJsonOnRequest) {
  ASSERT_THAT(Run("queue list", {}, true), IsOk());
  EXPECT_THAT(out_.str(), HasSubstr("\"queue_id\": \"0000000000001\""));
}

TEST_F(QueueTest, ShowsAMessage) {
  ASSERT_THAT(Run("queue show", {"0000000000001"}), IsOk());
  EXPECT_THAT(out_.str(), HasSubstr("Sender:    <ann@example.net>\n"));
  EXPECT_THAT(out_.str(), HasSubstr("Recipient: <bob@example.com>\n"
                                    "           4.4.1 connection refused "
                                    "(mx.example.com)\n"));
  EXPECT_THAT(out_.str(), HasSubstr("\nSubject: x\r\n"));
  EXPECT_THAT(Run("queue show", {"0000000000002"}),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(QueueTest, AsksForPagesUntilThereAreEnough) {
  relay_.pages = 3;
  ASSERT_THAT(Run("queue list", {}), IsOk());
  EXPECT_EQ(relay_.lists, 3);
  EXPECT_EQ(relay_.list.after(), "0000000000001");
  EXPECT_THAT(out_.str(), Not(HasSubstr("There may be more")));
}

TEST_F(QueueTest, SaysThatTheRelayDoesNotRun) {
  server_->Shutdown();
  server_.reset();
  EXPECT_THAT(Run("queue list", {}), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace postern::ctl
