#include "mta/outbound/session.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/status_macros.h"
#include "mta/outbound/outcome.h"
#include "mta/smtp/dot_stuffer.h"

namespace postern::mta::outbound {
namespace {

// What may be on its way at once without either side having to wait for the
// other to read (RFC 2920 section 3.1).
constexpr size_t kMaxCommandsAtOnce = 100;
// A reply line of any length is read to its end, or to this one.
constexpr size_t kMaxSkipBytes = 16 << 10;
constexpr size_t kWriteBytes = 128 << 10;
constexpr int64_t kLeastBytesPerSecond = 8 << 10;

}  // namespace

Session::Session(net::Stream stream, SessionOptions options, std::string relay)
    : stream_(std::move(stream)),
      options_(std::move(options)),
      relay_(std::move(relay)),
      reader_(smtp::ReplyParser::kMaxLineBytes + 2, kMaxSkipBytes) {}

net::Task<Session::Answer> Session::ReadReply(net::Deadline deadline) {
  smtp::ReplyParser parser;
  while (true) {
    while (const std::optional<net::Line> line = reader_.Next()) {
      if (line->kind == net::Line::Kind::kTooLong ||
          line->kind == net::Line::Kind::kEndless) {
        co_return absl::InvalidArgumentError("reply line is too long");
      }
      CO_ASSIGN_OR_RETURN(const bool complete, parser.Add(line->text));
      if (complete) co_return parser.Take();
    }
    CO_ASSIGN_OR_RETURN(const size_t bytes,
                        co_await stream_.Read(reader_.Space(), deadline));
    if (bytes == 0) co_return absl::UnavailableError("connection closed");
    reader_.Fill(bytes);
  }
}

net::Task<Session::Answer> Session::Command(absl::string_view wire,
                                            absl::Duration timeout) {
  const net::Deadline deadline = net::Deadline::After(timeout);
  if (!wire.empty()) {
    CO_RETURN_IF_ERROR(co_await stream_.Write(wire, deadline));
  }
  Answer answer = co_await ReadReply(deadline);
  co_return answer;
}

net::Task<absl::Status> Session::Write(absl::string_view wire,
                                       absl::Duration timeout) {
  const absl::Status written =
      co_await stream_.Write(wire, net::Deadline::After(timeout));
  if (!written.ok()) is_usable_ = false;
  co_return written;
}

net::Task<Session::Answer> Session::Exchange(absl::string_view wire,
                                             absl::Duration timeout) {
  Answer answer = co_await Command(wire, timeout);
  if (!answer.ok()) is_usable_ = false;
  co_return answer;
}

queue::Outcome Session::Lost(const absl::Status& why,
                             absl::string_view during) {
  is_usable_ = false;
  if (absl::IsInvalidArgument(why)) {
    return Deferred(Cause::kProtocol, "4.5.0",
                    absl::StrCat("protocol error of ", relay_, " in ", during,
                                 ": ", why.message()));
  }
  const bool is_late = absl::IsDeadlineExceeded(why);
  const absl::string_view what =
      is_late ? "conversation timed out with " : "lost connection with ";
  return Deferred(is_late ? Cause::kTimeout : Cause::kLost, "4.4.2",
                  absl::StrCat(what, relay_, " in ", during));
}

net::Task<Result> Session::Send(const Parcel& parcel, Lookahead& lookahead) {
  assert(is_usable_ && (announced_ == nullptr || announced_ == &parcel));
  const bool is_announced = std::exchange(announced_, nullptr) != nullptr;
  Transaction transaction(parcel, extensions_, needs_reset_, relay_);
  co_await SendEnvelope(transaction, is_announced);
  const bool content_follows = is_usable_ && transaction.wants_content();
  if (content_follows) {
    co_await SendContent(transaction, parcel, lookahead);
  } else if (is_usable_ && transaction.wants_empty_end()) {
    // RFC 2033 section 4.2: there would be no reply to it.
    if (options_.is_lmtp) {
      is_usable_ = false;
    } else {
      co_await SendEmptyEnd();
    }
  }
  needs_reset_ = transaction.is_open();
  Result result;
  result.outcomes = transaction.TakeOutcomes();
  result.may_retry_now = !is_usable_ && !content_follows;
  co_return result;
}

net::Task<> Session::SendEnvelope(Transaction& transaction, bool is_announced) {
  const size_t at_once = extensions_.pipelining ? kMaxCommandsAtOnce : 1;
  for (size_t begin = 0; begin < transaction.size(); begin += at_once) {
    const size_t end = std::min(begin + at_once, transaction.size());
    if (!is_announced) {
      if (transaction.IsPointless(begin)) co_return;
      out_.clear();
      for (size_t i = begin; i < end; ++i) transaction.AppendCommand(i, out_);
      const absl::Status written = co_await stream_.Write(
          out_, net::Deadline::After(options_.command_timeout));
      if (!written.ok()) {
        transaction.SettleRest(Lost(written, transaction.NameOf(begin)));
        co_return;
      }
    }
    const bool goes_on = co_await TakeReplies(transaction, begin, end);
    if (!goes_on) co_return;
  }
}

net::Task<bool> Session::TakeReplies(Transaction& transaction, size_t begin,
                                     size_t end) {
  for (size_t i = begin; i < end; ++i) {
    Answer answer =
        co_await ReadReply(net::Deadline::After(options_.command_timeout));
    if (!answer.ok()) {
      transaction.SettleRest(Lost(answer.status(), transaction.NameOf(i)));
      co_return false;
    }
    if (!transaction.Take(i, *answer)) {
      is_usable_ = false;
      transaction.SettleRest(Deferred(
          Cause::kLost, "4.4.2",
          absl::StrCat(relay_, " ended the session: ", answer->ToString())));
      co_return false;
    }
  }
  co_return true;
}

net::Task<> Session::SendContent(Transaction& transaction, const Parcel& parcel,
                                 Lookahead& lookahead) {
  const net::Deadline deadline = net::Deadline::After(
      options_.command_timeout +
      absl::Seconds(parcel.content->size_bytes() / kLeastBytesPerSecond));
  const bool complete =
      co_await WriteContent(transaction, *parcel.content, deadline);
  if (!complete) co_return;
  Announce(lookahead);
  const absl::Status written = co_await stream_.Write(out_, deadline);
  if (!written.ok()) {
    transaction.SettleRest(Lost(written, "message body"));
    co_return;
  }
  co_await TakeFinalReplies(transaction);
}

net::Task<> Session::TakeFinalReplies(Transaction& transaction) {
  const net::Deadline deadline =
      net::Deadline::After(options_.data_done_timeout);
  while (transaction.awaits_final()) {
    Answer answer = co_await ReadReply(deadline);
    if (!answer.ok()) {
      transaction.SettleRest(
          Lost(answer.status(),
               "end of data: the message may be delivered more than once"));
      co_return;
    }
    const bool goes_on = options_.is_lmtp ? transaction.TakeNextFinal(*answer)
                                          : transaction.TakeFinal(*answer);
    if (goes_on) continue;
    is_usable_ = false;
    transaction.SettleRest(Deferred(
        Cause::kLost, "4.4.2",
        absl::StrCat(relay_, " ended the session: ", answer->ToString())));
  }
}

// Writes all but the last part, which stays in out_ with the end of data.
net::Task<bool> Session::WriteContent(Transaction& transaction,
                                      const queue::Content& content,
                                      net::Deadline deadline) {
  smtp::DotStuffer stuffer;
  out_.clear();
  for (int i = 0; i < content.pieces(); ++i) {
    if (out_.size() >= kWriteBytes) {
      const absl::Status written = co_await stream_.Write(
          out_,
          std::min(deadline, net::Deadline::After(options_.command_timeout)));
      if (!written.ok()) {
        transaction.SettleRest(Lost(written, "message body"));
        co_return false;
      }
      out_.clear();
    }
    const absl::StatusOr<std::string> piece = content.Piece(i);
    if (!piece.ok()) {
      // Without the end of data the server must forget what it got.
      is_usable_ = false;
      transaction.SettleRest(
          Deferred(Cause::kSystem, "4.3.0",
                   absl::StrCat("cannot read the queued message: ",
                                piece.status().message())));
      co_return false;
    }
    stuffer.Append(*piece, out_);
  }
  stuffer.Finish(out_);
  co_return true;
}

void Session::Announce(Lookahead& lookahead) {
  if (!extensions_.pipelining) return;
  const Parcel* next = lookahead.Next();
  if (next == nullptr) return;
  const Transaction ahead(*next, extensions_, /*reset_first=*/false, relay_);
  if (ahead.size() == 0 || ahead.size() > kMaxCommandsAtOnce) return;
  for (size_t i = 0; i < ahead.size(); ++i) ahead.AppendCommand(i, out_);
  announced_ = next;
}

net::Task<> Session::SendEmptyEnd() {
  const Answer answer = co_await Command(".\r\n", options_.command_timeout);
  if (!answer.ok() || answer->code == 421) is_usable_ = false;
}

net::Task<> Session::Quit() {
  if (!is_usable_ || announced_ != nullptr) co_return;
  is_usable_ = false;
  // Nobody waits for the reply: the connection is closed either way.
  (void)co_await stream_.Write("QUIT\r\n",
                               net::Deadline::After(absl::Seconds(1)));
}

}  // namespace postern::mta::outbound
