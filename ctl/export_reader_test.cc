#include "ctl/export_reader.h"

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ctl/export_writer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/big_endian.h"
#include "lib/testing/status_matchers.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = ExportReader::Kind;

constexpr const char* kIds[] = {"0000000000001", "0000000000002",
                                "0000000000003"};

std::string ContentOf(int message) {
  return std::string(1000 + static_cast<size_t>(message),
                     static_cast<char>('a' + message));
}

// Three messages of two pieces each.
std::string UsualFile() {
  std::string file;
  ExportWriter writer([&file](absl::string_view bytes) {
    file.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  });
  for (int i = 0; i < 3; ++i) {
    const std::string content = ContentOf(i);
    EXPECT_THAT(writer.Begin(kIds[i], absl::StrCat("envelope ", i)), IsOk());
    EXPECT_THAT(writer.Add(content.substr(0, 600)), IsOk());
    EXPECT_THAT(writer.Add(content.substr(600)), IsOk());
    EXPECT_THAT(writer.End(), IsOk());
  }
  EXPECT_THAT(writer.Finish(), IsOk());
  return file;
}

struct Found {
  absl::Status opened;
  std::vector<std::string> complete;  // "id envelope content-size".
  std::vector<std::string> dropped;   // "id: why".
  bool is_whole = false;
};

Found Read(const std::string& file) {
  std::istringstream in(file);
  ExportReader reader(in);
  Found found;
  found.opened = reader.Open();
  if (!found.opened.ok()) return found;
  std::string id;
  std::string envelope;
  std::string content;
  while (true) {
    ExportReader::Item item = reader.Next();
    switch (item.kind) {
      case Kind::kMessage:
        id = item.queue_id;
        envelope = item.data;
        content.clear();
        break;
      case Kind::kContent:
        content += item.data;
        break;
      case Kind::kComplete:
        EXPECT_EQ(content, ContentOf(id.back() - '1'));
        found.complete.push_back(
            absl::StrCat(id, " ", envelope, " ", content.size()));
        break;
      case Kind::kDropped:
        found.dropped.push_back(absl::StrCat(item.queue_id, ": ", item.why));
        break;
      case Kind::kEndOfFile:
        found.is_whole = item.is_whole;
        return found;
    }
  }
}

TEST(ExportReaderTest, ReadsWhatWasWritten) {
  const Found found = Read(UsualFile());
  EXPECT_THAT(found.complete, ElementsAre("0000000000001 envelope 0 1000",
                                          "0000000000002 envelope 1 1001",
                                          "0000000000003 envelope 2 1002"));
  EXPECT_THAT(found.dropped, IsEmpty());
  EXPECT_TRUE(found.is_whole);
}

TEST(ExportReaderTest, RefusesWhatIsNoExport) {
  EXPECT_THAT(Read("").opened, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Read(std::string(500, 'x')).opened,
              StatusIs(absl::StatusCode::kInvalidArgument));
  std::string damaged = UsualFile();
  damaged[12] ^= 1;
  EXPECT_THAT(Read(damaged).opened, StatusIs(absl::StatusCode::kInvalidArgument,
                                             HasSubstr("first bytes")));
}

TEST(ExportReaderTest, RefusesALaterVersion) {
  std::string file = UsualFile();
  std::string header = file.substr(0, kExportHeaderBytes - 4);
  header[8] = kExportVersion + 1;
  AppendBigEndian(Crc32c(header), &header);
  file.replace(0, kExportHeaderBytes, header);
  EXPECT_THAT(Read(file).opened,
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

// Whatever byte is damaged: at most one message is lost, it is said, and the
// others are as they were.
TEST(ExportReaderTest, LosesOneMessageToADamagedByte) {
  const std::string file = UsualFile();
  for (size_t i = kExportHeaderBytes; i < file.size(); ++i) {
    std::string damaged = file;
    damaged[i] ^= 0x20;
    const Found found = Read(damaged);
    EXPECT_GE(found.complete.size(), 2u) << i;
    EXPECT_FALSE(found.dropped.empty()) << i;
    EXPECT_FALSE(found.is_whole) << i;
  }
}

TEST(ExportReaderTest, NamesTheMessageThatIsDamaged) {
  std::string file = UsualFile();
  file[file.find("bbbb")] = 'x';
  const Found found = Read(file);
  EXPECT_THAT(found.complete, ElementsAre("0000000000001 envelope 0 1000",
                                          "0000000000003 envelope 2 1002"));
  EXPECT_THAT(found.dropped,
              ElementsAre(HasSubstr("0000000000002: damaged at byte ")));
}

TEST(ExportReaderTest, ReadsAFileThatIsCutOffAsFarAsItGoes) {
  const std::string file = UsualFile();
  size_t complete = 0;
  for (size_t size = kExportHeaderBytes; size < file.size(); ++size) {
    const Found found = Read(file.substr(0, size));
    EXPECT_FALSE(found.is_whole) << size;
    EXPECT_GE(found.complete.size(), complete) << size;
    complete = found.complete.size();
  }
  EXPECT_EQ(complete, 3u);
}

TEST(ExportReaderTest, FindsThatARecordIsMissing) {
  const std::string file = UsualFile();
  const size_t record = kRecordHeadBytes + 600;
  std::string cut = file;
  cut.erase(cut.find(std::string(600, 'b')) - kRecordHeadBytes, record);
  const Found found = Read(cut);
  EXPECT_EQ(found.complete.size(), 2u);
  EXPECT_THAT(found.dropped,
              ElementsAre(HasSubstr("a part of the content is missing")));
}

TEST(ExportReaderTest, KnowsMarkersOfOtherFilesAsContent) {
  const std::string forged = UsualFile();
  std::string file;
  ExportWriter writer([&file](absl::string_view bytes) {
    file.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  });
  ASSERT_THAT(writer.Begin("0000000000009", "e"), IsOk());
  ASSERT_THAT(writer.Add(forged), IsOk());
  ASSERT_THAT(writer.End(), IsOk());
  ASSERT_THAT(writer.Finish(), IsOk());
  file[kExportHeaderBytes + 3 * kRecordHeadBytes] ^= 1;
  const Found found = Read(file);
  EXPECT_THAT(found.complete, IsEmpty());
  EXPECT_EQ(found.dropped.size(), 1u);
}

TEST(ExportReaderTest, LeavesOutWhatWasGoneWhenItWasWritten) {
  std::string file;
  ExportWriter writer([&file](absl::string_view bytes) {
    file.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  });
  ASSERT_THAT(writer.Begin(kIds[0], "e"), IsOk());
  ASSERT_THAT(writer.Add("half"), IsOk());
  ASSERT_THAT(writer.Void(), IsOk());
  ASSERT_THAT(writer.Finish(), IsOk());
  const Found found = Read(file);
  EXPECT_THAT(found.complete, IsEmpty());
  EXPECT_THAT(found.dropped, ElementsAre(HasSubstr("left the queue")));
  EXPECT_TRUE(found.is_whole);
}

TEST(ExportReaderTest, ReadsAnEmptyExport) {
  std::string file;
  ExportWriter writer([&file](absl::string_view bytes) {
    file.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  });
  ASSERT_THAT(writer.Finish(), IsOk());
  EXPECT_TRUE(Read(file).is_whole);
}

}  // namespace
}  // namespace postern::ctl
