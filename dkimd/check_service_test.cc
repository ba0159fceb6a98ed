#include "dkimd/check_service.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_replace.h"
#include "dkimd/test_filter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/check/v1/dkim.grpc.pb.h"

namespace postern::dkimd {
namespace {

namespace api = ::postern::check::v1;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

// A client and the service, in one process, over gRPC.
class CheckServiceTest : public ::testing::Test {
 protected:
  CheckServiceTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = api::Dkim::NewStub(server_->InProcessChannel({}));
  }
  ~CheckServiceTest() override { server_->Shutdown(); }

  // Sends the message in small pieces.
  template <typename Writer>
  static grpc::Status Stream(Writer& writer, absl::string_view message) {
    for (; !message.empty();
         message.remove_prefix(std::min<size_t>(100, message.size()))) {
      api::MessageChunk chunk;
      chunk.set_data(std::string(message.substr(0, 100)));
      writer.Write(chunk);
    }
    writer.WritesDone();
    return writer.Finish();
  }

  grpc::Status Sign(absl::string_view message, api::SignReply& reply) {
    grpc::ClientContext context;
    return Stream(*stub_->Sign(&context, &reply), message);
  }
  grpc::Status Verify(absl::string_view message, api::VerifyReply& reply) {
    grpc::ClientContext context;
    return Stream(*stub_->Verify(&context, &reply), message);
  }

  TestFilter dkimd_;
  std::unique_ptr<grpc::Service> service_ =
      MakeCheckService({dkimd_.filter(), dkimd_.public_keys(), dkimd_.clock(),
                        dkimd_.runtime()});
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<api::Dkim::Stub> stub_;
};

TEST_F(CheckServiceTest, WhatItSignsItVerifies) {
  api::SignReply signatures;
  ASSERT_TRUE(Sign(kTestMessage, signatures).ok());
  ASSERT_THAT(signatures.fields(), SizeIs(2));
  std::string text = kTestMessage;
  for (const std::string& field : signatures.fields()) {
    EXPECT_THAT(field, StartsWith("DKIM-Signature: "));
    text.insert(0, field);
  }
  api::VerifyReply results;
  // Its lines end as in a file.
  ASSERT_TRUE(
      Verify(absl::StrReplaceAll(text, {{"\r\n", "\n"}}), results).ok());
  ASSERT_THAT(results.signatures(), SizeIs(2));
  for (const api::Signature& signature : results.signatures()) {
    EXPECT_EQ(signature.result(), "pass");
    EXPECT_EQ(signature.domain(), "falcot.com");
    EXPECT_THAT(signature.explanation(), IsEmpty());
  }
  EXPECT_THAT(results.authentication_results(), HasSubstr("dkim=pass"));
}

TEST_F(CheckServiceTest, AMessageWithoutASignatureHasNone) {
  api::VerifyReply results;
  ASSERT_TRUE(Verify(kTestMessage, results).ok());
  EXPECT_THAT(results.signatures(), IsEmpty());
  EXPECT_THAT(results.authentication_results(), HasSubstr("dkim=none"));
}

TEST_F(CheckServiceTest, NobodySignsForAStranger) {
  api::SignReply reply;
  const grpc::Status status = Sign("From: a@example.org\r\n\r\nx\r\n", reply);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("a@example.org"));
  EXPECT_EQ(Sign("Subject: nobody\r\n\r\nx\r\n", reply).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(CheckServiceTest, NoMessageIsAnError) {
  api::SignReply signatures;
  EXPECT_EQ(Sign("", signatures).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  api::VerifyReply results;
  EXPECT_EQ(Verify("", results).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace postern::dkimd
