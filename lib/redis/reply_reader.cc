#include "lib/redis/reply_reader.h"

#include <hiredis/read.h>

#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"

namespace postern::redis {
namespace {

// hiredis gives the buffer back when it has more room than this and is empty.
constexpr size_t kKeptBufferBytes = 256 << 10;

}  // namespace

void ReplyReader::Free::operator()(redisReader* reader) const {
  redisReaderFree(reader);
}

ReplyReader::ReplyReader(Limits limits) : limits_(limits) {
  static redisReplyObjectFunctions functions = {
      .createString = CreateString,
      .createArray = CreateArray,
      .createInteger = CreateInteger,
      .createNil = CreateNil,
      .freeObject = [](void*) {},  // Everything lives in root_.
  };
  reader_.reset(redisReaderCreateWithFunctions(&functions));
  assert(reader_ != nullptr);
  reader_->maxbuf = kKeptBufferBytes;
  reader_->privdata = this;
}

ReplyReader::~ReplyReader() = default;

absl::Status ReplyReader::Feed(absl::string_view bytes) {
  if (reader_->err == 0) {
    redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
  }
  return Failure();
}

absl::StatusOr<std::optional<Reply>> ReplyReader::Next() {
  if (reader_->err != 0 || is_too_large_) return Failure();
  void* reply = nullptr;
  redisReaderGetReply(reader_.get(), &reply);
  // A string is handed over when it is complete; until then its bytes wait.
  if (reply == nullptr && reader_->len - reader_->pos > limits_.max_bytes) {
    is_too_large_ = true;
  }
  if (reader_->err != 0 || is_too_large_) return Failure();
  if (reply == nullptr) return std::nullopt;
  bytes_ = 0;
  elements_ = 0;
  return std::exchange(root_, Reply());
}

bool ReplyReader::has_rest() const { return reader_->pos < reader_->len; }

absl::Status ReplyReader::Failure() const {
  if (is_too_large_) return absl::DataLossError("redis: reply too large");
  if (reader_->err == 0) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("redis: ", Printable(reader_->errstr)));
}

ReplyReader& ReplyReader::ReaderOf(const redisReadTask* task) {
  return *static_cast<ReplyReader*>(task->privdata);
}

Reply& ReplyReader::PlaceOf(const redisReadTask* task) {
  if (task->parent == nullptr) return root_ = Reply();
  auto* array = static_cast<Reply*>(task->parent->obj);
  return std::get<std::vector<Reply>>(array->value_)[task->idx];
}

void* ReplyReader::CreateString(const redisReadTask* task, char* text,
                                size_t size) {
  ReplyReader& reader = ReaderOf(task);
  if (size > reader.limits_.max_bytes - reader.bytes_) {
    reader.is_too_large_ = true;
    return nullptr;
  }
  reader.bytes_ += size;
  Reply& place = reader.PlaceOf(task);
  if (task->type == REDIS_REPLY_ERROR) {
    place = Reply::OfError({text, size});
  } else {
    place.value_.emplace<std::string>(text, size);
  }
  return &place;
}

void* ReplyReader::CreateArray(const redisReadTask* task, int elements) {
  ReplyReader& reader = ReaderOf(task);
  const size_t count = elements < 0 ? 0 : elements;
  if (count > reader.limits_.max_elements - reader.elements_) {
    reader.is_too_large_ = true;
    return nullptr;
  }
  reader.elements_ += count;
  Reply& place = reader.PlaceOf(task);
  place.value_.emplace<std::vector<Reply>>(count);
  return &place;
}

void* ReplyReader::CreateInteger(const redisReadTask* task, long long value) {
  Reply& place = ReaderOf(task).PlaceOf(task);
  place.value_.emplace<int64_t>(value);
  return &place;
}

void* ReplyReader::CreateNil(const redisReadTask* task) {
  Reply& place = ReaderOf(task).PlaceOf(task);
  place = Reply();
  return &place;
}

}  // namespace postern::redis
