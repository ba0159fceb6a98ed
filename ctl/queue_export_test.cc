#include "ctl/queue_export.h"

#include <grpcpp/grpcpp.h>

#include <fstream>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "ctl/export_reader.h"
#include "ctl/test_verb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "proto/admin/v1/queue_transfer.grpc.pb.h"

namespace postern::ctl {
namespace {

namespace api = ::postern::admin::v1;

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

constexpr const char* kId = "0000000000001";

// A relay with one message.
class FakeRelay final : public api::QueueTransfer::Service {
 public:
  grpc::Status Export(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<api::ExportResponse, api::ExportRequest>* stream)
      override {
    api::ExportRequest request;
    stream->Read(&request);
    asked = request;
    api::ExportResponse part;
    if (!request.what().dry_run()) {
      part.mutable_head()->set_queue_id(kId);
      part.mutable_head()->set_envelope("envelope");
      stream->Write(part);
      part.set_content("content");
      stream->Write(part);
      part.set_complete(true);
      stream->Write(part);
    }
    if (request.deletes()) {
      part.set_sync(true);
      stream->Write(part);
      is_confirmed = stream->Read(&request) && request.is_synced();
    }
    if (!failure.ok()) return failure;
    if (skips) {
      part.mutable_skipped()->set_queue_id("0000000000002");
      part.mutable_skipped()->set_why("torn");
      stream->Write(part);
    }
    part.mutable_summary()->set_messages(1);
    part.mutable_summary()->set_busy(busy);
    stream->Write(part);
    return grpc::Status::OK;
  }

  api::ExportRequest asked;
  bool is_confirmed = false;
  bool skips = false;
  int busy = 0;
  grpc::Status failure;
};

// Returns the only message of an export, as "id envelope content".
std::string MessageIn(const std::string& bytes) {
  std::istringstream in(bytes);
  ExportReader reader(in);
  EXPECT_THAT(reader.Open(), IsOk());
  std::string all = reader.Next().queue_id;
  all += " " + reader.Next().data;
  EXPECT_EQ(reader.Next().kind, ExportReader::Kind::kComplete);
  EXPECT_TRUE(reader.Next().is_whole);
  return all;
}

class QueueExportTest : public VerbTest<FakeRelay> {
 protected:
  QueueExportTest() : VerbTest({ExportVerb()}) {}

  bool Exists() const { return std::ifstream(file_).good(); }

  const testing::TempDir folder_;
  const std::string file_ = folder_.path() + "/queue";
};

TEST_F(QueueExportTest, WritesAFile) {
  ASSERT_THAT(Run("queue export", {file_, "--sender", "ann"}), IsOk());
  EXPECT_EQ(relay_.asked.what().selection().filter().sender(), "ann");
  EXPECT_FALSE(relay_.asked.deletes());
  EXPECT_EQ(MessageIn(ReadFile(file_).value()), "0000000000001 content");
  EXPECT_EQ(out_.str(), "Exported: 1\n");
}

TEST_F(QueueExportTest, WritesToStandardOutput) {
  ASSERT_THAT(Run("queue export", {"-", "--all"}), IsOk());
  EXPECT_EQ(MessageIn(out_.str()), "0000000000001 content");
}

TEST_F(QueueExportTest, ConfirmsOnlyWhatIsInTheFile) {
  relay_.busy = 2;
  ASSERT_THAT(Run("queue export", {file_, "--all", "--delete"}), IsOk());
  EXPECT_TRUE(relay_.is_confirmed);
  EXPECT_THAT(out_.str(), HasSubstr("left alone: 2"));
  EXPECT_THAT(Run("queue export", {"-", "--all", "--delete"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(QueueExportTest, KeepsTheFileWhenSomethingWasDeleted) {
  relay_.failure = grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone");
  EXPECT_THAT(
      Run("queue export", {file_, "--all", "--delete"}),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("1 messages are in")));
  EXPECT_TRUE(Exists());
}

TEST_F(QueueExportTest, LeavesNoHalfFileOtherwise) {
  relay_.failure = grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone");
  EXPECT_THAT(Run("queue export", {file_, "--all"}),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_FALSE(Exists());
}

TEST_F(QueueExportTest, OverwritesNoFile) {
  ASSERT_THAT(WriteFile(file_, "precious"), IsOk());
  EXPECT_THAT(Run("queue export", {file_, "--all"}),
              StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_F(QueueExportTest, WritesNothingInADryRun) {
  ASSERT_THAT(Run("queue export", {file_, "--all", "--dry-run"}), IsOk());
  EXPECT_EQ(out_.str(), "Would be exported: 1\n");
  EXPECT_FALSE(Exists());
}

TEST_F(QueueExportTest, NamesWhatIsLeftOutAndFails) {
  relay_.skips = true;
  EXPECT_THAT(Run("queue export", {file_, "--all"}),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(out_.str(), HasSubstr("left out: 0000000000002 torn"));
  EXPECT_EQ(MessageIn(ReadFile(file_).value()), "0000000000001 content");
}

TEST_F(QueueExportTest, SaysThatTheRelayIsNotThere) {
  server_->Shutdown();
  EXPECT_THAT(Run("queue export", {file_, "--all"}),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_FALSE(Exists());
}

}  // namespace
}  // namespace postern::ctl
