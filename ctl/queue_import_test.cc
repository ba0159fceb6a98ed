#include "ctl/queue_import.h"

#include <grpcpp/grpcpp.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ctl/export_writer.h"
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
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Result = api::ImportResponse;

// A relay that takes all but what it was told of.
class FakeRelay final : public api::QueueTransfer::Service {
 public:
  grpc::Status Import(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<api::ImportResponse, api::ImportRequest>* stream)
      override {
    api::ImportRequest request;
    std::string id;
    std::string content;
    while (stream->Read(&request)) {
      holds |= request.hold();
      if (request.has_head()) {
        id = request.head().queue_id();
        content.clear();
      }
      content += request.content();
      if (!request.complete()) continue;
      taken.push_back(absl::StrCat(id, " ", content));
      if (taken.size() == dies_after) {
        return grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone");
      }
      api::ImportResponse response;
      response.set_queue_id(id);
      response.set_new_queue_id(id);
      response.set_result(result);
      if (result == Result::RESULT_REFUSED) response.set_why("no recipients");
      if (renames) response.set_new_queue_id("0000000000099");
      stream->Write(response);
    }
    return grpc::Status::OK;
  }

  std::vector<std::string> taken;
  bool holds = false;
  bool renames = false;
  size_t dies_after = 0;
  Result::Result result = Result::RESULT_IMPORTED;
};

class QueueImportTest : public VerbTest<FakeRelay> {
 protected:
  QueueImportTest() : VerbTest({ImportVerb()}) {}

  // Two messages.
  std::string UsualExport() {
    std::string bytes;
    ExportWriter writer([&bytes](absl::string_view piece) {
      bytes.append(piece.data(), piece.size());
      return absl::OkStatus();
    });
    for (const char* id : {"0000000000001", "0000000000002"}) {
      EXPECT_THAT(writer.Begin(id, "envelope"), IsOk());
      EXPECT_THAT(writer.Add("content of "), IsOk());
      EXPECT_THAT(writer.Add(id), IsOk());
      EXPECT_THAT(writer.End(), IsOk());
    }
    EXPECT_THAT(writer.Finish(), IsOk());
    return bytes;
  }

  std::string FileWith(const std::string& bytes) {
    EXPECT_THAT(WriteFile(file_, bytes), IsOk());
    return file_;
  }

  const testing::TempDir folder_;
  const std::string file_ = folder_.path() + "/queue";
};

TEST_F(QueueImportTest, SendsWhatTheFileHas) {
  ASSERT_THAT(Run("queue import", {FileWith(UsualExport())}), IsOk());
  EXPECT_THAT(relay_.taken,
              ElementsAre("0000000000001 content of 0000000000001",
                          "0000000000002 content of 0000000000002"));
  EXPECT_FALSE(relay_.holds);
  EXPECT_EQ(out_.str(), "Imported: 2\n");
}

TEST_F(QueueImportTest, AsksForHold) {
  ASSERT_THAT(Run("queue import", {FileWith(UsualExport()), "--hold"}), IsOk());
  EXPECT_TRUE(relay_.holds);
}

TEST_F(QueueImportTest, OnlyReadsInADryRun) {
  ASSERT_THAT(Run("queue import", {FileWith(UsualExport()), "--dry-run"}),
              IsOk());
  EXPECT_EQ(out_.str(), "Would be imported: 2\n");
  EXPECT_THAT(relay_.taken, IsEmpty());
}

TEST_F(QueueImportTest, NamesWhatIsDamagedAndTakesTheRest) {
  std::string bytes = UsualExport();
  bytes[bytes.find("content of ")] ^= 1;
  EXPECT_THAT(Run("queue import", {FileWith(bytes)}),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(relay_.taken,
              ElementsAre("0000000000002 content of 0000000000002"));
  EXPECT_THAT(out_.str(), HasSubstr("0000000000001: damaged at byte"));
  EXPECT_THAT(out_.str(), HasSubstr("Imported: 1\nDamaged: 1\n"));
}

TEST_F(QueueImportTest, SaysThatAFileIsCutOff) {
  const std::string bytes = UsualExport();
  EXPECT_THAT(
      Run("queue import", {FileWith(bytes.substr(0, bytes.size() - 10))}),
      StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(relay_.taken.size(), 2u);
}

TEST_F(QueueImportTest, SaysWhatIsHereAlreadyOrHasAnotherName) {
  relay_.result = Result::RESULT_DUPLICATE;
  ASSERT_THAT(Run("queue import", {FileWith(UsualExport())}), IsOk());
  EXPECT_THAT(out_.str(), HasSubstr("0000000000001: is in the queue already"));
  EXPECT_THAT(out_.str(), HasSubstr("In the queue already: 2"));
  relay_.result = Result::RESULT_IMPORTED;
  relay_.renames = true;
  ASSERT_THAT(Run("queue import", {file_}, true), IsOk());
  EXPECT_THAT(out_.str(), HasSubstr("\"new_queue_id\": \"0000000000099\""));
}

TEST_F(QueueImportTest, FailsWhenSomethingIsRefused) {
  relay_.result = Result::RESULT_REFUSED;
  EXPECT_THAT(Run("queue import", {FileWith(UsualExport())}),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(out_.str(), HasSubstr("refused: no recipients"));
}

TEST_F(QueueImportTest, SaysWhatWasImportedWhenTheRelayDies) {
  relay_.dies_after = 2;
  EXPECT_THAT(Run("queue import", {FileWith(UsualExport())}),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(out_.str(), "Imported: 1\n");
}

TEST_F(QueueImportTest, RefusesWhatIsNoExport) {
  EXPECT_THAT(Run("queue import", {FileWith("something else")}),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr(file_)));
  EXPECT_THAT(Run("queue import", {file_ + ".no"}),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace postern::ctl
