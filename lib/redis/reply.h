// What Redis answered: nil, an integer, a string, an array of answers or an
// error.
//
// Whatever is stored may be garbage or hostile (RD-03), so nothing is taken
// from a reply without saying what would be plausible:
//
//   absl::StatusOr<int64_t> count = reply.Integer(0, 1'000'000);
//   absl::StatusOr<absl::Span<const Reply>> pair = reply.Array(2, 2);
//   absl::StatusOr<absl::string_view> name = (*pair)[0].String(64);
//
// Errors:  the accessors return DataLoss when the reply is of another kind or
//          out of range: treat the value as not there.
// Threads: a value.
// Limits:  made within the bounds of reply_reader.h.

#ifndef POSTERN_LIB_REDIS_REPLY_H_
#define POSTERN_LIB_REDIS_REPLY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace postern::redis {

class Reply {
 public:
  enum class Kind { kNil, kInteger, kString, kArray, kError };

  // Nil.
  Reply() = default;
  static Reply OfInteger(int64_t value);
  // Also for a status such as "OK".
  static Reply OfString(absl::string_view text);
  static Reply OfArray(std::vector<Reply> elements);
  static Reply OfError(absl::string_view text);

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is_nil() const { return kind() == Kind::kNil; }
  bool is_error() const { return kind() == Kind::kError; }

  // Returns the number in [least, most]; a string that is a decimal number
  // counts as well, because that is how Redis keeps numbers.
  absl::StatusOr<int64_t> Integer(int64_t least, int64_t most) const;

  // Returns the string of at most `max_bytes`, any bytes; valid as long as the
  // reply.
  absl::StatusOr<absl::string_view> String(size_t max_bytes) const;

  // Returns the array of `least` to `most` elements; valid as long as the
  // reply.
  absl::StatusOr<absl::Span<const Reply>> Array(size_t least,
                                                size_t most) const;

  // The text of an error ("ERR no such key"); empty for other kinds.
  absl::string_view error() const;

  friend bool operator==(const Reply&, const Reply&) = default;

 private:
  friend class ReplyReader;
  struct Error {
    std::string text;
    friend bool operator==(const Error&, const Error&) = default;
  };

  // In the order of Kind.
  std::variant<std::monostate, int64_t, std::string, std::vector<Reply>, Error>
      value_;
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_REPLY_H_
