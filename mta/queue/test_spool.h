// A spool in a directory of its own, with all that it needs, for tests.

#ifndef POSTERN_MTA_QUEUE_TEST_SPOOL_H_
#define POSTERN_MTA_QUEUE_TEST_SPOOL_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/base/fake_clock.h"
#include "lib/metrics/metrics.h"
#include "lib/net/runtime.h"
#include "lib/testing/temp_dir.h"
#include "mta/queue/spool.h"

namespace postern::mta::queue {

class TestSpool {
 public:
  // Opens the spool; `env` may be a broken disk.
  explicit TestSpool(rocksdb::Env* env = nullptr);
  ~TestSpool();

  Spool& operator*() { return *spool_; }
  Spool* operator->() { return spool_.get(); }

  void Close() { spool_.reset(); }
  // Opens it (again).
  absl::Status Open();

  // Takes a message in as a session does, in pieces of `piece_bytes`.
  absl::StatusOr<QueueId> Add(const std::string& content,
                              spool::v1::Envelope envelope = UsualEnvelope(),
                              size_t piece_bytes = 10'000);
  absl::Status Apply(Edit edit);
  absl::Status Remove(QueueId id);
  // Returns the whole content of a message.
  absl::StatusOr<std::string> ContentOf(QueueId id);
  std::vector<QueueId> Ids();
  // The keys of the database but for its name's, to see what is really there.
  // Closes the spool.
  std::vector<std::string> KeysOnDisk();
  // The names of the files of content, sorted. Closes the spool.
  std::vector<std::string> FilesOnDisk();
  // Where the content of a large message is.
  std::string PathOfContent(QueueId id) const;
  // Overwrites the value of a key. Closes the spool.
  void Overwrite(const std::string& key, std::optional<std::string> value);

  static spool::v1::Envelope UsualEnvelope();

  FakeClock clock;
  metrics::Registry registry;
  std::unique_ptr<net::Runtime> runtime;
  const testing::TempDir dir;

 private:
  rocksdb::Env* const env_;
  std::unique_ptr<Spool> spool_;
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_TEST_SPOOL_H_
