#include "mta/queue/incoming.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/envelope.h"
#include "mta/queue/spool_format.h"
#include "mta/queue/test_spool.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(IncomingTest, CountsItsBytes) {
  TestSpool spool;
  const auto incoming = spool->Begin();
  EXPECT_EQ(incoming->queue_id(), incoming->id().ToString());
  EXPECT_EQ(incoming->size_bytes(), 0);
  ASSERT_THAT(spool.runtime->BlockOn(incoming->Append("12345")), IsOk());
  ASSERT_THAT(spool.runtime->BlockOn(incoming->Append("678")), IsOk());
  EXPECT_EQ(incoming->size_bytes(), 8);
}

TEST(IncomingTest, IsNotThereBeforeItsCommit) {
  TestSpool spool;
  const auto incoming = spool->Begin();
  const std::string content(2 * kChunkBytes, 'x');
  ASSERT_THAT(spool.runtime->BlockOn(incoming->Append(content)), IsOk());
  EXPECT_THAT(spool.Ids(), IsEmpty());
  ASSERT_THAT(
      spool.runtime->BlockOn(incoming->Commit(TestSpool::UsualEnvelope())),
      IsOk());
  EXPECT_THAT(spool.Ids(), ElementsAre(incoming->id()));
}

TEST(IncomingTest, TakesAnyCutOfTheContent) {
  TestSpool spool;
  const std::string content(kChunkBytes + 3, 'y');
  for (const size_t piece_bytes :
       {size_t{997}, kChunkBytes, kChunkBytes + 1, size_t{1} << 20}) {
    const auto id = spool.Add(content, TestSpool::UsualEnvelope(), piece_bytes);
    ASSERT_THAT(id, IsOk());
    EXPECT_THAT(spool.ContentOf(*id), IsOkAndHolds(content));
    EXPECT_EQ(spool->ReadEnvelope(*id)->chunks(), 2u);
  }
}

// Four chunks are written at once, as long as there is memory for them.
TEST(IncomingTest, TakesAnySize) {
  TestSpool spool;
  std::string content;
  for (size_t chunks = 1; chunks <= 11; ++chunks) {
    content.resize(chunks * kChunkBytes, static_cast<char>('a' + chunks));
    const auto id = spool.Add(content, TestSpool::UsualEnvelope(), 40'000);
    ASSERT_THAT(id, IsOk());
    EXPECT_THAT(spool.ContentOf(*id), IsOkAndHolds(content)) << chunks;
    EXPECT_EQ(spool->ReadEnvelope(*id)->chunks(), chunks);
  }
}

// Filters see the content, then change the header, which comes first.
TEST(IncomingTest, AHeaderMayComeLast) {
  TestSpool spool;
  for (const size_t header_bytes : {size_t{1}, size_t{900}, kChunkBytes + 5}) {
    for (const size_t body_bytes :
         {size_t{0}, size_t{7}, kChunkBytes - 900, kChunkBytes, 3 * kChunkBytes,
          3 * kChunkBytes + 17, 9 * kChunkBytes - 3}) {
      SCOPED_TRACE(absl::StrCat(header_bytes, " and ", body_bytes));
      const std::string header(header_bytes, 'h');
      std::string body;
      while (body.size() < body_bytes) absl::StrAppend(&body, body.size(), ",");
      body.resize(body_bytes);
      const auto incoming = spool->Begin();
      ASSERT_THAT(spool.runtime->BlockOn(incoming->Append(body)), IsOk());
      std::string seen;
      for (size_t i = 0; i < incoming->pieces(); ++i) {
        seen += incoming->Piece(i).value();
      }
      EXPECT_EQ(seen, body);
      ASSERT_THAT(spool.runtime->BlockOn(incoming->Prepend(header)), IsOk());
      ASSERT_THAT(
          spool.runtime->BlockOn(incoming->Commit(TestSpool::UsualEnvelope())),
          IsOk());
      const std::string whole = header + body;
      EXPECT_EQ(spool->ReadEnvelope(incoming->id())->size_bytes(),
                static_cast<int64_t>(whole.size()));
      EXPECT_THAT(spool.ContentOf(incoming->id()), IsOkAndHolds(whole));
    }
  }
}

TEST(IncomingTest, ForgetsWhatItHad) {
  TestSpool spool;
  for (const size_t before : {size_t{10}, 5 * kChunkBytes}) {
    const auto incoming = spool->Begin();
    ASSERT_THAT(
        spool.runtime->BlockOn(incoming->Append(std::string(before, 'x'))),
        IsOk());
    incoming->Restart();
    EXPECT_EQ(incoming->size_bytes(), 0);
    const std::string content(2 * kChunkBytes, 'y');
    ASSERT_THAT(spool.runtime->BlockOn(incoming->Append(content)), IsOk());
    ASSERT_THAT(
        spool.runtime->BlockOn(incoming->Commit(TestSpool::UsualEnvelope())),
        IsOk());
    EXPECT_THAT(spool.ContentOf(incoming->id()), IsOkAndHolds(content));
  }
}

TEST(IncomingTest, ManyLargeMessagesAtOnceAreTakenToo) {
  TestSpool spool;
  const std::string content(6 * kChunkBytes, 'x');
  std::vector<std::unique_ptr<Incoming>> messages;
  for (int i = 0; i < 400; ++i) {  // More than there are spare chunks for.
    messages.push_back(spool->Begin());
    ASSERT_THAT(spool.runtime->BlockOn(messages.back()->Append(content)),
                IsOk());
  }
  for (const auto& message : messages) {
    ASSERT_THAT(
        spool.runtime->BlockOn(message->Commit(TestSpool::UsualEnvelope())),
        IsOk());
    ASSERT_THAT(spool.ContentOf(message->id()), IsOkAndHolds(content));
  }
}

TEST(IncomingTest, KeepsATimeOfTheFirstAttemptThatWasGiven) {
  TestSpool spool;
  spool::v1::Envelope envelope = TestSpool::UsualEnvelope();
  const absl::Time later = spool.clock.Now() + absl::Hours(1);
  envelope.set_next_attempt_us(absl::ToUnixMicros(later));
  const QueueId id = spool.Add("x", envelope).value();
  EXPECT_EQ(NextAttemptTime(*spool->ReadEnvelope(id)), later);
  EXPECT_EQ(QueuedTime(*spool->ReadEnvelope(id)), spool.clock.Now());
}

TEST(IncomingTest, KeepsTheAgeThatAMessageHas) {
  TestSpool spool;
  spool::v1::Envelope envelope = TestSpool::UsualEnvelope();
  const absl::Time before = spool.clock.Now() - absl::Hours(30);
  envelope.set_queued_us(absl::ToUnixMicros(before));
  const QueueId id = spool.Add("x", envelope).value();
  EXPECT_EQ(QueuedTime(*spool->ReadEnvelope(id)), before);
}

}  // namespace
}  // namespace postern::mta::queue
