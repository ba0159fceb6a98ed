#include "lib/redis/reply.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace postern::redis {
namespace {

const char* NameOf(Reply::Kind kind) {
  constexpr const char* kNames[] = {"nil", "an integer", "a string", "an array",
                                    "an error"};
  return kNames[static_cast<size_t>(kind)];
}

absl::Status WrongKind(const char* wanted, Reply::Kind kind) {
  return absl::DataLossError(
      absl::StrCat("redis: wanted ", wanted, ", got ", NameOf(kind)));
}

// SimpleAtoi() would take spaces and a plus sign; Redis never writes them.
bool IsPlainNumber(absl::string_view text) {
  return !text.empty() &&
         (absl::ascii_isdigit(text.front()) ||
          (text.front() == '-' && text.size() > 1)) &&
         absl::ascii_isdigit(text.back());
}

}  // namespace

Reply Reply::OfInteger(int64_t value) {
  Reply reply;
  reply.value_.emplace<int64_t>(value);
  return reply;
}

Reply Reply::OfString(absl::string_view text) {
  Reply reply;
  reply.value_.emplace<std::string>(text.data(), text.size());
  return reply;
}

Reply Reply::OfArray(std::vector<Reply> elements) {
  Reply reply;
  reply.value_ = std::move(elements);
  return reply;
}

Reply Reply::OfError(absl::string_view text) {
  Reply reply;
  reply.value_.emplace<Error>(Error{std::string(text)});
  return reply;
}

absl::StatusOr<int64_t> Reply::Integer(int64_t least, int64_t most) const {
  int64_t value = 0;
  if (const auto* integer = std::get_if<int64_t>(&value_)) {
    value = *integer;
  } else if (const auto* text = std::get_if<std::string>(&value_)) {
    if (!IsPlainNumber(*text) || !absl::SimpleAtoi(*text, &value)) {
      return absl::DataLossError("redis: wanted a number, got another string");
    }
  } else {
    return WrongKind("an integer", kind());
  }
  if (value < least || value > most) {
    return absl::DataLossError(absl::StrCat("redis: ", value, " is not within ",
                                            least, " and ", most));
  }
  return value;
}

absl::StatusOr<absl::string_view> Reply::String(size_t max_bytes) const {
  const auto* text = std::get_if<std::string>(&value_);
  if (text == nullptr) return WrongKind("a string", kind());
  if (text->size() > max_bytes) {
    return absl::DataLossError(absl::StrCat("redis: a string of ", text->size(),
                                            " bytes, more than ", max_bytes));
  }
  return absl::string_view(*text);
}

absl::StatusOr<absl::Span<const Reply>> Reply::Array(size_t least,
                                                     size_t most) const {
  const auto* elements = std::get_if<std::vector<Reply>>(&value_);
  if (elements == nullptr) return WrongKind("an array", kind());
  if (elements->size() < least || elements->size() > most) {
    return absl::DataLossError(
        absl::StrCat("redis: an array of ", elements->size(),
                     " elements, not within ", least, " and ", most));
  }
  return absl::Span<const Reply>(*elements);
}

absl::string_view Reply::error() const {
  const auto* error = std::get_if<Error>(&value_);
  return error == nullptr ? absl::string_view() : error->text;
}

}  // namespace postern::redis
