// Reads replies out of the bytes that Redis sends.
//
//   RETURN_IF_ERROR(reader.Feed(bytes));
//   for (;;) {
//     ASSIGN_OR_RETURN(std::optional<Reply> reply, reader.Next());
//     if (!reply) break;   // more bytes are needed
//     …
//   }
//
// Source:  Redis serialization protocol, version 2; hiredis does the parsing.
// Errors:  DataLoss: not the protocol, or beyond a limit. What follows cannot
//          be understood; close the connection.
// Threads: one at a time.
// Limits:  ReplyReader::Limits for one reply, and seven arrays inside each
//          other.

#ifndef POSTERN_LIB_REDIS_REPLY_READER_H_
#define POSTERN_LIB_REDIS_REPLY_READER_H_

#include <cstddef>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/redis/reply.h"

struct redisReadTask;
struct redisReader;

namespace postern::redis {

class ReplyReader {
 public:
  struct Limits {
    size_t max_bytes = 8 << 20;     // Of all strings together.
    size_t max_elements = 100'000;  // Of all arrays together.
  };

  ReplyReader() : ReplyReader(Limits()) {}
  explicit ReplyReader(Limits limits);
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;
  ~ReplyReader();

  // Takes in bytes as they came; copies them.
  absl::Status Feed(absl::string_view bytes);

  // Returns the next whole reply, or nullopt when more bytes are needed. After
  // an error there are only errors.
  absl::StatusOr<std::optional<Reply>> Next();

  // Tells whether bytes are left that belong to no reply yet.
  bool has_rest() const;

 private:
  // What hiredis calls; each returns the place of the new value, or nullptr to
  // stop because of a limit.
  static void* CreateString(const redisReadTask* task, char* text, size_t size);
  static void* CreateArray(const redisReadTask* task, int elements);
  static void* CreateInteger(const redisReadTask* task, long long value);
  static void* CreateNil(const redisReadTask* task);

  static ReplyReader& ReaderOf(const redisReadTask* task);
  // The place in root_ for the value that `task` is about.
  Reply& PlaceOf(const redisReadTask* task);
  absl::Status Failure() const;

  struct Free {
    void operator()(redisReader* reader) const;
  };

  Limits limits_;
  std::unique_ptr<redisReader, Free> reader_;
  Reply root_;           // The reply that is being read.
  size_t bytes_ = 0;     // Used up of limits_ by root_.
  size_t elements_ = 0;  // Likewise.
  bool is_too_large_ = false;
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_REPLY_READER_H_
