#include "mta/admin/queue_service.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/test_scheduler.h"
#include "proto/admin/v1/queue.grpc.pb.h"

namespace postern::mta::admin {
namespace {

namespace api = ::postern::admin::v1;

using ::postern::testing::IsOk;
using queue::Outcome;
using queue::QueueId;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// A relay's queue with two deferred messages behind a gRPC server.
class QueueServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    scheduler_.courier.AnswerWith(
        Outcome{Outcome::Kind::kDeferred, "4.4.1", "refused", "mx"});
    ASSERT_THAT(scheduler_.Start(), IsOk());
    service_ = MakeQueueService(*scheduler_.spool, *scheduler_);
    const std::string target =
        "unix:" + scheduler_.spool.dir.path() + "/admin.sock";
    server_ = grpc::ServerBuilder()
                  .AddListeningPort(target, grpc::InsecureServerCredentials())
                  .RegisterService(service_.get())
                  .BuildAndStart();
    ASSERT_NE(server_, nullptr);
    stub_ = api::Queue::NewStub(
        grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
    first_ = Add("ann@example.net", "bob@example.com");
    second_ = Add("eve@example.net", "carol@example.com");
    ASSERT_TRUE(scheduler_.EventuallyAsked(2));
    ASSERT_TRUE(scheduler_.EventuallyQuiet());
  }
  void TearDown() override { server_->Shutdown(); }

  std::string Add(const std::string& sender, const std::string& recipient) {
    spool::v1::Envelope envelope;
    envelope.set_sender(sender);
    envelope.add_recipients()->set_address(recipient);
    envelope.set_client_address("192.0.2.1");
    return scheduler_.spool.Add("Subject: x\r\n\r\nbody\r\n", envelope)
        .value()
        .ToString();
  }
  api::ListQueueResponse List(const api::ListQueueRequest& request) {
    grpc::ClientContext context;
    api::ListQueueResponse response;
    EXPECT_TRUE(stub_->List(&context, request, &response).ok());
    return response;
  }
  grpc::Status Flush(const std::string& id, api::FlushQueueResponse& response) {
    grpc::ClientContext context;
    api::FlushQueueRequest request;
    request.set_queue_id(id);
    return stub_->Flush(&context, request, &response);
  }
  grpc::Status Delete(const std::string& id, bool all,
                      api::DeleteMessagesResponse& response) {
    grpc::ClientContext context;
    api::DeleteMessagesRequest request;
    request.set_queue_id(id);
    request.set_all(all);
    return stub_->Delete(&context, request, &response);
  }

  queue::TestScheduler scheduler_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<api::Queue::Stub> stub_;
  std::string first_;
  std::string second_;
};

TEST_F(QueueServiceTest, ListsWhatIsQueuedTheOldestFirst) {
  const api::ListQueueResponse response = List({});
  ASSERT_THAT(response.messages(), SizeIs(2));
  const api::QueuedMessage& message = response.messages(0);
  EXPECT_EQ(message.queue_id(), first_);
  EXPECT_EQ(message.state(), api::QueuedMessage::STATE_DEFERRED);
  EXPECT_EQ(message.sender(), "ann@example.net");
  EXPECT_EQ(message.failures(), 1u);
  EXPECT_EQ(message.recipients(0).address(), "bob@example.com");
  EXPECT_EQ(message.recipients(0).last_reply(), "refused");
  EXPECT_EQ(message.next_attempt().seconds() - message.queued().seconds(), 300);
  EXPECT_EQ(response.next(), "");
}

TEST_F(QueueServiceTest, FiltersBySenderAndRecipientInAnyCase) {
  api::ListQueueRequest request;
  request.set_sender("EVE@");
  ASSERT_THAT(List(request).messages(), SizeIs(1));
  EXPECT_EQ(List(request).messages(0).queue_id(), second_);
  request.set_recipient("bob");
  EXPECT_THAT(List(request).messages(), SizeIs(0));
}

TEST_F(QueueServiceTest, ListsInPages) {
  api::ListQueueRequest request;
  request.set_limit(1);
  const api::ListQueueResponse page = List(request);
  ASSERT_THAT(page.messages(), SizeIs(1));
  EXPECT_EQ(page.next(), first_);
  request.set_after(page.next());
  const api::ListQueueResponse rest = List(request);
  ASSERT_THAT(rest.messages(), SizeIs(1));
  EXPECT_EQ(rest.messages(0).queue_id(), second_);
  EXPECT_EQ(rest.next(), "");
}

TEST_F(QueueServiceTest, ShowsAMessageWithItsHeaderOnly) {
  grpc::ClientContext context;
  api::ShowMessageRequest request;
  request.set_queue_id(first_);
  api::ShowMessageResponse response;
  ASSERT_TRUE(stub_->Show(&context, request, &response).ok());
  EXPECT_EQ(response.message().client_address(), "192.0.2.1");
  EXPECT_EQ(response.header(), "Subject: x\r\n");
}

TEST_F(QueueServiceTest, ShowsWhatWasSetAside) {
  const QueueId id = QueueId::Parse(second_).value();
  ASSERT_THAT(scheduler_.spool->SetAside(id, "torn"), IsOk());
  const api::ListQueueResponse response = List({});
  EXPECT_EQ(response.messages(0).state(), api::QueuedMessage::STATE_DAMAGED);
  EXPECT_EQ(response.messages(0).damage(), "torn");
}

TEST_F(QueueServiceTest, FlushesOneOrAll) {
  scheduler_.courier.AnswerWith(
      Outcome{Outcome::Kind::kDelivered, "2.0.0", "ok", "mx"});
  api::FlushQueueResponse response;
  EXPECT_TRUE(Flush(second_, response).ok());
  EXPECT_EQ(response.messages(), 1u);
  ASSERT_TRUE(scheduler_.Eventually(
      [&] { return !scheduler_->Find(QueueId::Parse(second_).value()); }));
  EXPECT_TRUE(Flush("", response).ok());
  EXPECT_EQ(response.messages(), 1u);
  EXPECT_TRUE(scheduler_.EventuallyEmpty());
}

TEST_F(QueueServiceTest, DeletesOneOrAll) {
  api::DeleteMessagesResponse response;
  EXPECT_TRUE(Delete(first_, false, response).ok());
  EXPECT_THAT(List({}).messages(), SizeIs(1));
  EXPECT_TRUE(Delete("", true, response).ok());
  EXPECT_EQ(response.messages(), 1u);
  EXPECT_THAT(List({}).messages(), SizeIs(0));
}

TEST_F(QueueServiceTest, HoldsAndReleasesOneOrAll) {
  grpc::ClientContext hold_context;
  api::HoldMessagesRequest hold;
  hold.set_all(true);
  api::HoldMessagesResponse held;
  ASSERT_TRUE(stub_->Hold(&hold_context, hold, &held).ok());
  EXPECT_EQ(held.messages(), 2u);
  EXPECT_EQ(List({}).messages(0).state(), api::QueuedMessage::STATE_HELD);

  grpc::ClientContext release_context;
  api::ReleaseMessagesRequest release;
  release.set_queue_id(first_);
  api::ReleaseMessagesResponse released;
  ASSERT_TRUE(stub_->Release(&release_context, release, &released).ok());
  EXPECT_EQ(released.messages(), 1u);
  EXPECT_NE(List({}).messages(0).state(), api::QueuedMessage::STATE_HELD);
  EXPECT_EQ(List({}).messages(1).state(), api::QueuedMessage::STATE_HELD);

  ASSERT_TRUE(scheduler_.EventuallyQuiet());
  grpc::ClientContext again_context;
  const grpc::Status again = stub_->Release(&again_context, release, &released);
  EXPECT_EQ(again.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(again.error_message(), HasSubstr("nothing to do"));
}

TEST_F(QueueServiceTest, SaysWhatIsWrongWithARequest) {
  api::DeleteMessagesResponse deleted;
  api::FlushQueueResponse flushed;
  EXPECT_EQ(Delete("", false, deleted).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Delete(first_, true, deleted).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Delete("0000000000001", false, deleted).error_code(),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Flush("0000000000001", flushed).error_code(),
            grpc::StatusCode::NOT_FOUND);
  const grpc::Status status = Flush("a\nb", flushed);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("is not a queue id"));
}

}  // namespace
}  // namespace postern::mta::admin
