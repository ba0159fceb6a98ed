#include "mta/admin/queue_service.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/admin/test_change_request.h"
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
  using Verb = grpc::Status (api::Queue::Stub::*)(grpc::ClientContext*,
                                                  const api::ChangeRequest&,
                                                  api::ChangeResponse*);
  grpc::Status Do(Verb verb, const api::ChangeRequest& request) {
    grpc::ClientContext context;
    return (stub_.get()->*verb)(&context, request, &changed_);
  }

  queue::TestScheduler scheduler_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<api::Queue::Stub> stub_;
  std::string first_;
  std::string second_;
  api::ChangeResponse changed_;
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
  request.mutable_filter()->set_sender("EVE@");
  ASSERT_THAT(List(request).messages(), SizeIs(1));
  EXPECT_EQ(List(request).messages(0).queue_id(), second_);
  request.mutable_filter()->set_recipient("bob");
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

constexpr auto kFlush = &api::Queue::Stub::Flush;
constexpr auto kDelete = &api::Queue::Stub::Delete;
constexpr auto kHold = &api::Queue::Stub::Hold;
constexpr auto kRelease = &api::Queue::Stub::Release;
constexpr auto kRequeue = &api::Queue::Stub::Requeue;

TEST_F(QueueServiceTest, FlushesOneOrAll) {
  scheduler_.courier.AnswerWith(
      Outcome{Outcome::Kind::kDelivered, "2.0.0", "ok", "mx"});
  EXPECT_TRUE(Do(kFlush, One(second_)).ok());
  EXPECT_EQ(changed_.messages(), 1u);
  ASSERT_TRUE(scheduler_.Eventually(
      [&] { return !scheduler_->Find(QueueId::Parse(second_).value()); }));
  EXPECT_TRUE(Do(kFlush, All()).ok());
  EXPECT_EQ(changed_.messages(), 1u);
  EXPECT_TRUE(scheduler_.EventuallyEmpty());
}

TEST_F(QueueServiceTest, DeletesOneOrAll) {
  EXPECT_TRUE(Do(kDelete, One(first_)).ok());
  EXPECT_THAT(List({}).messages(), SizeIs(1));
  EXPECT_TRUE(Do(kDelete, All()).ok());
  EXPECT_EQ(changed_.messages(), 1u);
  EXPECT_THAT(List({}).messages(), SizeIs(0));
}

TEST_F(QueueServiceTest, DeletesWhatWasSetAside) {
  ASSERT_THAT(scheduler_.spool->SetAside(QueueId::Parse(second_).value(), "x"),
              IsOk());
  // An attempt finds that it is gone.
  ASSERT_TRUE(Do(kFlush, One(second_)).ok());
  ASSERT_TRUE(scheduler_.Eventually(
      [&] { return !scheduler_->Find(QueueId::Parse(second_).value()); }));
  api::ChangeRequest request;
  request.mutable_selection()->mutable_filter()->add_states(
      api::QueuedMessage::STATE_DAMAGED);
  EXPECT_TRUE(Do(kDelete, request).ok());
  EXPECT_EQ(changed_.messages(), 1u);
  EXPECT_THAT(scheduler_.spool->Damaged(), SizeIs(0));
}

TEST_F(QueueServiceTest, HoldsAndReleasesOneOrAll) {
  ASSERT_TRUE(Do(kHold, All()).ok());
  EXPECT_EQ(changed_.messages(), 2u);
  EXPECT_EQ(List({}).messages(0).state(), api::QueuedMessage::STATE_HELD);

  ASSERT_TRUE(Do(kRelease, One(first_)).ok());
  EXPECT_EQ(changed_.messages(), 1u);
  EXPECT_NE(List({}).messages(0).state(), api::QueuedMessage::STATE_HELD);
  EXPECT_EQ(List({}).messages(1).state(), api::QueuedMessage::STATE_HELD);

  ASSERT_TRUE(scheduler_.EventuallyQuiet());
  const grpc::Status again = Do(kRelease, One(first_));
  EXPECT_EQ(again.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(again.error_message(), HasSubstr("nothing to do"));
}

TEST_F(QueueServiceTest, ChangesWhatAFilterFinds) {
  EXPECT_TRUE(Do(kHold, From("eve")).ok());
  EXPECT_EQ(changed_.messages(), 1u);
  EXPECT_NE(List({}).messages(0).state(), api::QueuedMessage::STATE_HELD);
  EXPECT_EQ(List({}).messages(1).state(), api::QueuedMessage::STATE_HELD);
  EXPECT_TRUE(Do(kHold, From("nobody")).ok());
  EXPECT_EQ(changed_.messages(), 0u);
}

TEST_F(QueueServiceTest, ADryRunCountsAndChangesNothing) {
  ASSERT_TRUE(Do(kHold, One(first_)).ok());
  for (const auto& [verb, want] :
       std::vector<std::pair<Verb, uint64_t>>{{kDelete, 2},
                                              {kHold, 1},
                                              {kRelease, 1},
                                              {kFlush, 1},
                                              {kRequeue, 2}}) {
    api::ChangeRequest request = All();
    request.set_dry_run(true);
    EXPECT_TRUE(Do(verb, request).ok());
    EXPECT_EQ(changed_.messages(), want);
  }
  EXPECT_THAT(List({}).messages(), SizeIs(2));
  EXPECT_EQ(List({}).messages(0).state(), api::QueuedMessage::STATE_HELD);
}

TEST_F(QueueServiceTest, BouncesAllButNotTheBounces) {
  grpc::ClientContext context;
  api::BounceRequest request;
  *request.mutable_change() = All();
  request.set_text("5.1.2 that host is no more");
  ASSERT_TRUE(stub_->Bounce(&context, request, &changed_).ok());
  EXPECT_EQ(changed_.messages(), 2u);
  // Going on as a client does leaves alone what is new.
  *request.mutable_change()->mutable_until() = changed_.until();
  grpc::ClientContext again;
  ASSERT_TRUE(stub_->Bounce(&again, request, &changed_).ok());
  EXPECT_EQ(changed_.messages() + changed_.busy(), 0u);
  const api::ListQueueResponse reports = List({});
  ASSERT_THAT(reports.messages(), SizeIs(2));
  EXPECT_EQ(reports.messages(0).sender(), "");
  EXPECT_EQ(reports.messages(0).recipients(0).address(), "ann@example.net");
  const QueueId id = QueueId::Parse(reports.messages(0).queue_id()).value();
  const std::string report = scheduler_.spool.ContentOf(id).value();
  EXPECT_THAT(report, HasSubstr("Status: 5.1.2"));
  EXPECT_THAT(report, HasSubstr("that host is no more"));
}

TEST_F(QueueServiceTest, AdoptsAVolumeAndDeliversWhatIsOnIt) {
  queue::TestSpool old;
  ASSERT_THAT(old.Add("text").status(), IsOk());
  old.Close();
  api::AdoptRequest request;
  request.set_directory(old.dir.path());
  api::AdoptResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->Adopt(&context, request, &response).ok());
  EXPECT_EQ(response.messages(), 1u);
  EXPECT_EQ(response.left(), 0u);
  EXPECT_TRUE(scheduler_.EventuallyAsked(3));
  request.set_directory("spool");
  grpc::ClientContext again;
  EXPECT_EQ(stub_->Adopt(&again, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(QueueServiceTest, RedirectsToAnAddress) {
  api::RedirectRequest request;
  *request.mutable_change() = One(first_);
  request.set_address("dan@example.org");
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->Redirect(&context, request, &changed_).ok());
  EXPECT_EQ(List({}).messages(0).recipients(0).address(), "dan@example.org");
  request.set_address("dan");
  grpc::ClientContext again;
  EXPECT_EQ(stub_->Redirect(&again, request, &changed_).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(QueueServiceTest, SaysWhatIsWrongWithARequest) {
  api::ChangeRequest one_is_not_there = One(first_);
  one_is_not_there.mutable_selection()->add_queue_ids("0000000000001");
  EXPECT_EQ(Do(kDelete, one_is_not_there).error_code(),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(List({}).messages(), SizeIs(2));
  EXPECT_EQ(Do(kFlush, One("0000000000001")).error_code(),
            grpc::StatusCode::NOT_FOUND);
  const grpc::Status status = Do(kFlush, One("a\nb"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("is not a queue id"));
}

}  // namespace
}  // namespace postern::mta::admin
