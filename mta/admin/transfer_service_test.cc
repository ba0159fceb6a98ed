#include "mta/admin/transfer_service.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "mta/admin/test_change_request.h"
#include "mta/queue/test_scheduler.h"
#include "proto/admin/v1/queue_transfer.grpc.pb.h"

namespace postern::mta::admin {
namespace {

namespace api = ::postern::admin::v1;

using ::postern::testing::IsOk;

// A relay with one deferred message behind a real socket.
class TransferServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    scheduler_.courier.AnswerWith(queue::Outcome{
        queue::Outcome::Kind::kDeferred, "4.4.1", "refused", "mx"});
    ASSERT_THAT(scheduler_.Start(), IsOk());
    ASSERT_THAT(scheduler_.spool.Add("text"), IsOk());
    ASSERT_TRUE(scheduler_.EventuallyAsked(1));
    ASSERT_TRUE(scheduler_.EventuallyQuiet());
    service_ = MakeTransferService(*scheduler_.spool, *scheduler_,
                                   scheduler_.spool.clock);
    const std::string target = "unix:" + dir_.path() + "/mta.sock";
    server_ = grpc::ServerBuilder()
                  .AddListeningPort(target, grpc::InsecureServerCredentials())
                  .RegisterService(service_.get())
                  .BuildAndStart();
    stub_ = api::QueueTransfer::NewStub(
        grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  }
  void TearDown() override { server_->Shutdown(); }

  // Answers the question for a sync with `is_synced`.
  std::vector<api::ExportResponse> Export(bool deletes, bool is_synced) {
    grpc::ClientContext context;
    const auto stream = stub_->Export(&context);
    api::ExportRequest request;
    *request.mutable_what() = All();
    request.set_deletes(deletes);
    stream->Write(request);
    std::vector<api::ExportResponse> parts;
    api::ExportResponse part;
    while (stream->Read(&part)) {
      parts.push_back(part);
      if (!part.sync()) continue;
      request.set_is_synced(is_synced);
      stream->Write(request);
    }
    stream->WritesDone();
    status_ = stream->Finish();
    return parts;
  }

  const testing::TempDir dir_;
  queue::TestScheduler scheduler_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<api::QueueTransfer::Stub> stub_;
  grpc::Status status_;
};

TEST_F(TransferServiceTest, WhatIsExportedCanBeImported) {
  const auto parts = Export(true, true);
  ASSERT_TRUE(status_.ok()) << status_.error_message();
  ASSERT_EQ(parts.size(), 5u);  // Head, content, complete, sync, summary.
  EXPECT_EQ(parts[4].summary().messages(), 1u);
  EXPECT_TRUE(scheduler_->List({}, 10).empty());

  grpc::ClientContext context;
  const auto stream = stub_->Import(&context);
  api::ImportRequest request;
  *request.mutable_head() = parts[0].head();
  stream->Write(request);
  request.set_content(parts[1].content());
  stream->Write(request);
  request.set_complete(true);
  stream->Write(request);
  stream->WritesDone();
  api::ImportResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.result(), api::ImportResponse::RESULT_IMPORTED);
  EXPECT_EQ(response.new_queue_id(), parts[0].head().queue_id());
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(scheduler_->List({}, 10).size(), 1u);
}

TEST_F(TransferServiceTest, NothingIsDeletedThatTheClientDoesNotConfirm) {
  Export(true, false);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(scheduler_->List({}, 10).size(), 1u);
}

TEST_F(TransferServiceTest, OneImportAtATime) {
  grpc::ClientContext first_context;
  const auto first = stub_->Import(&first_context);
  api::ImportRequest request;
  request.set_hold(true);
  first->Write(request);
  request.mutable_head()->set_queue_id("none");
  first->Write(request);  // It is answered, so the import has begun.
  api::ImportResponse response;
  ASSERT_TRUE(first->Read(&response));
  grpc::ClientContext second_context;
  const auto second = stub_->Import(&second_context);
  EXPECT_FALSE(second->Read(&response));
  EXPECT_EQ(second->Finish().error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  first->WritesDone();
  EXPECT_TRUE(first->Finish().ok());
}

}  // namespace
}  // namespace postern::mta::admin
